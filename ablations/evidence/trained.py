"""Whether a pair of arms is trained out. Nothing is said of one that is not.

Half-trained networks rank otherwise than trained ones: which of two learns faster is another question than which is
better. So a claim is judged only where the better arm is above a floor and longer training no longer moves anything.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from ablations.evidence.rungs import Rung
from ablations.records.record import Record
from ablations.statistics.plateau import arms_hold, difference_holds, movement
from ablations.study import Claim, Study
from ablations.study.decimals import counted, plain
from ablations.study.measures import POINTS, measure

LEAST_SHARE = 0.5  # of the way from chance to 100%: the floor of a study that declares none
OVERFITS = 5.0  # points of clean training above test top-1
UNKNOWN = "no rungs: whether it still moves is unknown"
DROPOUT = {"dropout", "aux_dropout"}
AT_CHANCE = "ended at chance"
SURELY = 3.0  # standard errors above chance that no guess reaches


def obstacles(study: Study, claim: Claim, rungs: Sequence[Rung], classes: int) -> list[str]:
    """Why a claim's pair can't be judged; empty if it is trained out, or if its measure does not depend on training.

    Args:
        study: Whose claim it is.
        claim: The claim.
        rungs: Its pair at each budget; the last one is the rung at which it is judged.
        classes: Of the data set.
    """
    if not measure(claim.metric).learnt or not rungs:
        return []
    last = rungs[-1]
    moving, fitting = _moving(study, claim, rungs), _fitting(study, claim, last)
    return [*_undertrained(study, max(last.means), classes), *_untuned(study, claim), *moving, *fitting]


def obstacles_alone(study: Study, top1: Mapping[int, list[float]], classes: int) -> list[str]:
    """Why a claim about one arm's networks can't be judged, from their test top-1 in points at each budget."""
    last = top1[study.recipe.epochs]
    found = _undertrained(study, fmean(last), classes)
    if not study.rungs:
        return [*found, UNKNOWN]
    before = study.rungs[-2]
    if not top1[before]:
        return [*found, f"the rung of {counted(before, 'epochs')} has no results: whether it still moves is unknown"]
    if incomplete := _incomplete(study, before, len(top1[before])):
        return [*found, incomplete]
    moved = movement((top1[before], top1[before]), (last, last))
    if arms_hold(moved):
        return found
    return [*found, f"still moving: {moved.baseline:+.1f} points from {before} to {study.recipe.epochs} epochs"]


def at_chance(record: Record) -> bool:
    """Whether a finished trial's network guesses: it never learnt, or lost what it had, without an exploding loss.

    By balanced accuracy where the record has it, in which always naming the largest class is a guess too.
    """
    test, chance = record.metrics["test"], 1 / record.data["classes"]
    noise = math.sqrt(chance * (1 - chance) / record.data["counts"]["test"])
    return test.get("balanced_accuracy", test["top1"]) <= chance + SURELY * noise


def floor_of(study: Study, classes: int) -> float:
    """Least mean test top-1 of the better arm, in points: the declared floor, else half way from chance to 100%."""
    if study.floor is not None:
        return POINTS * study.floor
    return POINTS * (1 / classes + LEAST_SHARE * (1 - 1 / classes))


def _undertrained(study: Study, better: float, classes: int) -> list[str]:
    floor = floor_of(study, classes)
    if better >= floor:
        return []
    declared = "" if study.floor is not None else " (half way from chance to 100%: the study declares none)"
    return [f"undertrained: {better:.1f}%, under the floor of {floor:g}%{declared}"]


def _untuned(study: Study, claim: Claim) -> list[str]:
    """Whose best value nobody knows may lose for that alone."""
    arms = [name for name in study.claimed_pair(claim) if name in study.edges]
    return [f"not tuned out: the best value of {name} is at the edge of what was tried" for name in arms]


def _moving(study: Study, claim: Claim, rungs: Sequence[Rung]) -> list[str]:
    if not study.rungs:
        return [UNKNOWN]
    before = study.rungs[-2]
    by_epochs = {rung.epochs: rung for rung in rungs}
    if before not in by_epochs:
        return [f"the rung of {counted(before, 'epochs')} has no results: whether it still moves is unknown"]
    first, last = by_epochs[before], rungs[-1]
    complete = last.evidence.found.n == study.seeds  # what the last rung lacks is said of it
    if complete and (incomplete := _incomplete(study, before, first.evidence.found.n)):
        return [incomplete]
    span = f"from {first.epochs} to {last.epochs} epochs"
    moved = movement(first.top1, last.top1)
    if not arms_hold(moved):
        gains = (moved.baseline, moved.variant)
        place = max((0, 1), key=lambda arm: abs(gains[arm]))
        return [f"still moving: {gains[place]:+.1f} points {span} ({last.evidence.labels[place]})"]
    change = last.evidence.found.difference - first.evidence.found.difference
    if measure(claim.metric).steady and not difference_holds(change, claim.margin):
        unit = measure(claim.metric).unit
        return [f"still moving: the difference changes by {plain(abs(change), unit)} {unit} {span}"]
    return []


def _incomplete(study: Study, epochs: int, seeds: int) -> str:
    """What is said of a rung with fewer seeds than it declares; empty if it has all."""
    declared = len(study.at(epochs).seed_range)
    if seeds >= declared:
        return ""
    return f"the rung of {counted(epochs, 'epochs')} has {seeds} of {declared} seeds: whether it still moves is unknown"


def _fitting(study: Study, claim: Claim, last: Rung) -> list[str]:
    """Overfitting, and what is to prevent it, shows in networks that fit their training images and in no others."""
    if not about_overfitting(study, claim):
        return []
    known = last.evidence.training
    if known is None:
        return ["a claim about overfitting needs the accuracy on clean training images: evaluations=('train',)"]
    largest = max(own - test for own, test in zip(known.means, last.means, strict=True))
    if largest >= OVERFITS:
        return []
    return [f"no arm overfits: at most {largest:.1f} points from clean training images to test, under {OVERFITS:g}"]


def about_overfitting(study: Study, claim: Claim) -> bool:
    """Whether a claim is about overfitting, or about dropout: its two arms differ in nothing else."""
    if claim.metric == "overfitting":
        return True
    arms = {arm.name: arm for arm in study.arms}
    first, second = (study.toggles(arms[name]) for name in study.claimed_pair(claim))
    differs = {name for name in first.keys() | second.keys() if first.get(name) != second.get(name)}
    return bool(differs) and differs <= DROPOUT
