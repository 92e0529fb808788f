"""Statistics against independent computations: SciPy's tests, enumeration by hand, closed forms."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy import stats

from ablations.statistics import (
    Comparison,
    Summary,
    compare,
    compare_summaries,
    detectable_difference,
    equivalence,
    equivalence_seeds,
    holm,
    holm_exclusive,
    least_seeds,
    probability_of_improvement,
    required_seeds,
    significance,
    summary_improvement,
)

BASELINE = np.array([80.1, 80.4, 79.9, 80.6, 80.2, 80.3, 80.0, 80.5])
VARIANT = np.array([79.8, 79.9, 79.7, 80.7, 79.6, 80.1, 79.5, 80.0])


def test_paired_interval_is_students():
    found = compare(BASELINE, VARIANT)
    test = stats.ttest_rel(VARIANT, BASELINE)
    interval = test.confidence_interval(0.95)
    assert found.difference == pytest.approx((VARIANT - BASELINE).mean())
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.n == 8
    assert found.sd == pytest.approx(np.std(VARIANT - BASELINE, ddof=1))
    assert found.correlation == pytest.approx(stats.pearsonr(BASELINE, VARIANT).statistic)


def test_unpaired_interval_is_welchs():
    found = compare(BASELINE[:6], VARIANT, paired=False)
    interval = stats.ttest_ind(VARIANT, BASELINE[:6], equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.n == 6
    assert math.isnan(found.correlation)


@pytest.mark.parametrize("n", [1, 2, 5, 8, 11])
def test_the_sign_flip_test_counts_every_pattern(n):
    rng = np.random.default_rng(n)
    for _ in range(20):
        differences = rng.normal(0.3, 1, n)
        sums = [abs(np.dot(signs, differences)) for signs in product((-1, 1), repeat=n)]
        expected = np.mean(np.array(sums) >= abs(differences.sum()) - 1e-12)
        assert compare(np.zeros(n), differences).p_value == pytest.approx(expected, abs=1e-12)


def test_sign_flip_p_values_that_are_known():
    assert compare(np.zeros(6), np.ones(6)).p_value == 2 / 64, "all of one sign: two patterns of 64"
    assert compare(np.zeros(5), np.ones(5)).p_value == 2 / 32, "with five seeds no p-value is under 0.05"
    assert compare(np.zeros(8), np.zeros(8)).p_value == 1
    ties = np.array([0.1, 0.2, -0.3, 0.1])  # the sum is 0 but for rounding
    assert compare(np.zeros(4), ties).p_value == 1


def test_more_pairs_than_can_be_counted_are_drawn():
    differences = np.random.default_rng(0).normal(0.4, 1, 45)
    found = compare(np.zeros(45), differences)
    assert found.p_value == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, abs=0.005)
    assert found.p_value == compare(np.zeros(45), differences).p_value, "drawn from the same seed every time"


def test_without_pairs_every_way_to_share_the_trials_out_is_counted():
    found = compare([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], paired=False)
    assert found.p_value == pytest.approx(2 / 70), "2 of the 70 ways are as extreme"


def test_one_trial_has_no_interval():
    found = compare([80.0], [81.0])
    assert (found.difference, found.low, found.high) == (1.0, -math.inf, math.inf)
    assert found.p_value == 1
    assert detectable_difference(found.sd, found.n) == math.inf


@pytest.mark.parametrize(
    ("baseline", "variant", "words"),
    [
        ([], [1.0], "one or more finite numbers"),
        ([1.0, float("nan")], [1.0, 2.0], "one or more finite numbers"),
        ([[1.0], [2.0]], [1.0, 2.0], "1-D array"),
        ([1.0], [1.0, 2.0], "the same seeds in both arms, not 1 and 2"),
    ],
)
def test_scores_that_can_not_be_compared(baseline, variant, words):
    with pytest.raises(ValueError, match=words):
        compare(baseline, variant)


def test_required_seeds():
    assert required_seeds(0.3, 0.6) == 7
    assert required_seeds(0.3, -0.6) == 7
    assert required_seeds(0.3, 0.6, correlation=0.9) == 6, "fewer than six can't reach 0.05"
    assert required_seeds(0.3, 0.1) == pytest.approx(2 * (0.3 * 2.8 / 0.1) ** 2, rel=0.03), "the normal formula"
    assert required_seeds(0.0, 0.1) == 6
    assert required_seeds(0.3, 0.6, alpha=0.001) > required_seeds(0.3, 0.6)
    assert required_seeds(0.3, 0.6, comparisons=4) == 10, "corrected for four tests, the t-test alone says 9"
    assert required_seeds(0.3, 0.6, paired=False) == 6, "Welch's t has more degrees of freedom; nothing is judged of 5"
    assert required_seeds(0.3, 9.0, paired=False, comparisons=24) == 7, "of six each there are 924 ways, and 2/924 x 24"


@pytest.mark.parametrize("n", [6, 8, 10, 20, 200])
def test_the_detectable_difference_is_the_one_whose_seeds_are_required(n):
    sd = 0.5
    found = detectable_difference(sd, n)
    assert required_seeds(sd / 2**0.5, found * 1.0001) == n
    if n > 6:
        assert required_seeds(sd / 2**0.5, found * 0.99) > n


@pytest.mark.parametrize(("n", "tests"), [(6, 1), (7, 3), (8, 1), (8, 4), (9, 6), (12, 4), (13, 1), (20, 4)])
def test_the_detectable_difference_is_judged_real_four_times_in_five(n, tests):
    """By the rule of a verdict; the power of a t-test at 5% promises 34% for 8 pairs and 4 tests."""
    effect, rng = detectable_difference(1.0, n, comparisons=tests), np.random.default_rng(n)
    found = [compare(np.zeros(n), rng.normal(effect, 1.0, n)) for _ in range(2000)]
    real = np.mean([one.p_value * tests < 0.05 and one.low > 0 for one in found])
    assert real == pytest.approx(0.8, abs=0.03), "three standard errors"


@pytest.mark.parametrize("tests", [1, 3])
def test_arms_without_pairs_show_the_detectable_difference_too(tests, monkeypatch):
    monkeypatch.setattr(significance, "DRAWS", 2000)  # enough to tell 5% from 1%, and a tenth of the time
    effect, rng = detectable_difference(2**0.5, 8, comparisons=tests, paired=False), np.random.default_rng(tests)
    found = [compare(rng.normal(0, 1, 8), rng.normal(effect, 1, 8), paired=False) for _ in range(200)]
    assert np.mean([one.p_value * tests < 0.05 and one.low > 0 for one in found]) == pytest.approx(0.8, abs=0.08)


@pytest.mark.parametrize("tests", [1, 4, 30])
def test_more_pairs_detect_smaller_differences(tests):
    found = [detectable_difference(1.0, n, comparisons=tests) for n in range(2, 25)]
    assert found == sorted(found, reverse=True)
    assert math.isinf(found[least_seeds(comparisons=tests) - 3]), "of one pair fewer than can be judged"
    assert math.isfinite(found[least_seeds(comparisons=tests) - 2])


@pytest.mark.parametrize("arguments", [(-0.1, 0.5), (float("nan"), 0.5), (0.3, 0)])
def test_seeds_for_what_can_not_be_planned(arguments):
    with pytest.raises(ValueError):
        required_seeds(*arguments)


def test_fewer_than_six_seeds_can_show_nothing():
    assert least_seeds() == 6
    assert detectable_difference(0.3, 5) == math.inf
    assert math.isfinite(detectable_difference(0.3, 6))


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]).size == 0
    with pytest.raises(ValueError, match="from 0 to 1"):
        holm([0.5, 1.5])


def test_of_tests_that_exclude_each_other_only_one_counts():
    pairs = [(0.01, 0.9), (0.04, 0.02)]
    assert holm_exclusive(pairs) == [(0.02, 0.9), (0.08, 0.04)], "two groups count while each has a test left"
    assert [p for (p,) in holm_exclusive([(p,) for p in (0.01, 0.04, 0.03)])] == pytest.approx([0.03, 0.06, 0.06])
    adjusted = holm_exclusive([(0.001, 0.002), (0.04, 0.5)])
    assert adjusted[1][0] == 0.04, "the first group has no test left, so one counts"
    flat = [p for pair in pairs for p in pair]
    ours_flat = [p for pair in holm_exclusive(pairs) for p in pair]
    assert all(ours <= alone for ours, alone in zip(ours_flat, holm(flat), strict=True))


def test_equivalence_is_two_one_sided_tests():
    found = compare(BASELINE, BASELINE + np.tile([0.05, -0.05], 4))
    tested = equivalence(found, 0.1)
    upper = stats.ttest_1samp(np.tile([0.05, -0.05], 4), 0.1, alternative="less").pvalue
    assert tested.p_value == pytest.approx(upper), "the difference is 0: both one-sided tests are alike"
    assert tested
    assert not equivalence(found, 0.01)
    assert not equivalence(compare(BASELINE, VARIANT), 0.3)
    assert not equivalence(compare([80.0], [80.0]), 5), "one trial excludes nothing"
    with pytest.raises(ValueError, match="above 0"):
        equivalence(found, 0)


def test_the_seeds_for_equivalence_give_it_four_times_in_five():
    sd, margin = 0.3, 0.4
    n, rng = equivalence_seeds(sd, margin), np.random.default_rng(0)
    shown = [bool(equivalence(compare(*rng.normal(80, sd, (2, n))), margin)) for _ in range(500)]
    assert 0.75 < np.mean(shown) < 0.9


def test_probability_of_improvement():
    assert probability_of_improvement([1.0, 2.0], [3.0, 4.0]) == 1
    assert probability_of_improvement([1.0, 2.0], [1.0, 2.0]) == 0.5
    assert probability_of_improvement([2.0], [1.0, 2.0, 3.0, 4.0]) == (2 + 0.5) / 4


def test_a_comparison_is_a_value():
    assert compare(BASELINE, VARIANT) == compare(BASELINE, VARIANT)
    assert isinstance(compare(BASELINE, VARIANT), Comparison)


@pytest.mark.parametrize("arms", [([80.0], [81.0]), ([80.0, 80.2, 80.4], [81.0]), ([81.0], [80.0, 80.0, 80.0])])
def test_an_unpaired_arm_of_one_trial_shows_nothing(arms):
    found = compare(*arms, paired=False)
    assert found.difference == pytest.approx(np.mean(arms[1]) - np.mean(arms[0]))
    assert (found.low, found.high, found.p_value) == (-math.inf, math.inf, 1.0)
    assert (found.n, found.degrees) == (1, 0)
    assert math.isnan(found.standard_error) and math.isnan(found.sd)
    assert not equivalence(found, 50.0)


def test_summaries_are_compared_as_scipy_does():
    """Welch's t-test from means, standard deviations and numbers of trials."""
    first, second = Summary(76.2, 0.31, 5), Summary(76.7, 0.12, 9)
    found = compare_summaries(first, second)
    theirs = stats.ttest_ind_from_stats(
        second.mean, second.sd, second.n, first.mean, first.sd, first.n, equal_var=False
    )
    assert found.p_value == pytest.approx(theirs.pvalue, rel=1e-12)
    rng = np.random.default_rng(1)
    arms = rng.normal(76, 1, 7), rng.normal(77, 2, 10)
    by_scores, by_summaries = compare(*arms, paired=False), compare_summaries(*map(Summary.of, arms))
    interval = stats.ttest_ind(arms[1], arms[0], equal_var=False).confidence_interval()
    assert (by_summaries.low, by_summaries.high) == pytest.approx(tuple(interval), rel=1e-12)
    assert replace(by_scores, p_value=0.0, test="") == replace(by_summaries, p_value=0.0, test="")


def test_summaries_without_a_spread():
    same = compare_summaries(Summary(76.2, 0.0, 5), Summary(76.2, 0.0, 5))
    other = compare_summaries(Summary(76.2, 0.0, 5), Summary(76.3, 0.0, 5))
    assert (same.p_value, other.p_value) == (1.0, 0.0)
    one = compare_summaries(Summary(76.2, 0.3, 5), Summary(76.3, 0.0, 1))
    assert one.p_value == 1.0 and math.isinf(one.low) and math.isnan(one.standard_error)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((76.2, 0.3, 0), "n is how many trials"),
        ((76.2, 0.3, 2.5), "n is how many trials"),
        ((math.nan, 0.3, 2), "mean is a finite number"),
        ((76.2, math.nan, 2), "sd is a finite number"),
        ((76.2, -0.3, 2), "sd is a standard deviation, 0 or more"),
    ],
)
def test_what_is_no_summary(values, message):
    with pytest.raises(ValueError, match=message):
        Summary(*values)


def test_the_chance_of_improvement_by_summaries():
    """P(N(0.5, 0.5) > 0), the spreads 0.3 and 0.4 together; one trial against one has no spread."""
    better = summary_improvement(Summary(76.0, 0.3, 5), Summary(76.5, 0.4, 5))
    assert better == pytest.approx(stats.norm.cdf(1.0))
    assert summary_improvement(Summary(76.0, 0.3, 5), Summary(76.5, 0.4, 5), more_is_better=False) == 1 - better
    assert summary_improvement(Summary(76.0, 0, 1), Summary(76.5, 0, 1)) == 1.0
