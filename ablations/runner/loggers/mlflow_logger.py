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
from dataclasses import asdict
from textwrap import shorten

from ablations.runner.loggers.base import Logger, by_split, ending, final
from inception_keras.errors import UserError, in_one_line

INSTALL = "pip install -e '.[mlflow]'"
ALLOWED = "a server (http://HOST:5000) or a file (sqlite:///mlflow.db)"
# MLflow's defaults are seven retries of two minutes each
IMPATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}


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
        self._runs: dict[str, str] = {}
        self._logged: dict[str, int] = {}  # the last epoch of each of them
        self._after: dict[str, int] = {}  # epochs after which a trial goes on
        self._held: dict[str, list[dict]] = {}  # rows of a trial without a run

    def begin(self, trial):
        """Waits for the first rows: only they tell which run the trial continues."""
        self._after[trial.address], self._held[trial.address] = 0, []

    def resumed(self, trial, epochs):
        self._after[trial.address] = epochs

    def epoch(self, trial, row):
        self._held[trial.address].append(row)
        if row["epoch"] < self._after[trial.address]:
            return
        if trial.address not in self._runs and not self._continue(trial, row):
            self._make(trial)
        self._log_held(trial)

    def end(self, trial, record):
        if trial.address not in self._runs:  # it failed in its first epoch
            self._make(trial)
        self._log_held(trial)
        run = self._runs[trial.address]
        self._log(trial, len(record.history), final(record))
        self._client.set_tag(run, "status", ending(record))
        self._runs.pop(trial.address)
        self._client.set_terminated(run, "FINISHED" if record.done else "FAILED")

    def leave(self, trial, why):
        if run := self._runs.pop(trial.address, None):
            self._client.set_tag(run, "status", why)
            self._client.set_terminated(run, "KILLED")

    def _make(self, trial):
        tags = {name: str(value) for name, value in asdict(trial).items() if value is not None}
        made = self._client.create_run(self._experiment, tags=tags, run_name=f"{trial.variant} seed {trial.seed}")
        self._runs[trial.address], self._logged[trial.address] = made.info.run_id, 0

    def _continue(self, trial, row: dict) -> bool:
        """Takes the latest unfinished run that has this row, if the trial goes on after it."""
        if row["epoch"] != self._after[trial.address]:
            return False
        found = self._client.search_runs([self._experiment], f"tags.address = '{trial.address}'")
        for run in (one.info.run_id for one in found if one.info.status != "FINISHED"):
            losses = {metric.step: metric.value for metric in self._client.get_metric_history(run, "train/loss")}
            if math.isclose(losses.get(row["epoch"], math.nan), row["loss"], rel_tol=1e-9):
                self._client.update_run(run, status="RUNNING")
                self._runs[trial.address], self._logged[trial.address] = run, max(losses)
                return True
        return False

    def _log_held(self, trial):
        for row in self._held[trial.address]:
            if row["epoch"] > self._logged[trial.address]:
                self._log(trial, row["epoch"], by_split(row))
        self._held[trial.address].clear()

    def _log(self, trial, epoch: int, values: dict[str, float]):
        now = int(1000 * time.time())
        metrics = [self._metric(name, value, now, epoch) for name, value in values.items()]
        if metrics:
            self._client.log_batch(self._runs[trial.address], metrics)
