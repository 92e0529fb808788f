"""Errors of rows of models and crops, and the test of their order, from whether each row was right on each image.

A row of k of n models has n draws: models 1 to k, 2 to k + 1, ..., wrapping around, so that each model is in k draws;
with k = n there is one draw. The row's error on an image is the mean over its draws. For k = 1 the draws are n
independent trials, and their spread is the spread over seeds. For larger k the draws share most of their models, so
their spread says little about other seeds. For all rows another question can be answered: would these very networks
keep their order on other images? So intervals and tests are over images, paired, and the verdict is about these
networks.
"""

from dataclasses import dataclass

import numpy as np

from ablations.records.ensembles import Answers
from ablations.statistics import holm
from ablations.statistics.significance import sign_flip_counts
from ablations.statistics.student import quantile
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
    """Two neighbouring rows of a claimed order.

    Attributes:
        worse, better: The rows, as claimed.
        gain: Error of `worse` minus error of `better` in points, over draws and images; the claim is a gain above 0.
        low, high: Its 95% interval over images: Student's t on the images' differences.
        p_value: Two-sided, of the exact sign-flip test over images; with one draw per row this is McNemar's test.
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
    """Compares each row of the order with the next; empty if a row is missing."""
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
    """By image, how much more often the first row was right: integers, in units of 1 / (product of both draws)."""
    return first.sum(axis=0) * len(second) - second.sum(axis=0) * len(first)


def _interval(by_image: np.ndarray) -> tuple[float, float, float]:
    """The mean over images and both ends of its 95% interval."""
    mean, n = float(by_image.mean()), len(by_image)
    reach = quantile(0.975, n - 1) * float(np.std(by_image, ddof=1)) / n**0.5 if n > 1 else float("nan")
    return mean, mean - reach, mean + reach
