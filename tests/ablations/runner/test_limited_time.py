"""A run with a limited time: what it trains first, and how it leaves."""

import time
from dataclasses import replace

import pytest

from ablations import studies
from ablations.cli.options import check_rung
from ablations.records.store import Store
from ablations.runner.order import decisiveness
from ablations.study import Claim
from inception_keras.errors import UserError
from tests.support.bench import TINY
from tests.support.scripted_pool import FOUR, ROW, ScriptedPool, run, well
from tests.support.trials import record


def test_what_a_verdict_needs_comes_first_when_the_time_is_limited(tmp_path):
    """Whole pairs of the claim, seed by seed, at the last rung and the one before; the other arm; the other rung."""
    third = replace(TINY.arms[1], name="wide", overrides={"head": "fc", "fc_units": (32,)})
    study = replace(
        FOUR,
        **{"variants": (*TINY.arms, third), "seeds": 2, "rungs": (1, 2, 3)},
        recipe=replace(TINY.recipe, epochs=3),
        claim=Claim("?", "a paper", variant="wide"),
    )
    places = [(decisiveness(study, trial), trial) for trial in study.trials()]
    ordered = [(t.rung, t.variant.name, t.seed) for _, t in sorted(places, key=lambda pair: pair[0])]
    pairs = [(name, seed) for seed in (0, 1) for name in ("gap", "wide")]
    other = [("fc", 0), ("fc", 1)]
    judged = [(rung, *trial) for trials in (pairs, other) for rung in (3, 2) for trial in trials]
    assert ordered == judged + [(1, *trial) for trial in pairs + other]


def test_a_rung_can_be_trained_alone(tmp_path):
    study = replace(FOUR, rungs=(1, 2), recipe=replace(TINY.recipe, epochs=2))
    pool = ScriptedPool(1, well)
    assert len(run(tmp_path, pool, study, rung=1)) == len(pool.trained) == 8
    later = ScriptedPool(1, well)
    assert len(run(tmp_path, later, study)) == 16
    assert len(later.trained) == 8, "the other rung"


def test_a_rung_that_a_study_lacks_is_refused():
    with pytest.raises(UserError, match="unknown --rung 5: .*allowed are 32, 64"):
        check_rung(studies.load("average_pooling"), 5)


def test_a_run_whose_time_is_up_saves_and_leaves_the_rest(tmp_path):
    """The first trial ends, the second is stopped after an epoch; the same call goes on with the other arm's seed."""
    ended = []

    def slow(worker, request):
        if ended:
            time.sleep(max(0.0, deadline - time.monotonic()))
            return [("told", ("epoch_done", (ROW,))), ("stopped", None)] if request.seed == 0 else well(worker, request)
        ended.append(request.variant)
        return well(worker, request)

    pool, deadline = ScriptedPool(1, slow), time.monotonic() + 5
    records = run(tmp_path, pool, FOUR, deadline=deadline)
    assert [(r["variant"], r["seed"]) for r in records] == [("gap", 0)]
    assert [trial[1:] for trial in pool.trained] == [("gap", 0), ("fc", 0)], "whole pairs"
    later = ScriptedPool(1, well)
    assert len(run(tmp_path, later, FOUR, deadline=time.monotonic() + 60)) == 8
    assert later.trained[0][1:] == ("fc", 0)
    assert {trial[2] for trial in later.trained[1:3]} == {1}


def test_a_run_waiting_for_another_one_leaves_when_its_time_is_up(tmp_path):
    store = Store(tmp_path / "tiny")
    store.prepare()
    rounding = record(TINY, "gap", 0).rounding
    claims = [store.claim(rounding.address(trial)) for trial in TINY.trials()]
    assert run(tmp_path, ScriptedPool(1, well), deadline=time.monotonic() + 1.5) == []
    for claim in claims:
        claim.release()
