"""Where the learning curves of a run go beside the console."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ablations.cli.options import AUTO
from ablations.study import Study

if TYPE_CHECKING:
    from ablations.runner.loggers.base import Logger


@dataclass(frozen=True)
class Watched:
    """Where learning curves go beside the console; `None`: not there. See the options of the command."""

    tensorboard: str | None = None
    mlflow: str | None = None
    wandb: str | None = None
    logger: str | None = None


def make_loggers(study: Study, folder: Path, watched: Watched) -> "list[Logger]":
    """The loggers beside the console. Each raises before any training if it lacks something."""
    loggers: list[Logger] = []
    if watched.tensorboard is not None:
        from ablations.runner.loggers.tensorboard_logger import EventFiles

        loggers.append(EventFiles(folder / "tensorboard" if watched.tensorboard == AUTO else Path(watched.tensorboard)))
    if watched.mlflow is not None:
        from ablations.runner.loggers.mlflow_logger import Runs

        loggers.append(Runs(watched.mlflow, study.name))
    if watched.wandb is not None:
        from ablations.runner.loggers.wandb_logger import WandbRuns

        loggers.append(WandbRuns(watched.wandb))
    if watched.logger is not None:
        from ablations.runner.loggers.own import OwnLogger

        loggers.append(OwnLogger(watched.logger))
    return loggers
