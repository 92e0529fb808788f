"""The rules of a verdict, each with scores that lead to it."""

from dataclasses import replace

import numpy as np
import pytest

from ablations.evidence.sections import Evidence
from ablations.evidence.verdict import decide, needs
from ablations.statistics import compare
from ablations.study import Claim
from inception_keras import UserError

BETTER = Claim("it helps", "a paper", variant="fc", effect=0.6, margin=0.3)
WORSE = replace(BETTER, effect=-0.6, direction="worse")
EQUAL = replace(BETTER, effect=0.0, direction="equal")


def evidence(difference, spread=0.1, seeds=8, comparisons=1):
    """Evidence of paired scores whose differences have about this mean and spread."""
    wobble = spread * np.linspace(-1, 1, seeds)
    baseline = np.full(seeds, 80.0) + np.random.default_rng(0).normal(0, 0.2, seeds)
    found = compare(baseline, baseline + difference + wobble)
    return Evidence("gap", "fc", "top1", found, min(1, comparisons * found.p_value), None, 0.5)


@pytest.mark.parametrize(
    ("claim", "difference", "spread", "verdict"),
    [
        (BETTER, 0.8, 0.1, "reproduced"),
        (BETTER, -0.8, 0.1, "contradicted"),
        (BETTER, 0.05, 0.1, "equivalent"),
        (BETTER, 0.2, 0.05, "equivalent"),  # real, and too small to count
        (BETTER, 0.4, 2.0, "undecided"),
        (WORSE, -0.8, 0.1, "reproduced"),
        (WORSE, 0.8, 0.1, "contradicted"),
        (EQUAL, 0.05, 0.1, "reproduced"),
        (EQUAL, 0.9, 0.1, "contradicted"),
        (EQUAL, -0.9, 0.1, "contradicted"),
        (EQUAL, 0.32, 0.1, "undecided"),  # real, and perhaps smaller than the margin
        (EQUAL, 0.1, 2.0, "undecided"),
        (replace(BETTER, margin=None), 0.1, 0.1, "reproduced"),
        (replace(BETTER, margin=None), 0.0, 0.1, "undecided"),
    ],
)
def test_rules(claim, difference, spread, verdict):
    found = decide(claim, evidence(difference, spread))
    assert found.name == verdict, found.reason
    assert found.reason


def test_under_six_seeds_there_is_no_verdict():
    found = decide(BETTER, evidence(5.0, seeds=5))
    assert found.name is None
    assert "5 seeds: under 6 a sign-flip test can't reach p < 0.05" in found.reason
    assert decide(BETTER, evidence(5.0, seeds=6)).name == "reproduced"


def test_many_comparisons_ask_for_more():
    assert decide(BETTER, evidence(0.8, seeds=6)).name == "reproduced"
    assert decide(BETTER, evidence(0.8, seeds=6, comparisons=2)).name == "undecided", "2 x 2/64 is over 0.05"


def test_a_reproduced_claim_says_whether_its_size_was_seen():
    assert "inside the interval" in decide(BETTER, evidence(0.6)).reason
    assert "larger than the claimed +0.6 points" in decide(BETTER, evidence(2.0)).reason
    assert "smaller than the claimed" in decide(replace(BETTER, margin=None), evidence(0.2)).reason
    assert "claimed" not in decide(replace(BETTER, effect=None), evidence(0.6)).reason


def test_needs():
    both = needs(BETTER, 0.3 * 2**0.5)
    assert both.to_show == 7, "as required_seeds(0.3, 0.6)"
    assert both.to_exclude > both.to_show, "the margin to exclude is half of the effect to show"
    assert str(both) == f"7 to show it, {both.to_exclude} to exclude it"
    assert needs(BETTER, 0.4, comparisons=4).to_show > needs(BETTER, 0.4).to_show
    assert str(needs(replace(BETTER, effect=None, margin=None), 0.4)) == "–"
    assert needs(EQUAL, 0.4).to_show is not None, "a difference as large as the margin refutes a claim of equality"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"effect": 0.5, "direction": "worse"}, "says that the variant is better, not worse"),
        ({"effect": 0.0}, "needs a margin"),
        ({"direction": "higher"}, "direction"),
        ({"metric": "top3"}, "metric"),
        ({"margin": 0}, "margin"),
        ({"margin": "0.5"}, "margin"),
        ({"effect": 500}, "effect"),
    ],
)
def test_claims_that_can_not_be_tested(arguments, words):
    with pytest.raises(UserError, match=words):
        Claim("c", "s", variant="fc", **arguments)


def test_the_direction_follows_the_effect():
    assert Claim("c", "s", variant="fc", effect=-1.0).direction == "worse"
    assert Claim("c", "s", variant="fc").direction == "better"
    assert Claim("c", "s", variant="fc", effect=0, margin=1).direction == "equal"
