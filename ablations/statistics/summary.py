"""Trials known by their mean, spread and number alone, as papers print them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Summary:
    """The scores of an arm, summed up.

    Attributes:
        mean: Their mean.
        sd: Their standard deviation, with n - 1 in the denominator; `nan` for one trial, which has none.
        n: How many trials.

    Raises:
        ValueError: `mean` is not finite, `n` is no whole number of 1 or more, or `sd` is below 0 or not finite.

    >>> Summary(76.2, 0.3, 5)
    Summary(mean=76.2, sd=0.3, n=5)
    """

    mean: float
    sd: float
    n: int

    def __post_init__(self):
        if isinstance(self.n, bool) or not isinstance(self.n, (int, np.integer)) or self.n < 1:
            raise ValueError(f"n is how many trials there are, 1 or more; got {self.n!r}")
        for name in ("mean", "sd")[: min(self.n, 2)]:
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not math.isfinite(value):
                raise ValueError(f"{name} is a finite number; got {value!r}")
        if self.n > 1 and self.sd < 0:
            raise ValueError(f"sd is a standard deviation, 0 or more; got {self.sd!r}")
        if self.n == 1:
            object.__setattr__(self, "sd", math.nan)

    @classmethod
    def of(cls, scores: Sequence[float] | np.ndarray) -> "Summary":
        """The summary of scores `(n,)`."""
        values = np.asarray(scores, dtype="float64")
        sd = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
        return cls(float(values.mean()), sd, len(values))

    def times(self, factor: float) -> "Summary":
        """The summary of scores in another unit."""
        return Summary(factor * self.mean, factor * self.sd, self.n)


def summary_improvement(baseline: Summary, variant: Summary, *, more_is_better: bool = True) -> float:
    """The probability that a trial of the variant beats one of the baseline, if scores are normally distributed.

    >>> summary_improvement(Summary(76.0, 0.3, 5), Summary(76.0, 0.4, 5))
    0.5
    """
    gain = variant.mean - baseline.mean if more_is_better else baseline.mean - variant.mean
    spread = math.hypot(*(0.0 if math.isnan(one.sd) else one.sd for one in (baseline, variant)))
    if spread == 0:
        return 0.5 if gain == 0 else float(gain > 0)
    return float(special.ndtr(gain / spread))
