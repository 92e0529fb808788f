"""Why an arm is worse: it learns less, or it generalises worse. The difference on clean training images tells.

An arm that is worse on test and at least as much worse on the training images has learnt less; the test images add
nothing to that. Whether it is slow or can't learn more, the rungs of the study tell. An arm that is worse on test
and, beyond the noise of the seeds, less so in training generalises worse. Where it is ahead in training, or behind by
no more than the noise, it overfits: it fits the training images too well. Where it is behind, it also learns less.
"Clean" means as they are stored: without augmentation and without dropout, in which arms differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ablations.records.record import Record
from ablations.statistics import Comparison, compare
from ablations.study.decimals import plain
from ablations.study.measures import POINTS

ACCURACIES = ("top1", "top1_or_chance")  # the measures whose difference it explains


@dataclass(frozen=True)
class Training:
    """A variant compared with a baseline on clean training images, in points.

    Attributes:
        found: The comparison of top-1 on these images.
        gap: The comparison of training minus test top-1.
        means: Top-1 of baseline and variant on these images.
    """

    found: Comparison
    gap: Comparison
    means: tuple[float, float]


def training(baseline: Sequence[Record], variant: Sequence[Record], *, paired: bool) -> Training | None:
    """Compares two arms on clean training images; `None` unless all of their trials were evaluated on them."""
    arms = [[_accuracies(record) for record in arm] for arm in (baseline, variant)]
    if not all(arms) or not all(pair for arm in arms for pair in arm):
        return None
    known = [[pair for pair in arm if pair] for arm in arms]
    found = compare(*([own for own, _ in arm] for arm in known), paired=paired)
    gap = compare(*([own - test for own, test in arm] for arm in known), paired=paired)
    first, second = (sum(own for own, _ in arm) / len(arm) for arm in known)
    return Training(found, gap, (first, second))


def _accuracies(record: Record) -> tuple[float, float] | None:
    """Top-1 on training and test images, in points; `None` if one is missing."""
    found = [record.metrics.get(split, {}).get("top1") for split in ("train", "test")]
    return None if None in found else (POINTS * found[0], POINTS * found[1])  # type: ignore[operator]


def explanation(test: Comparison, found: Training, labels: tuple[str, str]) -> str:
    """Why one arm is worse on test, in words, from a test difference that is real."""
    sign = 1 if test.difference < 0 else -1  # of what the worse arm loses
    worse = labels[1] if sign > 0 else labels[0]
    # rounded, so that equal losses compare as equal
    on_test, in_training = round(abs(test.difference), 6), round(-sign * found.found.difference, 6) + 0.0
    excess = min(sign * found.gap.low, sign * found.gap.high)
    least_in_training = round(min(-sign * found.found.low, -sign * found.found.high), 6)
    behind = f"{plain(in_training)} points behind" if in_training >= 0 else f"{plain(-in_training)} points ahead"
    numbers = f"{behind} on clean training images, {plain(on_test)} behind on test"
    if in_training >= on_test:
        return f"{worse} learns less: {numbers}"
    if excess > 0:  # the whole interval: its gap between training and test is the larger one
        named = "learns less and generalises worse" if least_in_training > 0 else "overfits"
        return f"{worse} {named}: {numbers}"
    return f"whether {worse} learns less or overfits is not clear: {numbers}"
