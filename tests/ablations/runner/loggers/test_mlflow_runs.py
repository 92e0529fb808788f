"""Which MLflow run a trial is logged in: its own where it goes on, a new one where it begins again."""

import sys
from types import SimpleNamespace

import pytest

from tests.support.logged import ROWS, done, tell


class FakeMlflow:
    """The part of MLflow's client and its entities that the logger uses; keeps its runs, the latest first."""

    def __init__(self):
        self.runs = []

    def __call__(self, tracking_uri):
        return self

    def get_experiment_by_name(self, name):
        return SimpleNamespace(experiment_id=name)

    def create_run(self, experiment, tags, run_name):
        info = SimpleNamespace(run_id=str(len(self.runs)), status="RUNNING")
        self.runs.insert(0, SimpleNamespace(info=info, tags=tags, rows=[]))
        return self.runs[0]

    def search_runs(self, experiments, query):
        return [run for run in self.runs if query == f"tags.address = '{run.tags['address']}'"]

    def get_metric_history(self, run, name):
        return [one for one in self.named(run).rows if one.key == name]

    def log_batch(self, run, metrics):
        self.named(run).rows += metrics

    def set_tag(self, run, name, value):
        self.named(run).tags[name] = value

    def update_run(self, run, status):
        self.named(run).info.status = status

    set_terminated = update_run

    def named(self, run):
        return next(one for one in self.runs if one.info.run_id == run)

    def losses(self):
        """The losses of each run, the first begun first."""
        return [[row.value for row in run.rows if row.key == "train/loss"] for run in reversed(self.runs)]


@pytest.fixture
def fake_mlflow(monkeypatch):
    """A logger, and the client that keeps what it logs."""
    from ablations.runner.loggers.mlflow_logger import Runs

    fake = FakeMlflow()

    def metric(key, value, timestamp, step):
        return SimpleNamespace(key=key, value=value, step=step)

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=fake))
    monkeypatch.setitem(sys.modules, "mlflow.entities", SimpleNamespace(Metric=metric))
    return Runs("http://there", "tiny"), fake


OTHER = [{**row, "loss": row["loss"] - 0.5} for row in ROWS]
LOSSES, OTHERS = ([row["loss"] for row in rows] for rows in (ROWS, OTHER))


@pytest.mark.parametrize("first", [{"ended": done()}, {"left": "stopped after an epoch"}])
def test_a_trial_that_begins_again_has_an_mlflow_run_of_its_own(fake_mlflow, first):
    logger, fake = fake_mlflow
    assert tell(logger, **first) == []
    assert tell(logger, OTHER, ended=done()) == []
    assert fake.losses() == [LOSSES, OTHERS]


def test_a_trial_goes_on_in_the_mlflow_run_that_has_its_epochs(fake_mlflow):
    logger, fake = fake_mlflow
    tell(logger, ended=done())
    tell(logger, ROWS[:2], left="stopped after an epoch")
    tell(logger, OTHER[:2], left="stopped after an epoch")
    assert tell(logger, after=2, ended=done()) == []
    assert fake.losses() == [LOSSES, LOSSES, OTHERS[:2]], "not in one that is finished, nor in one of other results"
    assert [run.info.status for run in reversed(fake.runs)] == ["FINISHED", "FINISHED", "KILLED"]
    assert tell(logger, [], ended=done(status="failed", history=[], metrics={})) == []
    assert fake.runs[0].info.status == "FAILED", "also without an epoch"
