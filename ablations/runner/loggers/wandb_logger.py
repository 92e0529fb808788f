"""`run --wandb PROJECT`: one Weights & Biases run per trial, in the group of its variant.

Each attempt of a trial is a run of its own, with the trial's address in its id and its configuration: an attempt that
begins again may have other results, and one that goes on logs the earlier epochs too. With `WANDB_MODE=offline` runs
are written to `wandb/` in the current folder, and `wandb sync` sends them later.
"""

import os
from dataclasses import asdict
from textwrap import shorten
from typing import Any
from uuid import uuid4

from ablations.runner.loggers.base import Logger, by_split, ending, final
from inception_keras.errors import UserError, in_one_line

INSTALL = "pip install -e '.[wandb]'"
AWAY = ("offline", "disabled", "dryrun")  # values of WANDB_MODE that need no account


class WandbRuns(Logger):
    """Logs trials as runs of a project.

    Args:
        project: `PROJECT` or `ENTITY/PROJECT`.

    Raises:
        UserError: wandb is not installed, or it knows no account.
    """

    def __init__(self, project: str):
        self.name = f"--wandb {project}"
        entity, _, self._project = project.rpartition("/")
        if not self._project or "/" in entity:
            raise UserError(f"--wandb takes PROJECT or ENTITY/PROJECT; got {project!r}")
        self._entity = entity or None
        os.environ.setdefault("WANDB_SILENT", "true")  # else it prints over the run's own progress
        try:
            import wandb
        except ImportError:
            raise UserError(f"--wandb needs wandb, which is not installed: {INSTALL}") from None
        self._wandb, self._runs = wandb, dict[str, Any]()
        if os.environ.get("WANDB_MODE", "online") not in AWAY:
            self._check_account()

    def begin(self, trial):
        about = {name: value for name, value in asdict(trial).items() if value is not None}
        self._runs[trial.address] = self._wandb.init(
            project=self._project,
            entity=self._entity,
            id=f"{trial.address}-{uuid4().hex[:8]}",
            name=f"{trial.variant} seed {trial.seed}",
            group=trial.variant,
            config=about,
            reinit="create_new",  # trials in parallel are runs of one process
            settings=self._wandb.Settings(console="off", disable_git=True),
        )

    def epoch(self, trial, row):
        self._runs[trial.address].log(by_split(row), step=row["epoch"])

    def end(self, trial, record):
        run = self._runs.pop(trial.address)
        run.log(final(record), step=len(record.history))
        run.summary["status"] = ending(record)
        run.finish(exit_code=0 if record.done else 1)

    def leave(self, trial, why):
        if run := self._runs.pop(trial.address, None):
            run.summary["status"] = why
            run.finish(exit_code=1)

    def _check_account(self):
        """Raises if no account is known; asks for one where a person can type."""
        about = ""
        try:
            known = self._wandb.login()
        except Exception as error:  # from wandb, requests or the operating system
            known, about = False, f" ({shorten(in_one_line(error), 120, placeholder=' …')})"
        if not known:
            raise UserError(f"{self.name}: no account is known{about}: type `wandb login`, or set WANDB_MODE=offline")
