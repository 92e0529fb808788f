"""`run --mlflow URI`: one MLflow run per trial, in an experiment named after the study.

A trial that is resumed continues its MLflow run: one with its address that is not finished, and that has the loss of
the epoch after which the trial goes on. Otherwise it gets a run of its own, since a trial that is begun again, or in
another folder, may have other results. Every call names its run; MLflow's "current run" is not used, so that parallel
trials do not mix.
"""

import logging
import math
import os
import time
from dataclasses import asdict, dataclass, field
from textwrap import shorten

from ablations.runner.loggers.base import Logger, by_split, ending, final
from inception_keras.errors import UserError, in_one_line

INSTALL = "pip install -e '.[mlflow]'"
ALLOWED = "a server (http://HOST:5000) or a file (sqlite:///mlflow.db)"
# MLflow's defaults are seven retries of two minutes each
IMPATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}


@dataclass
class _Attempt:
    """A trial that is being logged.

    Attributes:
        after: The epochs after which it goes on; 0 if it starts anew.
        held: Rows of epochs that are not logged yet, since only later ones tell which run the trial continues.
        run: The id of its run; empty until there is one.
        logged: The last epoch that the run has.
    """

    after: int = 0
    held: list[dict] = field(default_factory=list)
    run: str = ""
    logged: int = 0


class Runs(Logger):
    """Logs trials as runs of the experiment `study` at the tracking URI `uri`.

    Raises:
        UserError: MLflow is not installed, or the URI can't store runs.
    """

    def __init__(self, uri: str, study: str):
        for name, value in IMPATIENCE.items():
            os.environ.setdefault(name, value)
        try:
            from mlflow import MlflowClient
            from mlflow.entities import Metric
        except ImportError:
            raise UserError(f"--mlflow needs mlflow-skinny, which is not installed: {INSTALL}") from None
        logging.getLogger("mlflow").setLevel(logging.WARNING)  # else a new database lists its tables
        logging.getLogger("alembic").setLevel(logging.WARNING)
        self.name, self._metric = f"--mlflow {uri}", Metric
        try:
            self._client = MlflowClient(tracking_uri=uri)
            found = self._client.get_experiment_by_name(study)
            self._experiment = found.experiment_id if found else self._client.create_experiment(study)
        except ImportError as error:
            raise UserError(f"--mlflow {uri} needs {error.name}, which is not installed: {INSTALL}") from None
        except Exception as error:  # from MLflow, SQLAlchemy, requests or the operating system
            raise UserError(
                f"--mlflow {uri}: {shorten(in_one_line(error), 160, placeholder=' …')}; allowed: {ALLOWED}"
            ) from None
        self._attempts: dict[str, _Attempt] = {}  # by the address of the trial

    def begin(self, trial):
        self._attempts[trial.address] = _Attempt()

    def resumed(self, trial, epochs):
        self._attempts[trial.address].after = epochs

    def epoch(self, trial, row):
        attempt = self._attempts[trial.address]
        attempt.held.append(row)
        if row["epoch"] < attempt.after:
            return
        if not attempt.run and not self._continue(trial, attempt, row):
            self._make(trial, attempt)
        self._log_held(attempt)

    def end(self, trial, record):
        attempt = self._attempts[trial.address]
        if not attempt.run:  # it failed in its first epoch
            self._make(trial, attempt)
        self._log_held(attempt)
        self._log(attempt.run, len(record.history), final(record))
        self._client.set_tag(attempt.run, "status", ending(record))
        del self._attempts[trial.address]
        self._client.set_terminated(attempt.run, "FINISHED" if record.done else "FAILED")

    def leave(self, trial, why):
        attempt = self._attempts.pop(trial.address, None)
        if attempt and attempt.run:
            self._client.set_tag(attempt.run, "status", why)
            self._client.set_terminated(attempt.run, "KILLED")

    def _make(self, trial, attempt: _Attempt):
        tags = {name: str(value) for name, value in asdict(trial).items() if value is not None}
        made = self._client.create_run(self._experiment, tags=tags, run_name=f"{trial.variant} seed {trial.seed}")
        attempt.run = made.info.run_id

    def _continue(self, trial, attempt: _Attempt, row: dict) -> bool:
        """Takes the latest unfinished run that has this row, if the trial goes on after it."""
        if row["epoch"] != attempt.after:
            return False
        found = self._client.search_runs([self._experiment], f"tags.address = '{trial.address}'")
        for run in (one.info.run_id for one in found if one.info.status != "FINISHED"):
            losses = {metric.step: metric.value for metric in self._client.get_metric_history(run, "train/loss")}
            if math.isclose(losses.get(row["epoch"], math.nan), row["loss"], rel_tol=1e-9):
                self._client.update_run(run, status="RUNNING")
                attempt.run, attempt.logged = run, max(losses)
                return True
        return False

    def _log_held(self, attempt: _Attempt):
        for row in attempt.held:
            if row["epoch"] > attempt.logged:
                self._log(attempt.run, row["epoch"], by_split(row))
        attempt.held.clear()

    def _log(self, run: str, epoch: int, values: dict[str, float]):
        now = int(1000 * time.time())
        metrics = [self._metric(name, value, now, epoch) for name, value in values.items()]
        if metrics:
            self._client.log_batch(run, metrics)
