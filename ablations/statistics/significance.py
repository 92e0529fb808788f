"""Permutation tests: how often would equal arms differ by as much as was seen?"""

from collections.abc import Sequence

import numpy as np

EXACT_PAIRS = 40  # up to here all sign patterns are counted, from two lists of at most 2**20 sums
DRAWS = 200_000  # random patterns if there are more patterns than these; two arms of up to ten trials have fewer


def sign_flip(differences: np.ndarray, rng: np.random.Generator) -> float:
    """Two-sided p-value of paired differences `(n,)`: the share of all sign patterns whose mean is as far from 0.

    The sum of a pattern is that of its two halves added up, so 2**n patterns cost 2**(n/2) sums and a search. With more
    than 40 pairs `rng` draws patterns.
    """
    if len(differences) > EXACT_PAIRS:
        from scipy import stats  # takes a second to import

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

    The sum under random signs has the characteristic function prod_i cos(d_i t), which a Fourier transform turns into
    probabilities, with an error of about 1e-15 each. If all sizes are 1, it is McNemar's exact test.

    >>> round(sign_flip_counts(np.array([1, 1, 1, 1, 1, 1, 0, 0])), 12)
    0.03125
    """
    sizes, counts = np.unique(np.abs(differences), return_counts=True)
    total = int(np.abs(differences).sum())
    angles = 2 * np.pi * np.arange(total + 1) / (2 * total + 1)  # the other half of the circle mirrors these
    wave = np.ones(total + 1)
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        if size:
            wave *= np.cos(size * angles) ** count
    masses = np.fft.irfft(wave, n=2 * total + 1)[: total + 1]  # of the sums 0 to total; -total to -1 mirror them
    seen = abs(int(differences.sum()))
    if seen == 0:
        return 1.0
    return float(np.clip(2 * masses[seen:].sum(), 0.0, 1.0))


def exchange(baseline: np.ndarray, variant: np.ndarray, rng: np.random.Generator) -> float:
    """Two-sided p-value of the difference of two unpaired arms: over all ways to divide their trials, or over DRAWS.

    It is 1 if an arm has one trial, whose spread is unknown.
    """
    if min(len(baseline), len(variant)) < 2:
        return 1.0
    from scipy import stats  # takes a second to import

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

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    return np.array([adjusted for (adjusted,) in holm_exclusive([(p,) for p in p_values])])


def holm_exclusive(groups: Sequence[Sequence[float]]) -> list[tuple[float, ...]]:
    """Adjusted p-values of tests in groups of which at most one null hypothesis can be true, in the given order.

    "There is no difference" and "the difference is as large as the margin" exclude each other, so of two such tests at
    most one can err. Holm's step therefore multiplies by the number of groups that still have a test that is not
    rejected, instead of the number of such tests (Shaffer, Journal of the American Statistical Association 81, 1986,
    procedure S2). Groups of one test each give Holm's p-values.

    >>> holm_exclusive([(0.01, 0.9), (0.04, 0.02)])
    [(0.02, 0.9), (0.08, 0.04)]
    """
    tests = [(p, group, place) for group, values in enumerate(groups) for place, p in enumerate(values)]
    if not all(0 <= p <= 1 for p, _, _ in tests):
        raise ValueError(f"p-values lie from 0 to 1; got {groups!r}")
    adjusted, largest = [list(values) for values in groups], 0.0
    left = [len(values) for values in groups]
    for p, group, place in sorted(tests):
        largest = max(largest, min(1.0, p * sum(count > 0 for count in left)))
        adjusted[group][place] = largest
        left[group] -= 1
    return [tuple(values) for values in adjusted]
