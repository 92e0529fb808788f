"""TensorBoard event files and MLflow runs, read back; loggers that fail or hang while a study is trained."""

import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from ablations.records.trials import TrialName
from ablations.runner import run as runner_run
from ablations.runner.loggers.base import Logger, by_split, final
from ablations.runner.loggers.logged_run import LoggedRun, LoggerThread
from ablations.runner.pools.in_process import InProcessPool
from inception_keras import UserError
from tests.support.bench import QUICK
from tests.support.logged import ROWS, STUDY, TRIAL, Notes, done, tell


class Recorder(Logger):
    """Records its calls, and raises in the method that `fails` names."""

    name = "--kept"

    def __init__(self, fails: str = ""):
        self.told, self._fails = [], fails

    def _keep(self, method, *arguments):
        if method == self._fails:
            raise OSError(28, "No space left on device")
        self.told.append((method, *arguments))

    def begin(self, trial):
        self._keep("begin", trial)

    def epoch(self, trial, row):
        self._keep("epoch", trial, row)

    def end(self, trial, record):
        self._keep("end", trial, record)

    def leave(self, trial, why):
        self._keep("leave", trial, why)


# ---- through a run


@pytest.fixture(scope="module")
def logged(tmp_path_factory):
    """A study trained with a logger that records all and one whose disk is full: records, the former, sentences."""
    out, kept, full, notes = tmp_path_factory.mktemp("results"), Recorder(), Recorder(fails="epoch"), []

    def reporter(missing, finished):
        notes.append(Notes(missing, finished))
        return LoggedRun(notes[-1], [full, kept])

    records = runner_run.run_study(STUDY, out, None, reporter, InProcessPool())
    return records, kept, notes[-1].sentences


def test_a_logger_that_fails_is_told_once_and_costs_no_trial(logged):
    records, _, sentences = logged
    assert [record["status"] for record in records] == ["done"] * 4
    (sentence,) = sentences
    full = "--kept failed, and the run continues without it: OSError: [Errno 28] No space left on device"
    assert sentence.startswith(f"{full} (test_loggers.py, line ")


def test_every_trial_is_told_with_the_identity_of_its_record(logged):
    records, kept, _ = logged
    for written in records:
        trial = TrialName(**{name: written[name] for name in asdict(TRIAL)})
        told = [(method, *rest) for method, identity, *rest in kept.told if identity == trial]
        assert [method for method, *_ in told] == ["begin", "epoch", "epoch", "end"]
        assert [row for method, *rest in told if method == "epoch" for row in rest] == written["history"]
        assert told[-1][1]["metrics"] == written["metrics"]


def test_a_run_that_is_ended_leaves_its_trials():
    tell(kept := Recorder())
    assert kept.told[-1] == ("leave", TRIAL, "the run was ended")


def test_a_logger_that_hangs_holds_up_nothing():
    release, sentences = threading.Event(), []
    hanging = Recorder()
    hanging.begin = lambda trial: release.wait()
    thread = LoggerThread(hanging, sentences.append)
    thread.tell("begin", TRIAL)
    thread.tell("epoch", TRIAL, ROWS[0])
    thread.close(patience=0.05)
    assert sentences == ["--kept did not finish within 0 seconds: the rest is not logged"]
    release.set()
    thread._thread.join(10)
    assert hanging.told == []


def test_names_by_split():
    assert by_split(ROWS[0]) == {
        "train/loss": 2.0,
        "train/top1": 0.25,
        "validation/top1": 0.125,
        "validation/loss": 3.0,
    }
    assert final(done()) == {"test/top1": 0.5, "test/top5": 0.75, "test/loss": 1.5}
    assert final(done(metrics={})) == {}


# ---- TensorBoard


def events(folder: Path) -> list:
    """All events of a run in the order of its files, read by TensorFlow."""
    tensorflow = pytest.importorskip("tensorflow", reason="reads event files")
    read = tensorflow.compat.v1.train.summary_iterator
    return [event for path in sorted(folder.glob("events.out.tfevents.*")) for event in read(str(path))]


def scalars(found: list) -> dict[tuple[str, int], float]:
    values = [(event.step, value) for event in found for value in event.summary.value]
    return {(value.tag, step): value.simple_value for step, value in values if value.HasField("simple_value")}


@pytest.fixture
def event_files(tmp_path):
    pytest.importorskip("tensorboardX", reason="the extra `tensorboard`")
    from ablations.runner.loggers.tensorboard_logger import EventFiles

    return EventFiles(tmp_path / "events")


def test_event_files_hold_metrics_tags_and_status(event_files, tmp_path):
    assert tell(event_files, ended=done(status="diverged", reason="loss nan in epoch 4")) == []
    found = events(tmp_path / "events" / "tiny" / "gap-seed0-0123456789ab")
    values = scalars(found)
    assert values["train/loss", 2] == 1.0 and values["validation/top1", 3] == 0.375
    assert values["test/top1", 3] == 0.5 and ("test/top1", 2) not in values
    tags = {value.tag: value for event in found for value in event.summary.value}
    assert tags["status/text_summary"].tensor.string_val == [b"diverged: loss nan in epoch 4"]
    from tensorboardX.proto.plugin_hparams_pb2 import HParamsPluginData

    start = tags["_hparams_/session_start_info"].metadata.plugin_data.content
    columns = HParamsPluginData.FromString(start).session_start_info.hparams
    assert (columns["variant"].string_value, columns["seed"].number_value) == ("gap", 0.0)
    assert {"study", "address", "commit"} <= set(columns)


def test_event_files_of_a_trial_that_goes_on(event_files, tmp_path):
    tell(event_files, ROWS[:2], left="stopped after an epoch")
    tell(event_files, ROWS, ended=done())
    folder = tmp_path / "events" / "tiny" / "gap-seed0-0123456789ab"
    assert len(list(folder.iterdir())) == 2, "two within a second have two files"
    starts = [event.step for event in events(folder) if event.session_log.status]
    assert starts == [1, 1], "the step from which TensorBoard discards what the first one wrote"


def test_event_files_where_nothing_can_be_written(tmp_path):
    pytest.importorskip("tensorboardX", reason="the extra `tensorboard`")
    from ablations.runner.loggers.tensorboard_logger import EventFiles

    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"--tensorboard: the folder .*file/events can't be written"):
        EventFiles(tmp_path / "file" / "events")


# ---- MLflow


@pytest.fixture
def mlflow_runs(tmp_path, monkeypatch):
    """Runs in a folder: MLflow's older store, without set-up; `test_mlflow_in_a_database` uses the current one."""
    pytest.importorskip("mlflow", reason="the extra `mlflow`")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    from ablations.runner.loggers.mlflow_logger import Runs

    return Runs((tmp_path / "mlruns").as_uri(), "tiny")


def runs(uri: str) -> list:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    found = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    losses = [client.get_metric_history(run.info.run_id, "train/loss") for run in found]
    return [(run, [(metric.step, metric.value) for metric in loss]) for run, loss in zip(found, losses, strict=True)]


def check_a_trial_that_goes_on(logger: Logger, uri: str):
    assert tell(logger, ROWS[:2], left="stopped after an epoch") == []
    ((run, _),) = runs(uri)
    assert (run.info.status, run.data.tags["status"]) == ("KILLED", "stopped after an epoch")
    assert tell(logger, ROWS, after=2, ended=done()) == []
    ((run, history),) = runs(uri)
    assert sorted(history) == [(1, 2.0), (2, 1.0), (3, pytest.approx(2 / 3))], "each epoch once"
    assert (run.info.status, run.data.tags["status"]) == ("FINISHED", "done")
    assert run.data.metrics["test/top1"] == 0.5 and run.data.metrics["validation/top1"] == 0.375
    tags = {name: run.data.tags[name] for name in asdict(TRIAL)}
    assert tags == {name: str(value) for name, value in asdict(TRIAL).items()}


def test_an_mlflow_run_goes_on_where_its_trial_does(mlflow_runs, tmp_path):
    check_a_trial_that_goes_on(mlflow_runs, (tmp_path / "mlruns").as_uri())


@pytest.mark.slow
def test_mlflow_in_a_database(tmp_path, monkeypatch):
    pytest.importorskip("mlflow", reason="the extra `mlflow`")
    pytest.importorskip("sqlalchemy", reason="the extra `mlflow`")
    from ablations.runner.loggers.mlflow_logger import Runs

    monkeypatch.chdir(tmp_path)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    check_a_trial_that_goes_on(Runs(uri, "tiny"), uri)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "ftp://127.0.0.1"])
def test_an_mlflow_that_is_not_there_is_one_line_before_the_training(uri):
    pytest.importorskip("mlflow", reason="the extra `mlflow`")
    from ablations.runner.loggers.mlflow_logger import Runs

    with pytest.raises(UserError, match=rf"--mlflow {uri}: .*allowed: a server") as error:
        Runs(uri, "tiny")
    assert "\n" not in str(error.value)


# ---- Weights & Biases


class FakeRun:
    """Keeps what it is told, as a run of wandb would."""

    def __init__(self, **made):
        self.made, self.rows, self.summary, self.code = made, [], {}, None

    def log(self, values, step):
        self.rows.append((step, values))

    def finish(self, exit_code):
        self.code = exit_code


class FakeWandb:
    """The part of wandb that the logger uses."""

    def __init__(self, known=True):
        self.runs, self.login = [], lambda: known

    def Settings(self, **values):
        return values

    def init(self, **made):
        self.runs.append(FakeRun(**made))
        return self.runs[-1]


@pytest.fixture
def wandb_runs(monkeypatch):
    """A logger, and the runs that it makes."""
    from ablations.runner.loggers.wandb_logger import WandbRuns

    fake = FakeWandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    return WandbRuns("team/tiny"), fake.runs


def test_each_attempt_of_a_trial_is_a_wandb_run_with_all_epochs(wandb_runs):
    logger, runs = wandb_runs
    assert tell(logger, ROWS[:2], left="stopped after an epoch") == []
    assert tell(logger, ROWS, after=2, ended=done()) == []
    first, second = runs
    assert (first.code, first.summary) == (1, {"status": "stopped after an epoch"})
    assert (second.code, second.summary) == (0, {"status": "done"})
    assert first.made["id"] != second.made["id"] and "resume" not in second.made
    assert all(run.made["id"].startswith(TRIAL.address) for run in runs)
    assert (second.made["entity"], second.made["project"], second.made["group"]) == ("team", "tiny", "gap")
    assert second.made["config"] == asdict(TRIAL)
    assert second.rows == [*((row["epoch"], by_split(row)) for row in ROWS), (3, final(done()))]


def test_a_wandb_without_account_is_one_line_before_the_training(monkeypatch):
    from ablations.runner.loggers.wandb_logger import WandbRuns

    monkeypatch.setitem(sys.modules, "wandb", FakeWandb(known=False))
    monkeypatch.delenv("WANDB_MODE", raising=False)
    with pytest.raises(UserError, match="no account is known: type `wandb login`, or set WANDB_MODE=offline"):
        WandbRuns("tiny")
    monkeypatch.setenv("WANDB_MODE", "offline")
    WandbRuns("tiny")
    with pytest.raises(UserError, match="takes PROJECT or ENTITY/PROJECT; got 'a/b/c'"):
        WandbRuns("a/b/c")


def test_wandb_itself_takes_what_it_is_told(tmp_path, monkeypatch):
    pytest.importorskip("wandb", reason="the extra `wandb`")
    from ablations.runner.loggers.wandb_logger import WandbRuns

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert tell(WandbRuns("tiny"), ended=done()) == []
    (file,) = tmp_path.glob(f"wandb/offline-run-*-{TRIAL.address}-*/*.wandb")
    names, patience = (b"validation/top1", b"test/top5", b"status"), time.monotonic() + 60
    while not all(name in file.read_bytes() for name in names):  # another process of W&B writes, also after the end
        assert time.monotonic() < patience, file.read_bytes()
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("package", "option"),
    [("tensorboardX", "tensorboard"), ("mlflow", "mlflow"), ("wandb", "wandb")],
)
def test_a_missing_package_is_named_with_what_to_type(package, option, tmp_path, monkeypatch):
    from ablations.cli.watched import Watched, make_loggers

    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UserError, match=rf"which is not installed: pip install -e '\.\[{option}\]'"):
        make_loggers(QUICK, tmp_path, Watched(**{option: "there"}))
