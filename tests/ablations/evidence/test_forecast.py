"""Forecasts before a run: spread, power, hours."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ablations.evidence import forecast
from ablations.records.store import Store
from ablations.statistics import compare, detectable_difference
from ablations.study import Tuning
from tests.support.bench import TINY
from tests.support.trials import CLAIMED, TRAINED, fill

GAP, FC = [80.0, 80.4, 80.2, 80.3], [80.6, 81.0, 80.9, 80.7]


def test_a_spread_is_assumed_until_there_are_records(tmp_path):
    store = Store(tmp_path)
    assert "assumed: 0.4 points" in forecast.spread(CLAIMED, store).origin
    fill(store, CLAIMED, {"gap": GAP, "fc": FC})
    measured = forecast.spread(CLAIMED, store)
    assert measured.sd == pytest.approx(compare(GAP, FC).sd)
    assert "from 4 seeds of fc and gap, correlation" in measured.origin


def test_records_of_another_recipe_tell_no_spread(tmp_path):
    store = fill(Store(tmp_path), CLAIMED.change({"learning_rate": 0.1}, profile="full"), {"gap": GAP, "fc": FC})
    assert "assumed" in forecast.spread(CLAIMED, store).origin


def test_a_run_that_can_not_decide_is_doubted(tmp_path):
    store = Store(tmp_path)
    assert "a verdict needs 6 seeds, not 1" in forecast.doubt(replace(CLAIMED, seeds=1), store)
    tiny_effect = replace(CLAIMED, claim=replace(CLAIMED.claim, effect=0.1))
    assert "8 seeds may not decide the claim of tiny: it needs about" in forecast.doubt(tiny_effect, store)
    assert forecast.doubt(replace(CLAIMED, seeds=30), store) is None
    assert forecast.doubt(TINY, store) is None, "no claim, nothing to decide"
    nats = replace(CLAIMED, claim=replace(CLAIMED.claim, effect=None, metric="log_loss", margin=0.01))
    assert forecast.doubt(nats, store) is None, "a spread can be assumed of accuracies alone"
    words = forecast.sentences(nats, store)
    assert words[0].startswith("spread: in nats unknown before there are results")
    assert [line for line in words if line.endswith("(no size, margin 0.01); seeds: unknown")]


def test_what_keeps_a_claim_from_its_verdict_is_said_before_the_run(tmp_path):
    said = "\n".join(forecast.sentences(CLAIMED, Store(tmp_path)))
    assert "not judged: without rungs nothing shows that training is over: give it epochs=2 and rungs=(1, 2)" in said
    assert "may come out as equivalent" not in said
    small = "\n".join(forecast.sentences(replace(CLAIMED, profile="reduced"), Store(tmp_path)))
    assert "not judged" not in small, "a reduced study has no rungs whatever the study has"
    wide = replace(TRAINED, claim=replace(TRAINED.claim, effect=0.6, margin=1.0))
    said = "\n".join(forecast.sentences(wide, Store(tmp_path)))
    assert "margin: 1 point is more than the claimed 0.6 points" in said
    assert "not judged" not in said
    as_wide = replace(TRAINED, claim=replace(TRAINED.claim, effect=0.6, margin=0.6))
    said = "\n".join(forecast.sentences(as_wide, Store(tmp_path)))
    assert "margin: 0.6 points is as large as the claimed 0.6 points" in said


def test_sentences(tmp_path):
    lines = "\n".join(forecast.sentences(CLAIMED, Store(tmp_path)))
    assert "a standard deviation of 0.57 points" in lines
    detectable = detectable_difference(0.4 * 2**0.5, 8)
    assert f"detectable with 8 seeds: {detectable:.2f} points (80% power to be judged real)" in lines
    assert "to show 0.6 points" in lines
    few = "\n".join(forecast.sentences(replace(CLAIMED, seeds=3), Store(tmp_path)))
    assert "detectable with 3 seeds: no difference; a sign-flip test needs 6 seeds" in few
    alone = replace(CLAIMED, seeds=3, paired=False)
    assert "no difference; with fewer than 6 seeds nothing is judged" in "\n".join(
        forecast.sentences(alone, Store(tmp_path))
    )


def test_what_is_detectable_is_corrected_for_all_tests_of_the_study(tmp_path):
    further = tuple(replace(CLAIMED.claim, metric=metric, effect=None) for metric in ("top5", "log_loss"))
    several = replace(CLAIMED, secondary=further)
    assert len(several.tests) == 3
    lines = "\n".join(forecast.sentences(several, Store(tmp_path)))
    detectable = detectable_difference(0.4 * 2**0.5, 8, comparisons=3)
    assert f"detectable with 8 seeds: {detectable:.2f} points (80% power to be judged real among 3 tests)" in lines
    few = "\n".join(forecast.sentences(replace(several, seeds=6), Store(tmp_path)))
    assert "detectable with 6 seeds: no difference; a sign-flip test among 3 tests needs 7 seeds" in few


def test_a_plan_says_how_often_noise_looks_like_movement(tmp_path):
    """With the assumed spread of 0.57 points, 8 seeds at both rungs move the difference by 0.28, beyond half of 0.3."""
    study = replace(CLAIMED.change({"epochs": 4}), rungs=(2, 4), claim=replace(CLAIMED.claim, margin=0.3))
    *_, plateau = forecast.sentences(study, Store(tmp_path))
    assert plateau == (
        "plateau: a difference that does not move from 2 to 4 epochs is seen to hold still, within half the margin, in "
        "40% of such studies; 80% take 47 seeds at both, or a wider margin"
    )
    wide = replace(study, claim=replace(study.claim, margin=1.0))
    assert forecast.sentences(wide, Store(tmp_path))[-1].endswith("in 92% of such studies")
    fewer = replace(wide, rung_seeds={2: 4})
    assert forecast.sentences(fewer, Store(tmp_path))[-1].endswith("in 85% of such studies")
    for open_ended in (CLAIMED, replace(study, claim=replace(study.claim, margin=None))):
        assert "plateau" not in forecast.sentences(open_ended, Store(tmp_path))[-1]


def test_hours_are_those_of_the_parts():
    data = SimpleNamespace(train=range(320), validation=range(100), test=range(50))
    pace = SimpleNamespace(compile=10.0, step=0.5, image=0.01, statistics=2.0)
    study = TINY.change({"epochs": 3})  # 10 steps of batch 32 per epoch
    seconds = 2 * (3 * (10 * 0.5 + 1.0 + 2.0) + 0.5 + 2.0) + 10
    paces = {"gap": pace, "fc": pace}
    hours = forecast.hours(data, paces, [trial for trial in study.trials() if trial.variant.name == "gap"])
    assert hours * 3600 == pytest.approx(seconds), "a finished variant costs nothing"
    rungs = replace(study, rungs=(1, 3), rung_seeds={1: 1})
    shorter = 2 * ((1 * (10 * 0.5 + 1.0 + 2.0) + 0.5 + 2.0) + 10)
    assert forecast.hours(data, paces, rungs.trials()) * 3600 == pytest.approx(2 * seconds + shorter)
    tuned = replace(study, tuning=Tuning({"learning_rate": (0.1, 0.2), "dropout": (0.0, 0.2, 0.4)}, epochs=2, seeds=2))
    assert forecast.tuning_hours(tuned, data, paces) * 3600 == pytest.approx(2 * 5 * (10 + 2 * (2 * 8.0 + 2.0)))


def test_what_a_study_evaluates_besides_the_test_split_takes_its_time():
    data = SimpleNamespace(train=range(320), validation=range(100), test=range(50))
    asked = replace(TINY, evaluations=("train", "shifts", "mirrored"))
    assert forecast.images_at_the_end(TINY, data) == 50
    assert forecast.images_at_the_end(asked, data) == 50 + 320 + 4 * 50 + 2 * (50 + 100)
    assert forecast.images_at_the_end(replace(asked, reads_test=False), data) == 0
