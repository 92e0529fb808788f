"""Whether two arms still move when they are trained longer: pure functions on their scores at two budgets, in points.

The rule only ever withholds a verdict. So it can't raise the share of false alarms, which `simulation` checks: neither
among all studies nor among those that are judged.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from ablations.statistics.power import POWER

STILL = 1.0  # points that an arm may gain or lose from the last rung but one to the last
SHARE = 0.5  # of the margin that the difference may move


class Movement(NamedTuple):
    """What longer training changed, in points.

    Attributes:
        baseline, variant: Change of each arm's mean.
        difference: Change of the difference between the arms.
    """

    baseline: float
    variant: float
    difference: float


Arms = tuple[Sequence[float] | np.ndarray, Sequence[float] | np.ndarray]


def movement(before: Arms, after: Arms) -> Movement:
    """The movement from one budget to the next; scores are (baseline's, variant's), and may differ in number.

    >>> movement(([80.0, 81.0], [83.0]), ([81.0, 81.0], [83.5]))
    Movement(baseline=0.5, variant=0.5, difference=0.0)
    """
    baseline, variant = (float(np.mean(new) - np.mean(old)) for old, new in zip(before, after, strict=True))
    return Movement(baseline, variant, variant - baseline)


def arms_hold(found: Movement) -> bool:
    """Whether both arms move by less than a point."""
    return max(abs(found.baseline), abs(found.variant)) < STILL


def difference_holds(change: float, margin: float | None) -> bool:
    """Whether the difference moves by less than half the margin; without a margin nothing bounds it."""
    return margin is None or abs(change) < SHARE * margin


def chance_to_hold(noise: float, seeds: tuple[int, int], margin: float) -> float:
    """The probability that `difference_holds` of a difference which does not move: other seeds alone move its mean.

    Args:
        noise: Standard deviation over the seeds of the difference between a trial of each arm.
        seeds: Pairs at the last rung but one and at the last.
        margin: In the unit of `noise`.

    >>> round(chance_to_hold(0.5, (8, 8), 1.0), 2)
    0.95
    """
    moves = noise * math.sqrt(sum(1 / count for count in seeds))
    return math.erf(SHARE * margin / moves / math.sqrt(2)) if moves else 1.0


def seeds_to_hold(noise: float, margin: float, power: float = POWER) -> int:
    """The pairs at each of the two rungs with which `chance_to_hold` is `power`.

    >>> seeds_to_hold(0.5, 1.0)
    4
    """
    widest = NormalDist().inv_cdf((1 + power) / 2)
    return math.ceil(2 * (widest * noise / (SHARE * margin)) ** 2)
