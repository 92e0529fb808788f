"""Measures: the numbers that a claim can be about, each read from the record of a trial.

Accuracy on the test split is one; the others cover what else is claimed of architectures. Some need the network to be
evaluated on more than the test split, which a study requests with `Study.evaluations`.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ablations.study import own_measures
from ablations.study.decimals import plain
from ablations.study.own_code import SIGN, is_reference, known
from inception_keras.errors import UserError, unknown

POINTS = 100  # per 1: accuracies are fractions in records and points in comparisons
SHIFTS = (1, 2, 4, 8)  # pixels
PATTERNS = ("epochs_to_60", "class:NAME", "module:function")  # of measures that are no entries of MEASURES
CLASS = "class:"
EVALUATIONS = ("train", "shifts", "mirrored")


class Measured(Protocol):
    """What a measure reads from a trial's record (`ablations.records.record.Record`)."""

    @property
    def status(self) -> str: ...

    @property
    def metrics(self) -> dict[str, dict[str, float]]: ...

    @property
    def by_class(self) -> dict[str, float]: ...

    @property
    def history(self) -> list[dict]: ...

    @property
    def times(self) -> dict[str, float]: ...

    @property
    def data(self) -> dict: ...

    @property
    def answers(self) -> str | None: ...

    def answered(self) -> own_measures.Answers | None: ...


@dataclass(frozen=True)
class Measure:
    """A number that each trial has.

    Attributes:
        name: The name in claims.
        label: The name in tables.
        unit: The unit of differences.
        value: Reads the number from the record of a finished trial; `None` if the record lacks it.
        more_is_better: Whether a positive difference favours the variant.
        needs: The evaluation that a study must request; `None` if the test split is enough.
        by_image: Whether it is a mean over test images whose single answers are stored beside the record.
        diverged: Reads the number from the record of a diverged trial; `None`: such a trial has no number.
        show: Formats a number, or a mean of numbers, for a table.
        gains: What a sentence says of the arm that the difference favours: "average pooling better by 2.89".
        learnt: Whether the number depends on how far a network is trained: then nothing is said of networks that are
            not trained out.
        steady: Whether the difference must hold still when the arms are trained longer. Epochs to a goal need not: the
            schedule stretches with the budget.
    """

    name: str
    label: str
    unit: str
    value: Callable[[Measured], float | None]
    more_is_better: bool = True
    needs: str | None = None
    by_image: bool = False
    diverged: Callable[[Measured], float] | None = None
    show: Callable[[float], str] = plain
    gains: str = "better"
    learnt: bool = True
    steady: bool = True

    @property
    def needs_training(self) -> bool:
        """Whether trials that did not train say nothing, since they are not part of what is measured."""
        return self.learnt and self.diverged is None

    def of(self, record: Measured) -> float | None:
        """The number of a trial; `None` if it has none."""
        if record.status == "diverged" and self.diverged:
            return self.diverged(record)
        return self.value(record) if record.status == "done" else None


def measure(name: str) -> Measure:
    """The measure called `name`.

    - `top1`, `top5`: accuracy on the test split, in points.
    - `validation_top1`: top-1 on the validation split after the last epoch, in points: for claims about a recipe, and
      for choices, which must not see the test split.
    - `top1_or_chance`: as `top1`, but a trial that diverged has the accuracy of chance, so that divergence is an
      outcome.
    - `mirrored_top1`, `validation_mirrored_top1`: as `top1`, on the test or the validation split, with the mean of the
      logits of each image and its mirror image (airbench's `infer_mirror`).
    - `overfitting`: top-1 on the training images, as they are stored and without dropout, minus top-1 on the test
      split, in points.
    - `balanced_accuracy`, `macro_f1`: the mean over the classes of their accuracies, and of F1, on the test split, in
      points; `class:NAME`, such as `class:cat`: the accuracy of one class, in points.
    - `log_loss`: mean cross-entropy on the test split, in nats.
    - `calibration_error`: how far confidence and accuracy lie apart on the test split, in points, over 15 bins of equal
      width (Guo et al., arXiv 1706.04599).
    - `shift_1`, `shift_2`, `shift_4`, `shift_8`: the change of top-1 on the test split, in points, when each image is
      moved by so many pixels; see `ablations.data.shifts`.
    - `epochs_to_N`, such as `epochs_to_60`: passes over the training split until validation top-1 is N%, interpolated
      linearly between epochs; a trial that does not reach N% counts one epoch more than it ran.
    - `step_time`: a hundred times the natural logarithm of the median time of a training step, so that differences are
      in per cent. It depends on the machine and on its other load.
    - `module:function`: a user's own, from labels and predictions to a number of which more is better: see
      `own_measures`.

    Raises:
        UserError: There is no such measure, or a user's function can't be one.

    >>> measure("shift_4").unit
    'points'
    """
    if not isinstance(name, str):
        raise unknown("metric", name, (*MEASURES, *PATTERNS))
    if name in MEASURES:
        return MEASURES[name]
    if found := re.fullmatch(r"epochs_to_([1-9][0-9]?)", name):
        goal = int(found[1])
        return Measure(
            name,
            f"epochs to {goal}%",
            "epochs",
            lambda record: _epochs_to(record, goal / POINTS),
            more_is_better=False,
            gains="sooner",
            steady=False,
        )
    if name.startswith(CLASS) and name != CLASS:
        return _of_class(name.removeprefix(CLASS))
    if name in FOREIGN:
        return FOREIGN[name]
    if is_own_measure(name):
        return _own(name)
    raise unknown("metric", name, (*MEASURES, *PATTERNS))


def is_own_measure(name: object) -> bool:
    """Whether a measure is a user's own function."""
    return is_reference(name) and not str(name).startswith(CLASS)


def check_evaluations(names: tuple[str, ...], augmentation: tuple[str, ...], claimed: list[Measure]):
    """Checks that the evaluations of a study can be made, and that its claimed measures need no others.

    Raises:
        UserError: An evaluation is unknown, missing, or meaningless with the augmentation.
    """
    if "train" in names and "inception_crop" in augmentation:
        raise UserError("evaluations=('train',) has no meaning with inception_crop: training images stay as stored")
    for name in names:
        if name not in EVALUATIONS:
            raise unknown("evaluation", name, EVALUATIONS)
    for one in claimed:
        if one.name in FOREIGN:
            raise unknown("metric", one.name, (*MEASURES, *PATTERNS))
        if one.needs and one.needs not in names:
            raise UserError(f"a claim about {one.name} needs evaluations=({one.needs!r},) in its study")


def _accuracy(record: Measured, split: str, metric: str = "top1") -> float | None:
    found = record.metrics.get(split, {}).get(metric)
    return None if found is None else POINTS * found


def _minus(record: Measured, split: str, other: str) -> float | None:
    first, second = (_accuracy(record, name) for name in (split, other))
    return None if first is None or second is None else first - second


def _epochs_to(record: Measured, goal: float) -> float:
    last = 0.0
    for row in record.history:
        if row["validation_top1"] >= goal:
            return row["epoch"] - 1 + (goal - last) / (row["validation_top1"] - last)
        last = row["validation_top1"]
    return len(record.history) + 1.0


def _step_time(record: Measured) -> float | None:
    seconds = record.times.get("step")
    return POINTS * math.log(seconds) if seconds else None


def _shift(pixels: int) -> Measure:
    return Measure(
        f"shift_{pixels}",
        f"change of top-1 by a shift of {pixels} pixel{'s' if pixels > 1 else ''}",
        "points",
        lambda record: _minus(record, f"shift_{pixels}", "test"),
        needs="shifts",
        gains="losing less",
    )


def _of_class(name: str) -> Measure:
    def value(record: Measured) -> float | None:
        found = record.by_class.get(name)
        return None if found is None else POINTS * found

    return Measure(f"{CLASS}{name}", f"accuracy of {name}", "points", value)


def _own(name: str) -> Measure:
    name = known(name, "measure")
    own_measures.own_measure(name)

    def value(record: Measured) -> float | None:
        answers = record.answered()
        return None if answers is None else own_measures.value_of(name, str(record.answers), answers)

    label = name.partition(SIGN)[0].partition(":")[2].replace("_", " ")
    return Measure(name, label, "units", value)


def _of_answers(name: str, label: str, more_is_better: bool = True) -> Measure:
    return Measure(name, label, "points", lambda record: _accuracy(record, "test", name), more_is_better)


def _mirrored(split: str, label: str) -> Measure:
    return Measure(f"{split}_top1", label, "points", lambda record: _accuracy(record, split), needs="mirrored")


MEASURES = {
    one.name: one
    for one in (
        Measure("top1", "top-1", "points", lambda record: _accuracy(record, "test"), by_image=True),
        Measure("top5", "top-5", "points", lambda record: _accuracy(record, "test", "top5"), by_image=True),
        Measure("validation_top1", "validation top-1", "points", lambda record: _accuracy(record, "validation")),
        Measure(
            "top1_or_chance",
            "top-1, diverged as chance",
            "points",
            lambda record: _accuracy(record, "test"),
            diverged=lambda record: POINTS / record.data["classes"],
        ),
        _mirrored("mirrored", "top-1 with mirror images"),
        _mirrored("validation_mirrored", "validation top-1 with mirror images"),
        Measure(
            "overfitting",
            "training minus test top-1",
            "points",
            lambda record: _minus(record, "train", "test"),
            more_is_better=False,
            needs="train",
            gains="overfitting less",
        ),
        *map(_shift, SHIFTS),
        _of_answers("balanced_accuracy", "balanced accuracy"),
        _of_answers("macro_f1", "macro F1"),
        _of_answers("calibration_error", "calibration error", more_is_better=False),
        Measure(
            "log_loss",
            "log loss",
            "nats",
            lambda record: record.metrics.get("test", {}).get("loss"),
            more_is_better=False,
            show="{:.4f}".format,
        ),
        Measure(
            "step_time",
            "time of a step",
            "%",
            _step_time,
            more_is_better=False,
            show=lambda value: f"{math.exp(value / POINTS):.3g} s",
            gains="faster",
            learnt=False,
        ),
    )
}

# Scores that another program measured (`ablations.foreign`): of a claim in `compare`, and of no study.
FOREIGN = {
    one.name: one
    for one in (
        Measure("accuracy", "accuracy", "points", lambda record: None),
        Measure("error", "error", "points", lambda record: None, more_is_better=False),
        Measure("score", "score", "units", lambda record: None),
        Measure("loss", "loss", "units", lambda record: None, more_is_better=False),
    )
}
