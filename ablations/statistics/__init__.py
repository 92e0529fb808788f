"""Statistics of differences between arms: intervals, tests, power. Pure functions on arrays of scores, in their units.

A score is one number of one trial, such as its top-1; the array of an arm holds one score per seed. Every random draw
comes from `rng`, and the same `rng` gives the same result.
"""

from ablations.statistics.bootstrap import Interval, crossed_interval
from ablations.statistics.comparison import (
    Comparison,
    Equivalence,
    compare,
    compare_summaries,
    detectable,
    equivalence,
    least_to_show,
    probability_of_improvement,
)
from ablations.statistics.examples import compare_examples
from ablations.statistics.factorial import Effect, factorial_effects
from ablations.statistics.power import (
    ALPHA,
    detectable_difference,
    equivalence_seeds,
    least_seeds,
    least_trials,
    level_within,
    required_seeds,
)
from ablations.statistics.significance import holm, holm_exclusive
from ablations.statistics.summary import Summary, summary_improvement

__all__ = [
    "ALPHA",
    "Comparison",
    "Effect",
    "Equivalence",
    "Interval",
    "Summary",
    "compare",
    "compare_examples",
    "compare_summaries",
    "crossed_interval",
    "detectable",
    "detectable_difference",
    "equivalence",
    "equivalence_seeds",
    "factorial_effects",
    "holm",
    "holm_exclusive",
    "least_seeds",
    "least_to_show",
    "least_trials",
    "level_within",
    "probability_of_improvement",
    "required_seeds",
    "summary_improvement",
]
