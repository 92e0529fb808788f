"""Guards on differences: what is not shown breaks them."""

from dataclasses import replace

import pytest

from ablations.evidence import forecast
from ablations.evidence.guards import broken_guards, check_guards
from ablations.records.store import Store
from ablations.study import Guards
from inception_keras import UserError
from tests.support.trials import CLAIMED, FC, GAP, TRAINED, fill, record


def trials(scores, seeds=8):
    return [
        record(CLAIMED, name, seed, value / 100)
        for name, own in scores.items()
        for seed, value in enumerate(own[:seeds])
    ]


def guarded(margin):
    return replace(CLAIMED, guards=Guards(not_worse={"fc": margin}))


def test_a_variant_that_is_better_is_not_worse():
    assert broken_guards(guarded(0.1), trials({"gap": GAP, "fc": FC})) == []
    assert "fc not worse than gap by 0.1 points" in [
        c.name for c in check_guards(guarded(0.1), trials({"gap": GAP, "fc": FC}))
    ]


def test_a_variant_that_is_worse_breaks_a_narrow_guard_and_keeps_a_wide_one():
    worse = trials({"gap": FC, "fc": GAP})
    (sentence,) = broken_guards(guarded(0.5), worse)
    assert sentence.startswith("fc not worse than gap by 0.5 points: not shown: -1.00 points")
    assert broken_guards(guarded(1.5), worse) == []


def test_what_one_seed_can_not_show_breaks_the_guard():
    (sentence,) = broken_guards(guarded(5), trials({"gap": GAP, "fc": FC}, seeds=1))
    assert "not shown with 1 pair " in sentence


def test_a_margin_of_no_size_is_refused():
    with pytest.raises(UserError, match="not_worse of 'fc' must be a number"):
        Guards(not_worse={"fc": 0})


def test_the_plan_says_before_how_many_seeds_it_takes(tmp_path):
    said = forecast.sentences(guarded(1), Store(tmp_path))
    assert any("guard: fc not worse than gap by 1 point; if they are equal, " in sentence for sentence in said)


@pytest.mark.parametrize("better", [True, False])
def test_a_study_with_rungs_is_judged_at_the_last(tmp_path, better):
    """The records of a run come with the last rung first, and all rungs have the same seeds."""
    study = replace(TRAINED, guards=Guards(not_worse={"fc": 0.5}, least_top1=0.7))
    last, first = ({"gap": GAP, "fc": FC}, {"gap": FC, "fc": GAP}) if better else ({"gap": FC, "fc": GAP}, {})
    store = fill(Store(tmp_path), study.at(2), last)
    fill(store, study.at(1), first)
    fill(store, study.at(1), {"gap": [60.0]})
    broken = broken_guards(study, sorted(store.load(), key=lambda one: -one.recipe["epochs"]))
    assert [sentence.partition(":")[0] for sentence in broken] == (
        [] if better else ["fc not worse than gap by 0.5 points"]
    )
