"""Which trials run: finished ones are skipped, killed ones are resumed, and a failure affects no other trial."""

import shutil
import signal
from dataclasses import replace

import pytest

from ablations.data import datasets
from ablations.evidence.guards import broken_guards
from ablations.records.record import Record
from ablations.records.rounding import Rounding
from ablations.records.store import Store, finished_records
from ablations.runner import run as runner_run
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools.in_process import InProcessPool
from ablations.study import Guards, Variant
from ablations.training import trainer
from ablations.training.progress import TrialListener
from inception_keras import UserError
from tests.support.bench import QUICK

STABLE = ("study", "variant", "seed", "status", "address", "experiment", "metrics", "history", "params", "macs", "data")


class Counts(Reporter):
    """Remembers how many trials were to run, and how many were done before."""

    def __init__(self, missing, finished):
        super().__init__(missing, finished)
        Counts.last = (missing, finished)


def run(study, out):
    return runner_run.run_study(study, out, None, Counts, InProcessPool())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    return out, run(QUICK, out)


def test_one_record_per_trial_in_the_studys_order(finished):
    out, records = finished
    assert [(r["variant"], r["seed"], r["status"]) for r in records] == [
        ("gap", 0, "done"),
        ("gap", 1, "done"),
        ("fc", 0, "done"),
        ("fc", 1, "done"),
    ]
    assert len(list((out / "tiny" / "records").glob("*.json"))) == 4
    assert len(list((out / "tiny" / "records").glob("*.npz"))) == 4


def test_a_record_says_what_it_is_made_of(finished):
    record = finished[1][0]
    assert record["configuration"]["toggles"]["width"] == 0.5
    assert record["configuration"]["recipe"]["epochs"] == 1
    assert record["data"]["counts"]["test"] == 360
    assert len(record["data"]["fingerprint"]) == 16
    assert {"python", "keras", "numpy"} <= set(record["versions"])
    assert record["hardware"]["cores"] >= 1
    assert record["params"] > record["head_params"] > 0
    assert record["metrics"]["test"]["top1"] <= record["metrics"]["test"]["top5"]


def test_the_bits_give_the_metrics_again(finished):
    out, records = finished
    for record in records:
        for metric in ("top1", "top5"):
            assert Store(out / "tiny").correct(record, metric).mean() == record["metrics"]["test"][metric]


def test_what_is_done_is_not_run_again(finished, monkeypatch):
    out, records = finished
    monkeypatch.setattr(trainer.Trainer, "train", lambda *a: pytest.fail("trained again"))
    assert run(QUICK, out) == records
    assert Counts.last == (0, 4)


def test_a_killed_run_trains_what_is_missing_and_ends_the_same(finished, tmp_path, monkeypatch):
    class Killed(BaseException):
        """Like a signal: no `except Exception` catches it."""

    train, calls = trainer.Trainer.train, []

    def train_twice(self, seed, *rest):
        calls.append(seed)
        if len(calls) == 3:
            raise Killed
        return train(self, seed, *rest)

    monkeypatch.setattr(trainer.Trainer, "train", train_twice)
    with pytest.raises(Killed):
        run(QUICK, tmp_path)
    assert len(Store(tmp_path / "tiny").load()) == 2
    monkeypatch.setattr(trainer.Trainer, "train", train)
    records = run(QUICK, tmp_path)
    assert Counts.last == (2, 2)
    for again, before in zip(records, finished[1], strict=True):
        assert {name: again[name] for name in STABLE} == {name: before[name] for name in STABLE}


def test_a_trial_that_fails_costs_no_other_and_runs_again(tmp_path, monkeypatch):
    train = trainer.Trainer.train

    def train_badly(self, seed, *rest):
        if seed == 0:
            raise MemoryError("no room") if self.model.count_params() < 10_000 else ArithmeticError("bad")
        return train(self, seed, *rest)

    monkeypatch.setattr(trainer.Trainer, "train", train_badly)
    records = run(replace(QUICK, variants=QUICK.arms), tmp_path)
    assert [r["status"] for r in records] == ["out of memory", "done", "failed", "done"]
    assert [records[n]["reason"] for n in (0, 2)] == ["MemoryError: no room", "ArithmeticError: bad"]
    monkeypatch.setattr(trainer.Trainer, "train", train)
    assert [r["status"] for r in run(QUICK, tmp_path)] == ["done"] * 4
    assert Counts.last == (2, 2)


def fails_on_real_images(images, generator):
    if (images == 0).mean() > 0.1:  # the check has noise
        raise ValueError("no noise")
    return images


def test_an_augmentation_that_fails_on_the_data_costs_no_other_arm(tmp_path):
    own = Variant("own", recipe={"augmentation": ("crop", fails_on_real_images)})
    wide = Variant("wide", {"width": 1.0})
    records = run(replace(QUICK, variants=(Variant("gap"), own, wide), seeds=1), tmp_path)
    assert [(one.variant, one.status) for one in records] == [("gap", "done"), ("own", "failed"), ("wide", "done")]
    assert "augmentation tests.ablations.runner.test_run:fails_on_real_images failed: ValueError" in records[1].reason


def test_a_changed_study_is_another_experiment(finished):
    out, before = finished
    changed = QUICK.change({"learning_rate": 0.01})
    assert finished_records(Store(out / "tiny"), changed, Rounding("tensorflow")) == {}
    assert len({record["experiment"] for record in before}) == 1


def test_results_of_other_data_are_not_mixed_in(finished, monkeypatch):
    out, _ = finished
    other = replace(datasets.load("digits", image_size=32, fraction=0.2), fingerprint="0" * 16)
    monkeypatch.setattr(datasets, "load", lambda *a, **k: other)
    with pytest.raises(UserError, match="holds results of other digits data"):
        run(QUICK, out)


def test_a_broken_lock_is_named_before_the_training(tmp_path, monkeypatch):
    (tmp_path / "tiny" / "locks").mkdir(parents=True)
    (tmp_path / "tiny" / "locks" / "abc.json").write_text("{}")
    monkeypatch.setattr(datasets, "load", lambda *a, **k: pytest.fail("prepared first"))
    with pytest.raises(UserError, match="abc.json is no lock"):
        run(QUICK, tmp_path)


def test_a_trial_that_was_asked_to_leave_off_goes_on_after_its_epoch(tmp_path):
    """As after Ctrl-C; the trial ends with the numbers of an uninterrupted one."""
    study = replace(QUICK, recipe=replace(QUICK.recipe, epochs=3), seeds=1)
    whole = run(study, tmp_path / "whole")

    class Interrupting(Reporter):
        def listener(self, number):
            class Signals(TrialListener):
                def epoch_done(self, row):
                    if row["epoch"] == 2:
                        signal.raise_signal(signal.SIGINT)

            return Signals()

    with pytest.raises(KeyboardInterrupt):
        runner_run.run_study(study, tmp_path / "parts", None, Interrupting, InProcessPool())
    store = Store(tmp_path / "parts" / "tiny")
    assert store.load() == []
    assert [path.name for path in store.running.glob("*/*.ckpt")] != []
    reports = []

    class Watching(Counts):
        def listener(self, number):
            class Says(TrialListener):
                def resumed(self, epochs):
                    reports.append(f"after {epochs}")

                def epoch_done(self, row):
                    reports.append(row["epoch"])

            return Says()

    parts = runner_run.run_study(study, tmp_path / "parts", None, Watching, InProcessPool())
    assert Counts.last == (2, 0)
    assert reports == ["after 2", 1, 2, 3, 1, 2, 3], "the first trial reports its earlier epochs again"
    assert [{name: record[name] for name in STABLE} for record in parts] == [
        {name: record[name] for name in STABLE} for record in whole
    ]
    assert not list(store.running.glob("*/")), "checkpoints are deleted once the record is written"


def test_guards(finished):
    _, records = finished
    params = {record["variant"]: record["params"] for record in records}
    assert broken_guards(replace(QUICK, guards=Guards(params=params)), records) == []
    wrong = broken_guards(replace(QUICK, guards=Guards(params={"fc": 1}, least_top1=0.99)), records)
    assert [sentence for sentence in wrong if "parameters, not 1" in sentence]
    assert [sentence for sentence in wrong if "is under 0.99" in sentence]
    diverged = [Record({**records[0], "status": "diverged", "reason": "loss nan"})]
    assert broken_guards(QUICK, diverged) == ["gap seed 0: diverged (loss nan)"]


def test_trials_of_another_study_are_taken_instead_of_trained(tmp_path, finished):
    shutil.copytree(finished[0] / "tiny", tmp_path / "tiny")
    wider = Variant("wider", {"width": 0.25}, "fewer channels")
    records = run(replace(QUICK, name="wider", variants=(QUICK.variants[0], wider)), tmp_path)
    assert Counts.last == (2, 2), "two of the wider arm; those of the baseline are there"
    assert [(r.study, r.variant, r.seed, bool(r.shared)) for r in records] == [
        ("wider", "gap", 0, True),
        ("wider", "gap", 1, True),
        ("wider", "wider", 0, False),
        ("wider", "wider", 1, False),
    ]
