"""Whether an arm is shown not to be worse than another by a margin: one one-sided test."""

import math
from dataclasses import dataclass

from ablations.statistics.comparison import Comparison
from ablations.statistics.power import ALPHA, POWER, fewest, t_power
from ablations.statistics.student import quantile, tail

LEAST_PAIRS = 2


@dataclass(frozen=True)
class NotWorse:
    """The test of "the difference is as low as minus the margin".

    Attributes:
        p_value: One-sided.
        limit: The lower end of the difference's one-sided 95% interval.
    """

    p_value: float
    limit: float


def not_worse(comparison: Comparison, margin: float) -> NotWorse:
    """Tests whether the variant is worse than the baseline by less than `margin`; more is better.

    Raises:
        ValueError: `margin` is not above 0.
    """
    if not margin > 0:
        raise ValueError(f"margin must be above 0; got {margin}")
    room, error = comparison.difference + margin, comparison.standard_error
    if math.isnan(error):
        return NotWorse(1.0, -math.inf)
    if error == 0:
        return NotWorse(0.0 if room > 0 else 1.0, comparison.difference)
    limit = comparison.difference - quantile(1 - ALPHA, comparison.degrees) * error
    return NotWorse(tail(room / error, comparison.degrees), limit)


def not_worse_seeds(sd: float, margin: float, *, power: float = POWER) -> int:
    """How many pairs show with 80% power that an arm which is equal is not worse by `margin`.

    Args:
        sd: Standard deviation of the differences within pairs.
        margin: In the same unit.
        power: Probability of showing it.

    >>> not_worse_seeds(0.5, 1.0)
    4
    """
    return fewest(lambda n: t_power(margin, sd, n, 2 * ALPHA) >= power, LEAST_PAIRS)
