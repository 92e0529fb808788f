"""What a difference is worth: intervals, tests, power. Pure functions on arrays, in the units of what they are given.

A score is one number of one trial, such as its top-1; the arrays of two arms hold a score a seed. Every random draw
comes from `rng`, and the same `rng` gives the same answer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from ablations.comparison import Comparison, as_scores, compare
from ablations.crossed import Interval, crossed_interval
from ablations.factorial import Effect, factorial_effects
from ablations.power import ALPHA, detectable_difference, equivalence_seeds, least_seeds, required_seeds

__all__ = [
    "ALPHA",
    "Comparison",
    "Effect",
    "Equivalence",
    "Interval",
    "compare",
    "crossed_interval",
    "detectable_difference",
    "equivalence",
    "equivalence_seeds",
    "factorial_effects",
    "holm",
    "least_seeds",
    "probability_of_improvement",
    "required_seeds",
]


@dataclass(frozen=True)
class Equivalence:
    """Whether a difference is shown to be smaller than a margin, by two one-sided tests; true where it is.

    Attributes:
        p_value: The larger of the two.
        margin: Differences of this size and larger were to be excluded.
        alpha: The level of each test.
    """

    p_value: float
    margin: float
    alpha: float = ALPHA

    def __bool__(self) -> bool:
        return self.p_value < self.alpha


def equivalence(comparison: Comparison, margin: float, *, alpha: float = ALPHA) -> Equivalence:
    """Tests whether the difference is smaller than `margin`, either way.

    Raises:
        ValueError: A margin that is not over 0.
    """
    if not margin > 0:
        raise ValueError(f"a margin is over 0; got {margin}")
    room, error = margin - abs(comparison.difference), comparison.standard_error
    if math.isnan(error):
        return Equivalence(1.0, margin, alpha)
    if error == 0:
        return Equivalence(0.0 if room > 0 else 1.0, margin, alpha)
    return Equivalence(float(stats.t.sf(room / error, comparison.degrees)), margin, alpha)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's adjusted p-values, in the order given: those under 0.05 hold the family's error at 5%.

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p_values, dtype="float64")
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"p-values lie from 0 to 1; got {p_values!r}")
    return multipletests(values, method="holm")[1] if values.size else values


def probability_of_improvement(baseline: Sequence[float], variant: Sequence[float]) -> float:
    """The probability that a trial of the variant beats one of the baseline, over all pairs; a tie counts half.

    >>> probability_of_improvement([1.0, 2.0], [2.0, 3.0])
    0.875
    """
    first, second = as_scores("baseline", baseline), as_scores("variant", variant)
    return float((1 + np.sign(second[:, None] - first[None, :]).mean()) / 2)
