"""The rules of a verdict, each with scores that lead to it."""

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from scipy import stats

from ablations.evidence.verdict import decide, more_needed, needs
from ablations.evidence.weighing import Evidence, steady
from ablations.statistics import compare, detectable, equivalence, significance
from ablations.statistics.comparison import PERMUTATION
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
    within = {margin: min(1, comparisons * equivalence(found, margin).p_value) for margin in (0.3, 0.5)}
    labels = ("average pooling", "the head")
    return Evidence("gap", "fc", "top1", found, min(1, comparisons * found.p_value), None, 0.5, within, labels)


@pytest.mark.parametrize(
    ("claim", "difference", "spread", "verdict"),
    [
        (BETTER, 0.8, 0.1, "reproduced"),
        (BETTER, 2.9, 0.5, "direction only"),  # about 0.6 is not 2.5 to 3.3
        (BETTER, 4.1, 0.1, "direction only"),
        (replace(BETTER, effect=None), 2.9, 0.5, "reproduced"),  # without a size the direction decides
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
        (EQUAL, 2.9, 1.0, "contradicted"),  # few seeds do show a large difference
        (EQUAL, 0.1, 2.0, "not judged"),  # the margin asks for more seeds
        (replace(BETTER, margin=None), 0.6, 0.1, "reproduced"),
        (replace(BETTER, margin=None), 0.1, 0.1, "direction only"),
        (replace(BETTER, margin=None), 0.0, 0.1, "undecided"),
    ],
)
def test_rules(claim, difference, spread, verdict):
    found = decide(claim, evidence(difference, spread))
    assert found.name == verdict, found.reason
    assert found.reason


def unpaired(of):
    return replace(of, found=replace(of.found, test=PERMUTATION))


def test_an_interval_of_2_5_to_3_3_does_not_reproduce_0_6():
    found = compare(np.full(8, 77.7), 77.7 + np.array([2.3, 3.5, 2.4, 3.4, 2.6, 3.2, 2.8, 3.0]))
    assert (round(found.low, 1), round(found.high, 1)) == (2.5, 3.3)
    seen = decide(BETTER, replace(evidence(2.9), found=found, p_holm=found.p_value))
    assert seen.name == "direction only"
    assert seen.reason == "the head is better (p = 0.008), by more than the claimed 0.6 points"


def test_what_is_not_trained_out_is_not_judged():
    found = decide(BETTER, evidence(0.8), ["undertrained: 35.6%", "no rungs"])
    assert (found.name, found.reason, found.more_seeds) == ("not judged", "undertrained: 35.6%; no rungs", False)


def test_under_six_seeds_nothing_is_judged():
    found = decide(BETTER, evidence(5.0, seeds=5))
    assert found.name == "not judged"
    assert "5 seeds: under 6 a sign-flip test can't reach p < 0.05" in found.reason
    assert decide(BETTER, evidence(5.0, seeds=6)).name == "direction only"


def test_of_arms_that_are_no_pairs_no_sentence_names_a_test_of_pairs():
    few = decide(BETTER, unpaired(evidence(5.0, seeds=5)))
    assert (few.name, few.reason) == ("not judged", "5 seeds: under 6 nothing is judged")
    by_interval_alone = replace(unpaired(evidence(0.8)), p_holm=0.06)
    found = replace(by_interval_alone.found, p_value=0.06)
    reason = decide(BETTER, replace(by_interval_alone, found=found)).reason
    assert "the interval excludes 0; the permutation test, which assumes no distribution, does not" in reason


def test_a_claim_of_equality_among_several_tests_names_one_number_of_seeds():
    """That of the corrected level, which the plan and the next step name too."""
    noisy = replace(evidence(0.0, 0.6), tests=5)
    alone, corrected = needs(EQUAL, noisy.found.sd).to_exclude, needs(EQUAL, noisy.found.sd, 5).to_exclude
    verdict = decide(EQUAL, noisy)
    assert alone < corrected and verdict.reason.endswith(f"to exclude 0.3 points takes {corrected}")
    assert more_needed(EQUAL, noisy).to_exclude == corrected


def test_many_comparisons_ask_for_more():
    assert decide(BETTER, evidence(0.8, seeds=6)).name == "reproduced"
    assert decide(BETTER, evidence(0.8, seeds=6, comparisons=2)).name == "undecided", "2 x 2/64 is over 0.05"
    assert decide(BETTER, evidence(0.05, 0.4)).name == "equivalent"
    assert decide(BETTER, evidence(0.05, 0.4, comparisons=40)).name == "undecided", "equivalence is corrected too"


def test_the_reason_says_whether_the_size_was_seen():
    assert "the interval holds the claimed 0.6 points" in decide(BETTER, evidence(0.6)).reason
    assert "comes within the margin of the claimed 0.6 points" in decide(BETTER, evidence(0.8, 0.05)).reason
    assert "by more than the claimed 0.6 points" in decide(BETTER, evidence(2.0)).reason
    assert "by less than the claimed" in decide(replace(BETTER, margin=None), evidence(0.2)).reason
    assert "claimed" not in decide(replace(BETTER, effect=None), evidence(0.6)).reason


def test_of_equal_arms_the_reason_says_whether_a_size_within_the_margin_is_left_out():
    claim = replace(WORSE, effect=-0.3, margin=0.5)
    left_out, held = (decide(claim, evidence(difference, spread)) for difference, spread in ((0.05, 0.1), (-0.2, 0.4)))
    assert (left_out.name, held.name) == ("equivalent", "equivalent")
    excluded = "a difference of 0.5 points or more is excluded"
    assert left_out.reason == f"{excluded}, and the interval leaves out the claimed 0.3 points"
    assert held.reason == f"{excluded}, but the interval holds the claimed 0.3 points"
    assert decide(BETTER, evidence(0.05)).reason == "a difference of 0.3 points or more is excluded", "0.6 is more"


def test_of_a_real_difference_within_the_margin_the_reason_names_the_better_arm():
    claim = replace(BETTER, effect=0.6, margin=0.5)
    excluded = "a difference of 0.5 points or more is excluded"
    against, equal = decide(claim, evidence(-0.3)), decide(replace(EQUAL, margin=0.5), evidence(-0.3))
    better = "average pooling is better (p = 0.008), by less than 0.5 points"
    assert (against.name, against.reason) == ("equivalent", f"{excluded}; {better}, against the claim")
    assert (equal.name, equal.reason) == ("reproduced", f"{excluded}; {better}")
    as_claimed = decide(claim, evidence(0.3))
    assert as_claimed.reason == f"{excluded}; the head is better (p = 0.008), by less than 0.5 points"


def test_test_and_interval_never_contradict_each_other_in_words():
    """Each of the four ways in which they can differ has words that fit the printed interval."""
    corrected = decide(BETTER, replace(evidence(0.8), p_holm=0.094))
    assert corrected.name == "undecided"
    assert corrected.reason.startswith(
        "the interval excludes 0 by itself, but not among all tests of the study (p = 0.094"
    )
    uncorrected = evidence(0.8)
    uncorrected = replace(uncorrected, found=replace(uncorrected.found, p_value=0.07), p_holm=0.07)
    assert (
        "the sign-flip test, which assumes no distribution, does not (p = 0.070)" in decide(BETTER, uncorrected).reason
    )
    wide = evidence(0.8)
    wide = replace(wide, found=replace(wide.found, low=-0.01), p_holm=0.047)
    assert decide(BETTER, wide).name == "undecided"
    assert decide(BETTER, wide).reason.startswith("p = 0.047, but the interval includes 0")
    beyond = evidence(0.1, 0.25)
    beyond = replace(beyond, found=replace(beyond.found, high=0.31))
    assert decide(BETTER, beyond).name != "equivalent", "the printed interval reaches beyond the margin"


def test_needs():
    both = needs(BETTER, 0.3 * 2**0.5)
    assert both.to_show == 7, "as required_seeds(0.3, 0.6)"
    assert both.to_exclude > both.to_show, "the margin to exclude is half of the effect to show"
    assert str(both) == f"7 to show 0.6 points, {both.to_exclude} to exclude 0.3 points"
    assert needs(EQUAL, 0.4, comparisons=8).to_exclude > needs(EQUAL, 0.4).to_exclude, "the test is corrected too"
    assert needs(BETTER, 0.4, comparisons=4).to_show > needs(BETTER, 0.4).to_show
    assert str(needs(replace(BETTER, effect=None, margin=None), 0.4)) == "–"
    assert needs(EQUAL, 0.4).to_show is None, "a margin is no size"
    assert needs(replace(BETTER, effect=None), 0.4).to_show is None, "a margin is no size"


@pytest.mark.parametrize("paired", [True, False])
def test_what_is_detectable_and_the_seeds_needed_are_of_one_rule(paired):
    """With the seeds that are needed to show a difference, it is detectable, and with one fewer it is not."""
    few = replace(evidence(0.3, 0.8), tests=4)
    few = few if paired else unpaired(few)
    needed = more_needed(BETTER, few).to_show

    def detectable(n):
        size = {"n": n, "standard_error": few.found.sd / n**0.5, "degrees": (1 if paired else 2) * (n - 1)}
        return replace(few, found=replace(few.found, **size)).detectable

    assert detectable(needed) <= 0.6 < detectable(needed - 1)


def test_unpaired_arms_of_unequal_size_count_by_their_standard_error(monkeypatch):
    """6 and 60 runs of one spread are worth 10 of each: the smaller arm alone would say that nothing can be told."""
    monkeypatch.setattr(significance, "DRAWS", 2000)  # permutations, of which 200 comparisons would take minutes
    rng = np.random.default_rng(0)
    few, many = (80 + 0.2 * stats.zscore(rng.normal(size=n), ddof=1) for n in (6, 60))
    found = compare(few, many, paired=False)
    assert (found.n, found.trials_per_arm) == (6, 10)
    assert compare(many[:10], many[10:20], paired=False).trials_per_arm == 10
    shown = detectable(found)
    drawn = [
        compare(rng.normal(80, 0.2, 6), rng.normal(80 + shown, 0.2, 60), paired=False, rng=rng) for _ in range(200)
    ]
    real = np.mean([one.p_value < 0.05 and one.low > 0 for one in drawn])
    assert 0.65 < real < 0.95, "80% power; its own spread is estimated from 6 runs"
    equal = replace(EQUAL, margin=0.6)
    one = replace(evidence(0.0), found=found, p_holm=found.p_value, p_within={0.6: 0.001})
    assert decide(equal, one).name == "reproduced", "10 of each are enough, and 6 would not be"
    assert needs(equal, found.sd).to_exclude > 6
    wanting = decide(replace(EQUAL, margin=0.2), replace(one, p_within={0.2: 0.001}))
    assert wanting.name == "not judged" and "arms of unequal size, worth 10 seeds each" in wanting.reason


def test_seeds_that_can_reach_no_verdict_among_so_many_tests_are_told():
    """2 of the 64 sign patterns of 6 pairs are as extreme as all signs alike: 0.031, times 3 tests 0.094."""
    seen = decide(BETTER, replace(evidence(10.0, seeds=6), p_holm=0.094, tests=3))
    assert seen.name == "undecided" and seen.more_seeds
    assert seen.reason.startswith(
        "p = 0.094; of 3 tests corrected together, the first takes 7 seeds or more to reach p < 0.05, and "
    )


def test_scores_without_a_spread_tell_nothing_of_what_is_detectable():
    assert replace(evidence(0.0), found=compare([80.0] * 8, [80.0] * 8)).detectable == inf


def test_seeds_are_needed_only_where_they_could_change_something():
    assert decide(BETTER, evidence(0.4, 2.0)).more_seeds
    assert decide(EQUAL, evidence(0.1, 2.0)).more_seeds
    assert not decide(BETTER, evidence(0.8)).more_seeds
    assert not decide(BETTER, evidence(2.9)).more_seeds


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


def test_the_digits_that_are_dropped_are_the_last_ones_of_small_numbers_too():
    errors = 5e-11 + 1e-12 * np.arange(8)
    small = steady(compare(errors, errors - 2e-11 - 1e-13 * np.arange(8)))
    assert small.high < -2e-11 and small.low == float(f"{small.low:.6g}")
    assert steady(compare(errors, errors)).difference == 0
