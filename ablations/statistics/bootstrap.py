"""Bootstrap over seeds and images: the confidence interval of a difference in accuracy."""

import math
from typing import NamedTuple

import numpy as np

from ablations.statistics.student import quantile


class Interval(NamedTuple):
    """The two ends of a confidence interval."""

    low: float
    high: float


def crossed_interval(
    baseline_correct: np.ndarray,
    variant_correct: np.ndarray,
    *,
    paired: bool = True,
    confidence: float = 0.95,
) -> Interval:
    """The confidence interval of a difference in accuracy, variant minus baseline, over both seeds and images.

    Seeds and examples are resampled at once, each with replacement (the pigeonhole bootstrap: Owen, Annals of Applied
    Statistics 1, 2007). The variance over infinitely many resamples has a closed form, so none is drawn. It counts the
    noise of single answers three times; the two surplus ones are subtracted. The interval is Student's t, with
    Satterthwaite's degrees of freedom, since the variance comes partly from the few seeds and partly from the many
    images. Percentiles over so few seeds would be too narrow.

    Args:
        baseline_correct, variant_correct: Whether each test example was classified correctly, bool `(seeds, examples)`.
        paired: Whether equal rows of both are pairs; equal columns always are.
        confidence: Confidence level of the interval, between 0 and 1.

    Raises:
        ValueError: The arrays do not fit each other, or have fewer than two seeds or examples.
    """
    baseline, variant = (np.asarray(arm, dtype="float64") for arm in (baseline_correct, variant_correct))
    _check(baseline, variant, paired)
    parts = [variant - baseline] if paired else [-baseline, variant]
    variance = _bootstrap_variance(parts)
    variance += sum(_seed_variance(part) / len(part) for part in parts)  # resampling n seeds gives (n - 1) / n of it
    variance -= sum(2 * _noise(part) / part.size for part in parts)
    reach = _reach(variance, sum(map(_seed_variance, parts)), min(map(len, parts)), baseline.shape[1], confidence)
    difference = float(variant.mean() - baseline.mean())
    return Interval(difference - reach, difference + reach)


def _reach(variance: float, of_seeds: float, seeds: int, images: int, confidence: float) -> float:
    """Half the width of the interval, and at least what the seeds alone give."""
    if max(variance, of_seeds) == 0:
        return 0.0
    of_images = max(variance - of_seeds, 0.0)
    degrees = (of_seeds + of_images) ** 2 / (of_seeds**2 / (seeds - 1) + of_images**2 / (images - 1))
    share = (1 + confidence) / 2
    alone = quantile(share, seeds - 1) * math.sqrt(of_seeds)
    return max(alone, quantile(share, degrees) * math.sqrt(of_seeds + of_images))


def _check(baseline: np.ndarray, variant: np.ndarray, paired: bool):
    shapes = f"{baseline.shape} and {variant.shape}"
    if baseline.ndim != 2 or variant.ndim != 2 or baseline.shape[1] != variant.shape[1] or baseline.shape[1] < 2:
        raise ValueError(f"needs two arrays (seeds, examples) over the same examples, not {shapes}")
    if len(baseline) < 2 or len(variant) < 2:
        raise ValueError(f"needs two or more seeds per arm, not {shapes}")
    if paired and len(baseline) != len(variant):
        raise ValueError(f"pairs need the same seeds in both arms, not {shapes}")


def _bootstrap_variance(parts: list[np.ndarray]) -> float:
    """The variance of the sum of the parts' means over all resamples: seeds drawn for each part, examples for all.

    In n draws of n, position i is drawn w_i times, and E[w_i w_k] = 1 - 1/n, plus 1 if i = k. Summed over the centred
    answers, whose total is 0, that leaves the sums by row, by column and of squares.
    """
    centred = [part - part.mean() for part in parts]
    columns = parts[0].shape[1]
    by_column = sum(part.mean(axis=0) for part in centred)  # the parts share the draw of the examples
    variance = float(np.square(by_column).sum()) / columns**2
    for part in centred:
        rows = len(part)
        own = (1 - 1 / columns) * np.square(part.sum(axis=1)).sum()
        own -= np.square(part.sum(axis=0)).sum() / rows
        variance += float(own + np.square(part).sum()) / part.size**2
    return variance


def _seed_variance(part: np.ndarray) -> float:
    """The variance of the mean over seeds."""
    return float(np.var(part.mean(axis=1), ddof=1)) / len(part)


def _noise(part: np.ndarray) -> float:
    """Mean square of what neither the seed (row) nor the example (column) explains."""
    rows, columns = part.shape
    rest = part - part.mean(axis=1, keepdims=True) - part.mean(axis=0, keepdims=True) + part.mean()
    return float(np.square(rest).sum() / ((rows - 1) * (columns - 1)))
