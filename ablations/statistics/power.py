"""Power: how many trials show a given difference, and which difference a number of trials can show."""

import math
from collections.abc import Callable
from itertools import count

from ablations.statistics.shown import shown_in_sd
from ablations.statistics.student import noncentral_tail, noncentrality, quantile

ALPHA = 0.05
POWER = 0.8
SIMULATED_PAIRS = 12  # up to here the sign-flip test's own power counts; beyond, the t-test's is close to it


def least_seeds(alpha: float = ALPHA, comparisons: int = 1) -> int:
    """The fewest pairs with which a sign-flip test can reach `alpha` at all: its smallest p-value is 2 / 2**n.

    With several comparisons, Holm's first step requires `alpha / comparisons`.

    >>> least_seeds()
    6
    >>> least_seeds(comparisons=3)
    7
    """
    return math.ceil(math.log2(2 * comparisons / alpha))


def required_seeds(
    sd: float,
    effect: float,
    *,
    power: float = POWER,
    alpha: float = ALPHA,
    correlation: float = 0.0,
    comparisons: int = 1,
    paired: bool = True,
) -> int:
    """How many pairs of trials, or trials per arm, show a difference of `effect` with the given power.

    Args:
        sd: Standard deviation of a score over the seeds of one arm.
        effect: The difference to show, in the same units; its sign does not matter.
        power: Probability of showing it, as `detectable_difference` computes it.
        alpha: Level of the two-sided test, before it is corrected.
        correlation: Correlation of the arms over the seeds; 0 if trials do not pair.
        comparisons: Tests that it is corrected for.
        paired: Whether the test is made on pairs.

    Raises:
        ValueError: `sd` is below 0, `effect` is 0, or `correlation` is outside -1 to 1.

    >>> required_seeds(0.3, 0.6)
    7
    """
    if effect == 0:
        raise ValueError("no number of seeds shows an effect of 0; equivalence_seeds shows that it is small")
    noise = _noise_of_a_difference(sd, correlation)

    def shows(n: int) -> bool:
        found = detectable_difference(noise, n, power=power, alpha=alpha, comparisons=comparisons, paired=paired)
        return found <= abs(effect)

    return fewest(shows, least_trials(alpha, comparisons, paired))


def level_within(comparisons: int = 1) -> float:
    """The level of each one-sided test of equivalence in a verdict, corrected for all comparisons.

    It is half of `ALPHA` at most, since the whole 95% interval must lie within the margin too.
    """
    return ALPHA / max(2, comparisons)


def equivalence_seeds(
    sd: float, margin: float, *, power: float = POWER, alpha: float = ALPHA, correlation: float = 0.0
) -> int:
    """How many pairs of trials show that equal arms differ by less than `margin`; the rest as in `required_seeds`.

    The level is that of each one-sided test.
    """
    if margin <= 0:
        raise ValueError(f"margin must be above 0; got {margin}")
    noise = _noise_of_a_difference(sd, correlation)
    return fewest(lambda n: _equivalence_power(margin, noise, n, alpha) >= power, least_seeds(alpha))


def detectable_difference(
    sd: float,
    n: int,
    *,
    power: float = POWER,
    alpha: float = ALPHA,
    comparisons: int = 1,
    paired: bool = True,
) -> float:
    """The true difference that is judged real with the given power, in the unit of `sd`; infinite if none is.

    Judged by the rule of a verdict: the p-value is under `alpha` after the first step of Holm's correction, which
    multiplies it by all comparisons, and the 95% interval excludes 0. With up to 12 pairs the sign-flip test is
    simulated (`shown.shown_in_sd`). Beyond, it is the t-test at the corrected level: there its difference is at most 2%
    too small for up to six comparisons, and 6% for thirty. So it is for arms without pairs.

    Args:
        sd: Standard deviation of the difference between a trial of one arm and a trial of the other (not of one arm).
        n: Number of pairs of trials; without pairs, of trials per arm.
        power: Probability of showing it.
        alpha: Level of the two-sided test, before it is corrected.
        comparisons: Tests that it is corrected for.
        paired: Whether the test is made on pairs.
    """
    if n < least_trials(alpha, comparisons, paired) or math.isnan(sd):
        return math.inf
    if sd == 0:
        return 0.0
    if paired and n <= SIMULATED_PAIRS:
        return sd * shown_in_sd(n, power, alpha, comparisons)
    degrees = n - 1 if paired else 2 * (n - 1)
    return detectable_by_t(sd / math.sqrt(n), degrees, power=power, alpha=alpha / comparisons)


def detectable_by_t(error: float, degrees: float, *, power: float = POWER, alpha: float = ALPHA) -> float:
    """The true difference that a two-sided t-test shows with the given power.

    Args:
        error: Standard error of the difference.
        degrees: Its degrees of freedom.
        power: Probability of showing it.
        alpha: Level of the test, after it is corrected.
    """
    return error * noncentrality(1 - power, degrees, quantile(1 - alpha / 2, degrees))


def least_trials(alpha: float = ALPHA, comparisons: int = 1, paired: bool = True) -> int:
    """The fewest pairs, or trials per arm, with which a difference can be judged real.

    The smallest p-value of a permutation test on two arms of n trials is 2 / (2n over n). It would take fewer trials
    than pairs, but with fewer than six nothing is judged.
    """
    if paired:
        return least_seeds(alpha, comparisons)
    enough = next(n for n in count(1) if math.comb(2 * n, n) * alpha > 2 * comparisons)
    return max(enough, least_seeds(alpha))


def _noise_of_a_difference(sd: float, correlation: float) -> float:
    if not sd >= 0 or not -1 <= correlation <= 1:
        raise ValueError(f"sd must be 0 or more and correlation from -1 to 1; got {sd} and {correlation}")
    return sd * math.sqrt(2 * (1 - correlation))


def t_power(effect: float, noise: float, n: int, alpha: float) -> float:
    """Power of a two-sided t test on `n` differences with standard deviation `noise`; the wrong sign does not count."""
    if noise == 0:
        return 1.0
    shift, limit = effect / noise * math.sqrt(n), quantile(1 - alpha / 2, n - 1)
    if shift > 3 * limit + 8:  # 1 to ten digits, and the noncentral t fails
        return 1.0
    return noncentral_tail(limit, n - 1, shift)


def _equivalence_power(margin: float, noise: float, n: int, alpha: float) -> float:
    """Power of two one-sided t tests if the true difference is 0."""
    if noise == 0:
        return 1.0
    return max(0.0, 2 * t_power(margin, noise, n, 2 * alpha) - 1)


def fewest(enough: Callable[[int], bool], least: int) -> int:
    """The smallest `n` of `least` or more with `enough(n)`, which must also hold for every larger one."""
    high = least
    while not enough(high):
        least, high = high + 1, 2 * high
    while least < high:
        middle = (least + high) // 2
        least, high = (least, middle) if enough(middle) else (middle + 1, high)
    return high
