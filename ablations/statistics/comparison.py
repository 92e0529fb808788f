"""Compares two arms by their scores: difference, interval, tests."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ablations.statistics.power import ALPHA, detectable_by_t, detectable_difference, least_seeds, least_trials
from ablations.statistics.significance import exchange, sign_flip
from ablations.statistics.student import quantile, tail
from ablations.statistics.summary import Summary

SIGN_FLIP, PERMUTATION, WELCH = "sign-flip", "permutation", "Welch's t"  # what gives a p-value


@dataclass(frozen=True)
class Comparison:
    """A variant compared with a baseline, in the units of the scores.

    Attributes:
        difference: Mean of the variant minus mean of the baseline.
        low, high: Its confidence interval: Student's t on the paired differences, Welch's where trials do not pair;
            infinite where the spread is unknown: with one pair, or with one trial in an unpaired arm.
        p_value: Two-sided, of a sign-flip test on pairs, of a permutation test where trials do not pair, of Welch's
            t-test where they are known by summaries alone; 1 where the spread is unknown.
        n: Pairs of trials; without pairs, trials of the smaller arm.
        sd: Standard deviation of the difference between a trial of one arm and a trial of the other.
        correlation: Pearson's between the arms over the seeds; `nan` without pairs, or if an arm does not vary.
        standard_error: Standard error of `difference`; `nan` where the spread is unknown.
        degrees: Degrees of freedom of `standard_error`.
        test: The test of `p_value`.
    """

    difference: float
    low: float
    high: float
    p_value: float
    n: int
    sd: float
    correlation: float
    standard_error: float
    degrees: float
    test: str = SIGN_FLIP

    @property
    def paired(self) -> bool:
        """Whether trials are compared in pairs."""
        return self.test == SIGN_FLIP

    @property
    def trials_per_arm(self) -> int:
        """`n`; of unpaired arms of unequal size, the trials per arm that would give the same standard error."""
        if not self.sd > 0 or not self.standard_error > 0:
            return self.n
        return max(self.n, math.floor((self.sd / self.standard_error) ** 2 + 1e-6))


def compare(
    baseline: Sequence[float] | np.ndarray,
    variant: Sequence[float] | np.ndarray,
    *,
    paired: bool = True,
    confidence: float = 0.95,
    rng: int | np.random.Generator = 0,
) -> Comparison:
    """Compares the scores of two arms, one score per seed.

    Args:
        baseline, variant: Scores, `(seeds,)`; if paired, in the same order of seeds.
        paired: Whether they are pairs. A study declares it; it is never chosen by the numbers.
        confidence: Confidence level of the interval, between 0 and 1.
        rng: Seed or generator that draws permutations if there are too many to count.

    Raises:
        ValueError: Scores are missing or not finite, pairs differ in length, or `confidence` is out of range.

    >>> compare([80.25, 80.5, 80.75], [79.75, 80.0, 80.25]).difference
    -0.5
    """
    arms = as_scores("baseline", baseline), as_scores("variant", variant)
    check_confidence(confidence)
    if paired:
        return compare_pairs(*arms, confidence, np.random.default_rng(rng))
    return _compare_arms(*arms, confidence, np.random.default_rng(rng))


def check_confidence(confidence: float):
    """Raises a ValueError unless it is between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is between 0 and 1; got {confidence}")


def compare_pairs(baseline: np.ndarray, variant: np.ndarray, confidence: float, rng: np.random.Generator) -> Comparison:
    """`compare` for arrays of paired scores."""
    if len(baseline) != len(variant):
        raise ValueError(f"pairs need the same seeds in both arms, not {len(baseline)} and {len(variant)}")
    return comparison_of_pairs(baseline, variant, confidence, sign_flip(variant - baseline, rng))


def comparison_of_pairs(baseline: np.ndarray, variant: np.ndarray, confidence: float, p_value: float) -> Comparison:
    """The comparison of paired scores whose test is made already."""
    n, differences = len(baseline), Summary.of(variant - baseline)
    varies = n > 1 and np.ptp(baseline) > 0 and np.ptp(variant) > 0
    return _comparison(
        differences.mean,
        error=differences.sd / math.sqrt(n),
        degrees=n - 1,
        confidence=confidence,
        p_value=p_value,
        n=n,
        sd=differences.sd,
        correlation=float(np.corrcoef(baseline, variant)[0, 1]) if varies else math.nan,
    )


def as_scores(name: str, values: Sequence[float] | np.ndarray) -> np.ndarray:
    """The values as an array `(n,)`, one or more finite numbers."""
    array = np.asarray(values, dtype="float64")
    if array.ndim != 1 or not array.size or not np.isfinite(array).all():
        raise ValueError(f"{name} must be a 1-D array of one or more finite numbers, not {values!r}")
    return array


def _compare_arms(baseline: np.ndarray, variant: np.ndarray, confidence: float, rng) -> Comparison:
    found = _unpaired(Summary.of(baseline), Summary.of(variant), confidence)
    return replace(found, p_value=exchange(baseline, variant, rng), test=PERMUTATION)


def compare_summaries(baseline: Summary, variant: Summary, *, confidence: float = 0.95) -> Comparison:
    """Compares two arms whose trials are known by mean, spread and number alone: Welch's t-test and its interval.

    The test takes scores as normally distributed: without them there is no other.

    Raises:
        ValueError: `confidence` is out of range.

    >>> found = compare_summaries(Summary(76.2, 0.3, 5), Summary(76.8, 0.2, 5))
    >>> round(found.difference, 3), round(found.low, 3), round(found.high, 3), round(found.p_value, 4)
    (0.6, 0.218, 0.982, 0.0075)
    """
    check_confidence(confidence)
    found = _unpaired(baseline, variant, confidence)
    if found.standard_error > 0:
        p_value = min(1.0, 2 * tail(abs(found.difference) / found.standard_error, found.degrees))
    else:  # no trial differs from another of its arm; or the spread is unknown
        p_value = 0.0 if found.standard_error == 0 and found.difference != 0 else 1.0
    return replace(found, p_value=p_value)


def _unpaired(baseline: Summary, variant: Summary, confidence: float) -> Comparison:
    """Welch's interval; without a p-value."""
    arms, n = (baseline, variant), min(baseline.n, variant.n)
    variances = [arm.sd**2 / arm.n for arm in arms]
    weights = sum(part**2 / (arm.n - 1) for part, arm in zip(variances, arms, strict=True) if part > 0)
    welch = n > 1 and weights > 0  # by Welch and Satterthwaite
    return _comparison(
        variant.mean - baseline.mean,
        error=math.sqrt(sum(variances)),
        degrees=sum(variances) ** 2 / weights if welch else n - 1,
        confidence=confidence,
        p_value=math.nan,
        n=n,
        sd=math.hypot(baseline.sd, variant.sd),
        correlation=math.nan,
        test=WELCH,
    )


def _comparison(difference: float, *, error: float, degrees: float, confidence: float, **rest) -> Comparison:
    reach = quantile((1 + confidence) / 2, degrees) * error if degrees > 0 else math.inf
    return Comparison(
        difference,
        low=difference - reach,
        high=difference + reach,
        standard_error=error,
        degrees=degrees,
        **rest,
    )


@dataclass(frozen=True)
class Equivalence:
    """Whether two one-sided tests show that a difference is smaller than a margin; true if they do.

    Attributes:
        p_value: The larger one of the two tests.
        margin: The tests are to exclude differences of this size and larger.
        alpha: The level of each test.
    """

    p_value: float
    margin: float
    alpha: float = ALPHA

    def __bool__(self) -> bool:
        return self.p_value < self.alpha


def equivalence(comparison: Comparison, margin: float, *, alpha: float = ALPHA) -> Equivalence:
    """Tests whether the difference is smaller than `margin` in both directions.

    Raises:
        ValueError: `margin` is not above 0.
    """
    if not margin > 0:
        raise ValueError(f"margin must be above 0; got {margin}")
    room, error = margin - abs(comparison.difference), comparison.standard_error
    if math.isnan(error):
        return Equivalence(1.0, margin, alpha)
    if error == 0:
        return Equivalence(0.0 if room > 0 else 1.0, margin, alpha)
    return Equivalence(tail(room / error, comparison.degrees), margin, alpha)


def detectable(comparison: Comparison, *, comparisons: int = 1) -> float:
    """The true difference that such trials judge real with 80% power; infinite if they can show none.

    Of pairs as `detectable_difference`; of unpaired arms by Welch's standard error, since they may differ in size and
    in spread. Scores that do not vary tell no spread, and so nothing of what they could show.

    Args:
        comparison: What the trials gave.
        comparisons: Tests that it is corrected for.
    """
    if not comparison.sd > 0:
        return math.inf
    if comparison.paired:
        return detectable_difference(comparison.sd, comparison.n, comparisons=comparisons)
    if comparison.n < least_to_show(comparison, comparisons):
        return math.inf
    return detectable_by_t(comparison.standard_error, comparison.degrees, alpha=ALPHA / comparisons)


def least_to_show(comparison: Comparison, comparisons: int = 1) -> int:
    """The fewest pairs, or trials per arm, with which its test can reach the level, corrected for `comparisons`.

    A t-test could with any number of trials, but with fewer than `least_seeds` nothing is judged.
    """
    if comparison.test == WELCH:
        return least_seeds()
    return least_trials(comparisons=comparisons, paired=comparison.paired)


def probability_of_improvement(
    baseline: Sequence[float], variant: Sequence[float], *, more_is_better: bool = True
) -> float:
    """The probability that a trial of the variant beats one of the baseline, over all pairs; a tie counts half.

    >>> probability_of_improvement([1.0, 2.0], [2.0, 3.0])
    0.875
    >>> probability_of_improvement([1.0, 2.0], [2.0, 3.0], more_is_better=False)
    0.125
    """
    if not more_is_better:
        baseline, variant = variant, baseline
    first, second = as_scores("baseline", baseline), as_scores("variant", variant)
    ordered = np.sort(first)
    wins = int(np.searchsorted(ordered, second, side="left").sum())
    losses = first.size * second.size - int(np.searchsorted(ordered, second, side="right").sum())
    return (1 + (wins - losses) / (first.size * second.size)) / 2
