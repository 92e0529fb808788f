"""Permutation tests: how often would equal arms differ by as much as was seen?"""

from collections.abc import Sequence

import numpy as np
from scipy import signal, stats

EXACT_PAIRS = 40  # up to here all sign patterns are counted, from two lists of at most 2**20 sums
DRAWS = 200_000  # random patterns if there are more patterns than these; two arms of up to ten trials have fewer


def sign_flip(differences: np.ndarray, rng: np.random.Generator) -> float:
    """Two-sided p-value of paired differences `(n,)`: the share of all sign patterns whose mean is as far from 0.

    The sum of a pattern is that of its two halves added up, so 2**n patterns cost 2**(n/2) sums and a search. With more
    than 40 pairs `rng` draws patterns.
    """
    if len(differences) > EXACT_PAIRS:
        flips = stats.permutation_test(
            (differences,), np.mean, permutation_type="samples", n_resamples=DRAWS, batch=10_000, rng=rng
        )
        return float(flips.pvalue)
    seen = abs(float(differences.sum())) - 1e-9 * float(np.abs(differences).sum())  # rounding must not part equal sums
    if seen <= 0:
        return 1.0
    half = len(differences) // 2
    left, right = _signed_sums(differences[:half]), np.sort(_signed_sums(differences[half:]))
    as_far = len(right) - np.searchsorted(right, seen - left)
    return min(1.0, 2 * float(as_far.sum()) / 2 ** len(differences))


def sign_flip_counts(differences: np.ndarray) -> float:
    """`sign_flip` of whole numbers `(n,)`, exact for every n: for differences between counts per image.

    The sum under random signs is a convolution of binomials, one for each size of a difference. If all sizes are 1, it
    is McNemar's exact test.

    >>> round(sign_flip_counts(np.array([1, 1, 1, 1, 1, 1, 0, 0])), 12)
    0.03125
    """
    sizes, counts = np.unique(np.abs(differences), return_counts=True)
    masses = np.ones(1)  # of the sums from -total to total, in steps of 1
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        if size:
            spread = np.zeros(2 * size * count + 1)
            spread[:: 2 * size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
            masses = signal.convolve(masses, spread, method="direct")
    sums = np.abs(np.arange(len(masses)) - len(masses) // 2)
    return min(1.0, float(masses[sums >= abs(int(differences.sum()))].sum()))


def exchange(baseline: np.ndarray, variant: np.ndarray, rng: np.random.Generator) -> float:
    """Two-sided p-value of the difference of two unpaired arms: over all ways to divide their trials, or over DRAWS.

    It is 1 if an arm has one trial, whose spread is unknown.
    """
    if min(len(baseline), len(variant)) < 2:
        return 1.0
    result = stats.permutation_test(
        (baseline, variant), _difference, vectorized=True, n_resamples=DRAWS, batch=10_000, rng=rng
    )
    return float(result.pvalue)


def _difference(baseline: np.ndarray, variant: np.ndarray, axis: int) -> np.ndarray:
    return np.mean(variant, axis=axis) - np.mean(baseline, axis=axis)


def _signed_sums(values: np.ndarray) -> np.ndarray:
    """The sums of `values` under every pattern of signs, `(2**n,)`."""
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums - value, sums + value])
    return sums


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Holm's adjusted p-values, in the given order: rejecting those under 0.05 keeps the family-wise error at 5%.

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p_values, dtype="float64")
    if values.ndim != 1 or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(f"p-values lie from 0 to 1; got {p_values!r}")
    return multipletests(values, method="holm")[1] if values.size else values
