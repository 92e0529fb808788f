"""Measures: what a claim can be about, computed from records with known numbers."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from ablations.data import datasets
from ablations.evidence.findings import findings
from ablations.evidence.sections import sections
from ablations.records import locks
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.report import ledger, summary
from ablations.runner.worker import Worker
from ablations.study import Claim
from ablations.study.claims import check_measures
from ablations.study.measures import MEASURES, measure
from inception_keras import UserError
from tests.support.trials import CLAIMED, GAP, TRAINED, fill, fill_rungs, record

CURVE = [{"epoch": 1, "validation_top1": 0.2}, {"epoch": 2, "validation_top1": 0.6}]
METRICS = {
    "test": {"top1": 0.75, "top5": 0.9, "loss": 1.0, "balanced_accuracy": 0.7, "calibration_error": 0.05},
    "train": {"top1": 0.875, "loss": 1.0},
    "shift_4": {"top1": 0.5, "loss": 1.0},
}


def of(name, **changes):
    made = record(CLAIMED, "gap", 0, metrics=METRICS, history=CURVE, by_class={"cat": 0.5})
    return measure(name).of(Record(made | changes))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("top1", 75.0),
        ("top5", 90.0),
        ("top1_or_chance", 75.0),
        ("overfitting", 12.5),
        ("shift_4", -25.0),
        ("shift_8", None),  # it was not evaluated
        ("balanced_accuracy", 70.0),
        ("calibration_error", 5.0),
        ("macro_f1", None),  # of an older record
        ("class:cat", 50.0),
        ("class:dog", None),
        ("epochs_to_10", 0.5),  # interpolated from 0 at the start to 20% after one epoch
        ("epochs_to_40", 1.5),
        ("epochs_to_60", 2.0),
        ("epochs_to_61", 3.0),  # not reached: one more than the two trained epochs
        ("step_time", 100 * math.log(0.1)),
    ],
)
def test_a_trial_with_known_numbers(name, expected):
    assert of(name) == (expected if expected is None else pytest.approx(expected))


def test_a_trial_that_diverged_is_a_guess_where_divergence_is_an_outcome():
    assert of("top1_or_chance", status="diverged", metrics={}) == 10.0, "one of ten classes"
    for name in (*MEASURES, "epochs_to_40", "class:cat"):
        assert name == "top1_or_chance" or of(name, status="diverged", metrics={}) is None
        assert of(name, status="failed", metrics={}) is None


@pytest.mark.parametrize("name", ["top2", "epochs_to_", "epochs_to_100", "epochs_to_0", "shift_3", None, ["top1"]])
def test_a_measure_that_there_is_not(name):
    with pytest.raises(UserError, match="metric"):
        Claim("it helps", "a paper", variant="fc", metric=name)


@pytest.mark.parametrize("place", ["claim", "secondary"])
def test_a_class_that_there_is_not_stops_a_run_before_a_framework_is_loaded(monkeypatch, place):
    monkeypatch.setattr(datasets, "load_for", lambda *a: SimpleNamespace(class_names=("cat", "dog")))
    monkeypatch.setattr("ablations.runner.worker.load_backend", lambda: pytest.fail("loaded"))
    claim = Claim("fewer stripes", "me", variant="fc", metric="class:cta")
    declared = replace(CLAIMED, **{place: claim if place == "claim" else (claim,)})
    with pytest.raises(UserError) as error:
        Worker(declared, None)
    words = "unknown class in the metric of a claim 'cta': did you mean 'cat'? allowed are 'cat', 'dog'"
    assert str(error.value) == words
    check_measures([replace(claim, metric="class:dog")], ("cat", "dog"))


def test_less_may_be_better():
    claim = Claim("it overfits less", "a paper", variant="fc", metric="overfitting", effect=-1.0)
    assert claim.direction == "better"
    with pytest.raises(UserError, match="says that the variant is worse"):
        replace(claim, effect=1.0)


def test_a_margin_may_be_as_small_as_its_unit_asks():
    assert Claim("c", "s", variant="fc", metric="log_loss", margin=0.005).margin == 0.005
    with pytest.raises(UserError, match="margin must be a number from 0.01 to 100"):
        Claim("c", "s", variant="fc", margin=0.005)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secondary": (Claim("c", "s", variant="fc", metric="overfitting"),)}, r"needs evaluations=\('train',\)"),
        ({"secondary": (Claim("c", "s", variant="fc", metric="shift_2"),)}, r"needs evaluations=\('shifts',\)"),
        ({"evaluations": ("trian",)}, "did you mean 'train'"),
        ({"secondary": (Claim("c", "s", variant="fcc"),)}, "did you mean 'fc'"),
        ({"claim": None, "secondary": (Claim("c", "s", variant="fc"),)}, "need a primary one"),
    ],
)
def test_a_study_that_can_not_answer_its_claims(changes, words):
    with pytest.raises(UserError, match=words):
        replace(CLAIMED, **changes)


SECOND = Claim("it learns faster", "an article", variant="fc", metric="epochs_to_40", direction="better", margin=0.1)
BOTH = replace(TRAINED, secondary=(SECOND,))


@pytest.fixture
def store(tmp_path):
    """`fc` is a point better, and reaches 40% sooner: its only epoch ends higher."""
    return fill_rungs(Store(tmp_path / "tiny"), BOTH, {"gap": GAP, "fc": [value + 1 for value in GAP]})


def test_each_claim_has_its_verdict_and_the_correction_is_over_all(store):
    first, second = findings(BOTH, store)
    assert (first.claim, second.claim) == (TRAINED.claim, SECOND)
    assert second.evidence.metric == "epochs_to_40"
    assert second.evidence.found.difference < 0
    assert second.verdict.name == "equivalent", "0.006 epochs are within the margin of 0.1"
    (alone,) = findings(TRAINED, store)
    assert first.evidence.p_holm == 2 * alone.evidence.p_holm
    assert second.evidence.images is None, "a number of epochs has no value per image"


def test_fewer_epochs_are_better(store):
    eager = replace(BOTH, secondary=(replace(SECOND, margin=None),))
    verdict = findings(eager, store)[1].verdict
    assert verdict.name == "reproduced"
    assert verdict.reason.startswith("fc is sooner")
    late = replace(BOTH, secondary=(replace(SECOND, margin=None, direction="worse"),))
    assert findings(late, store)[1].verdict.name == "contradicted"


def test_pages_show_other_measures_apart(store):
    section, _ = sections(store, BOTH)
    (row,) = summary.others(section).to_dict("records")
    assert row["measure"] == "epochs to 40%"
    assert row["difference [95% over seeds]"].startswith("fc sooner by 0.0")
    assert row["difference [95% over seeds]"].endswith("] epochs")
    assert len(summary.comparisons(section)) == 1
    page = ledger.ledger_page(findings(BOTH, store))
    assert "] epochs, n = 8" in page
    assert "counted on moving averages of the batch statistics" in page


def test_no_other_measure_stands_beside_the_accuracies(store):
    turned = replace(BOTH, claim=SECOND, secondary=(TRAINED.claim,))
    section, _ = sections(store, turned)
    assert set(summary.summary(section)["difference (points)"]) == {"–"}
    assert summary.comparisons(section).empty
    assert summary.others(section)["measure"].tolist() == ["epochs to 40%", "top-1"]


def test_a_lock_fixes_all_claims(store):
    assert "secondary" not in locks.terms(TRAINED), "so older locks stay valid"
    assert locks.terms(BOTH)["secondary"][0]["statement"] == SECOND.statement


def test_a_trial_that_diverged_stands_in_the_comparison(tmp_path):
    study = replace(CLAIMED, claim=replace(CLAIMED.claim, metric="top1_or_chance"))
    store = fill(Store(tmp_path / "tiny"), study, {"gap": [80.0] * 8, "fc": [80.5] * 8})
    store.write(record(study, "fc", 3, None, status="diverged", reason="loss nan", history=[]), None)
    (found,) = findings(study, store)
    assert found.evidence.found.n == 8
    assert found.evidence.found.difference == pytest.approx((7 * 0.5 + (10 - 80)) / 8)
    assert found.verdict.name is not None
