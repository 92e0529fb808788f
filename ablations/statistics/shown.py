"""The true difference that the sign-flip test shows with a given power, from simulated trials.

The t-test's power is not that of the sign-flip test: with few pairs only a few p-values are possible, and the largest
one under the level may lie far below it.
"""

import math
from functools import cache

import numpy as np

from ablations.statistics.student import quantile

DRAWS = 2**14  # simulated studies; a share of 80% of them has a standard error of 0.3%
MEANS = 2**23  # means that are held at once and that one answer takes at most, about a fifth of a second


@cache
def shown_in_sd(n: int, power: float, alpha: float, comparisons: int) -> float:
    """The true difference, in standard deviations of a difference, that is judged real with the given power.

    Differences are normal. One is judged real where its p-value times the number of comparisons is under `alpha` and
    Student's interval at `1 - alpha` excludes 0; with the wrong sign it does not count.

    Both hold from some shift of all differences on: a sign pattern has a sum as large as that of all differences as
    long as the mean of those that it flips is not above 0. So each simulated study has a least shift, and the answer is
    the shift that is enough for a share of `power` of them. Every call simulates the same studies.
    """
    others = math.ceil(alpha / comparisons * 2 ** (n - 1)) - 2  # patterns that may be as extreme beside the observed
    if others < 0:
        return math.inf
    flipped = (np.arange(1, 2**n)[:, None] >> np.arange(n) & 1).astype(float)  # which differences a pattern flips
    draws = np.random.default_rng(0).normal(size=(min(DRAWS, MEANS // 2**n), n))
    means = draws @ (flipped / flipped.sum(axis=1, keepdims=True)).T
    for_the_test = -np.partition(means, others, axis=1)[:, others]
    reach = quantile(1 - alpha / 2, n - 1) * draws.std(axis=1, ddof=1) / math.sqrt(n)
    return float(np.quantile(np.maximum(for_the_test, reach - draws.mean(axis=1)), power))
