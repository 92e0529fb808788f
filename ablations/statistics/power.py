"""Power: how many trials show a given difference, and which difference a number of trials can show."""

import math
from collections.abc import Callable
from functools import cache

from ablations.statistics.student import noncentral_tail, noncentrality, quantile

ALPHA = 0.05
POWER = 0.8


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
    sd: float, effect: float, *, power: float = POWER, alpha: float = ALPHA, correlation: float = 0.0
) -> int:
    """How many pairs of trials show a difference of `effect` with the given power.

    Args:
        sd: Standard deviation of a score over the seeds of one arm.
        effect: The difference to show, in the same units; its sign does not matter.
        power: Probability of showing it.
        alpha: Level of the two-sided test.
        correlation: Correlation of the arms over the seeds; 0 if trials do not pair.

    Raises:
        ValueError: `sd` is below 0, `effect` is 0, or `correlation` is outside -1 to 1.

    >>> required_seeds(0.3, 0.6)
    7
    """
    if effect == 0:
        raise ValueError("no number of seeds shows an effect of 0; equivalence_seeds shows that it is small")
    noise = _noise_of_a_difference(sd, correlation)
    return fewest(lambda n: t_power(abs(effect), noise, n, alpha) >= power, least_seeds(alpha))


def equivalence_seeds(
    sd: float, margin: float, *, power: float = POWER, alpha: float = ALPHA, correlation: float = 0.0
) -> int:
    """How many pairs of trials show that equal arms differ by less than `margin`; the rest as in `required_seeds`."""
    if margin <= 0:
        raise ValueError(f"margin must be above 0; got {margin}")
    noise = _noise_of_a_difference(sd, correlation)
    return fewest(lambda n: _equivalence_power(margin, noise, n, alpha) >= power, least_seeds(alpha))


def detectable_difference(sd: float, n: int, *, power: float = POWER, alpha: float = ALPHA) -> float:
    """The difference that `n` pairs show with the given power; infinite if they can show none.

    Args:
        sd: Standard deviation of the differences (not of one arm).
        n: Number of pairs of trials.
        power: Probability of showing it.
        alpha: Level of the two-sided test.
    """
    if n < least_seeds(alpha) or math.isnan(sd):
        return math.inf
    if sd == 0:
        return 0.0
    return sd * _detectable_in_sd(n, power, alpha)


@cache
def _detectable_in_sd(n: int, power: float, alpha: float) -> float:
    return noncentrality(1 - power, n - 1, quantile(1 - alpha / 2, n - 1)) / math.sqrt(n)


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
