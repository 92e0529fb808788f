"""Rows of models and crops, from whether each was right on each image: their errors, and their order tested.

A row of k of n models has n draws: models 1 to k, 2 to k + 1, ..., around the circle, so that each model has a part in
k draws; with k = n there is one. Its error on an image is the mean over these draws. For k = 1 the draws are n trials
that share nothing, and their spread is that of another seed. For larger k they share most of their models, so their
spread says little about other seeds. What holds for all rows is the other question: do these very networks, on other
images, keep their order? So intervals and tests are over images, paired, and the verdict speaks of these networks.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from ablations.records.ensembles import Answers
from ablations.statistics import holm
from ablations.statistics.significance import sign_flip_counts
from ablations.study.claims import Ordering, Row
from ablations.study.measures import POINTS


@dataclass(frozen=True)
class Error:
    """The error of a row in percent of the images.

    Attributes:
        mean: Over draws and images.
        low, high: Its 95% interval over images: Student's t on the images' means over the draws.
        sd: Standard deviation over the draws; `nan` with one.
    """

    mean: float
    low: float
    high: float
    sd: float


@dataclass(frozen=True)
class Step:
    """Two rows that stand next to each other in a claimed order.

    Attributes:
        worse, better: As they are claimed.
        gain: Error of the first minus error of the second in points, over draws and images: as claimed where above 0.
        low, high: Its 95% interval over images: Student's t on the images' differences.
        p_value: Two-sided, of the exact sign-flip test over images; with one draw a row it is McNemar's.
        p_holm: After Holm's correction over all steps of the order.
    """

    worse: Row
    better: Row
    gain: float
    low: float
    high: float
    p_value: float
    p_holm: float


def error(answers: Answers, metric: str) -> Error:
    """The error of a row; `metric` is `top1` or `top5`."""
    wrong = POINTS * ~getattr(answers, metric)
    by_draw = wrong.mean(axis=1)
    sd = float(np.std(by_draw, ddof=1)) if len(by_draw) > 1 else float("nan")
    return Error(*_interval(wrong.mean(axis=0)), sd)


def steps(ordering: Ordering, rows: dict[Row, Answers]) -> list[Step]:
    """Each row of the order beside the next; none where a row is missing."""
    if any(row not in rows for row in ordering.order):
        return []
    pairs = list(zip(ordering.order, ordering.order[1:], strict=False))
    right = {row: getattr(rows[row], ordering.metric) for row in ordering.order}
    p_values = [sign_flip_counts(_counts(right[better], right[worse])) for worse, better in pairs]
    return [
        Step(
            worse,
            better,
            *_interval(POINTS * (right[better].mean(axis=0) - right[worse].mean(axis=0))),
            p,
            float(after),
        )
        for (worse, better), p, after in zip(pairs, p_values, holm(p_values), strict=True)
    ]


def _counts(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """By image how much more often the first row was right, in whole numbers."""
    return first.sum(axis=0) * len(second) - second.sum(axis=0) * len(first)


def _interval(by_image: np.ndarray) -> tuple[float, float, float]:
    """The mean over images and both ends of its 95% interval."""
    mean, n = float(by_image.mean()), len(by_image)
    reach = float(stats.t.ppf(0.975, n - 1) * np.std(by_image, ddof=1)) / n**0.5 if n > 1 else float("nan")
    return mean, mean - reach, mean + reach
