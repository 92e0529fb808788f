"""Main effects and two-way interactions of a full factorial."""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from ablations.statistics.comparison import compare_pairs

Contrast = tuple[int, int]  # a factor, and the level of it that is compared with level 0


@dataclass(frozen=True)
class Effect:
    """A main effect (one factor) or a two-way interaction (two factors).

    Attributes:
        factors: Positions of the factors, from 0, in the order of the scores' axes.
        levels: The level of each factor that is compared with its level 0.
        estimate: What the level changes, averaged over all other factors; for an interaction, how much more it changes
            with the other factor at its level than with that factor at level 0.
        low, high: Student's t interval over the seeds.
        p_value: Two-sided, of a sign-flip test over the seeds.
        n: Number of seeds.
    """

    factors: tuple[int, ...]
    levels: tuple[int, ...]
    estimate: float
    low: float
    high: float
    p_value: float
    n: int


def factorial_effects(scores: np.ndarray, *, confidence: float = 0.95) -> list[Effect]:
    """Main effects and two-way interactions, each level against level 0.

    Args:
        scores: `(seeds, levels of factor 1, levels of factor 2, ...)`; level 0 is the baseline's. A seed is a block:
            each effect is computed within a seed, so that what all trials of the seed share cancels out.
        confidence: Confidence level of the intervals, between 0 and 1.

    Raises:
        ValueError: There are fewer than two factors or seeds, a factor has one level, or a score is not finite.
    """
    scores = np.asarray(scores, dtype="float64")
    if scores.ndim < 3 or min(scores.shape) < 2 or not np.isfinite(scores).all():
        raise ValueError(f"needs finite scores (seeds, levels, levels, ...), two or more of each, not {scores.shape}")
    main = [(factor, level) for factor in range(scores.ndim - 1) for level in range(1, scores.shape[factor + 1])]
    pairs = [pair for pair in combinations(main, 2) if pair[0][0] != pair[1][0]]
    return [_effect(scores, contrasts, confidence) for contrasts in [*((one,) for one in main), *pairs]]


def _effect(scores: np.ndarray, contrasts: tuple[Contrast, ...], confidence: float) -> Effect:
    """Signs are +1 at a contrast's level and -1 at level 0, multiplied over the contrasts."""
    values = np.zeros(len(scores))
    for corner in product((0, 1), repeat=len(contrasts)):
        place: list = [slice(None)] * scores.ndim
        for (factor, level), up in zip(contrasts, corner, strict=True):
            place[factor + 1] = level if up else 0
        sign = (-1) ** (len(contrasts) - sum(corner))
        values += sign * scores[tuple(place)].reshape(len(scores), -1).mean(axis=1)
    found = compare_pairs(np.zeros(len(values)), values, confidence, np.random.default_rng(0))
    factors, levels = zip(*contrasts, strict=True)
    return Effect(factors, levels, found.difference, found.low, found.high, found.p_value, found.n)
