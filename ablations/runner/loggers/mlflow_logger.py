"""`run --mlflow URI`: one MLflow run per trial, in an experiment named after the study.

A trial that is resumed continues its MLflow run, which is found by the trial's address. Every call names its run;
MLflow's "current run" is not used, so that parallel trials do not mix.
"""

import logging
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
        self._logged: dict[str, int] = {}

    def begin(self, trial):
        query = f"tags.address = '{trial.address}'"
        before = self._client.search_runs([self._experiment], query, max_results=1)
        if before:
            run = before[0].info.run_id
            self._client.update_run(run, status="RUNNING")
            steps = [metric.step for metric in self._client.get_metric_history(run, "train/loss")]
            self._logged[trial.address] = max(steps, default=0)
        else:
            tags = {name: str(value) for name, value in asdict(trial).items() if value is not None}
            made = self._client.create_run(self._experiment, tags=tags, run_name=f"{trial.variant} seed {trial.seed}")
            run, self._logged[trial.address] = made.info.run_id, 0
        self._runs[trial.address] = run

    def epoch(self, trial, row):
        if row["epoch"] > self._logged[trial.address]:
            self._log(trial, row["epoch"], by_split(row))

    def end(self, trial, record):
        run = self._runs[trial.address]
        self._log(trial, len(record.history), final(record))
        self._client.set_tag(run, "status", ending(record))
        self._runs.pop(trial.address)
        self._client.set_terminated(run, "FINISHED" if record.done else "FAILED")

    def leave(self, trial, why):
        if run := self._runs.pop(trial.address, None):
            self._client.set_tag(run, "status", why)
            self._client.set_terminated(run, "KILLED")

    def _log(self, trial, epoch: int, values: dict[str, float]):
        now = int(1000 * time.time())
        metrics = [self._metric(name, value, now, epoch) for name, value in values.items()]
        if metrics:
            self._client.log_batch(self._runs[trial.address], metrics)
