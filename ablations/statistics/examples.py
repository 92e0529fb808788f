"""Compares two single runs over the test examples that both answered: for results without further seeds."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ablations.statistics.comparison import Comparison, as_scores, comparison_of_pairs
from ablations.statistics.significance import DRAWS, EXACT_PAIRS, sign_flip, sign_flip_counts
from ablations.statistics.student import quantile

CONFIDENCE = 0.95
BATCH = 2**22  # signs that are drawn at once


def compare_examples(
    baseline: Sequence[float] | np.ndarray, variant: Sequence[float] | np.ndarray, *, rng: int = 0
) -> Comparison:
    """Compares the scores of two runs, one score per example, in one order of the examples.

    The p-value is that of a sign-flip test over the examples: exact where scores are whole numbers (of right and wrong
    answers it is McNemar's exact test) or the examples few, else from random signs. The interval is Student's; of right
    and wrong answers Bonett and Price's.

    Args:
        baseline, variant: Scores, `(examples,)`.
        rng: Seed of the random signs.

    Raises:
        ValueError: Scores are missing or not finite, or differ in number.

    >>> compare_examples([1, 0, 0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1, 1, 1]).p_value
    0.03125
    """
    first, second = as_scores("baseline", baseline), as_scores("variant", variant)
    if len(first) != len(second):
        raise ValueError(f"pairs need the same examples in both runs, not {len(first)} and {len(second)}")
    found = comparison_of_pairs(first, second, CONFIDENCE, _p_value(second - first, rng))
    are_answers = bool(np.isin([first, second], (0, 1)).all())
    return _of_answers(found, second - first) if are_answers and found.n > 1 else found


def _of_answers(found: Comparison, differences: np.ndarray) -> Comparison:
    """The comparison with the interval of Bonett and Price, which adds a disagreement of each kind.

    Two runs that agree on ten examples may still disagree on a quarter of all others; Student's interval over the
    examples would have no width (D. Bonett, R. Price, Adjusted Wald confidence interval for a difference of binomial
    proportions based on paired data, Journal of Educational and Behavioral Statistics 37, 2012).
    """
    n = found.n + 2
    gained, lost = (int((sign * differences > 0).sum()) + 1 for sign in (1, -1))
    middle = (gained - lost) / n
    error = math.sqrt(((gained + lost) / n - middle**2) / n)
    reach = quantile((1 + CONFIDENCE) / 2, found.degrees) * error
    return replace(found, low=max(-1.0, middle - reach), high=min(1.0, middle + reach), standard_error=error)


def _p_value(differences: np.ndarray, rng: int) -> float:
    whole = np.array_equal(differences, np.round(differences))
    if whole and np.abs(differences).sum() < BATCH:
        return round(sign_flip_counts(differences.astype(int)), 12)  # the transform errs by about 1e-15
    generator = np.random.default_rng(rng)
    if len(differences) <= EXACT_PAIRS:
        return sign_flip(differences, generator)
    return _drawn(differences, generator)


def _drawn(differences: np.ndarray, generator: np.random.Generator) -> float:
    """The share of random sign patterns whose sum is as far from 0, the observed one counted among them."""
    differences = differences[differences != 0]
    if not len(differences):
        return 1.0
    seen = abs(float(differences.sum())) - 1e-9 * float(np.abs(differences).sum())
    rows = max(1, BATCH // len(differences))
    draws = min(DRAWS, 100 * rows)
    as_far = 0
    for begun in range(0, draws, rows):
        signs = 2.0 * generator.integers(0, 2, (min(rows, draws - begun), len(differences))) - 1
        as_far += int((np.abs(signs @ differences) >= seen).sum())
    return (as_far + 1) / (draws + 1)
