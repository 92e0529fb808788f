"""Single results grouped by arm: its scores by run, its answers, and what it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ablations.foreign.cells import in_order
from ablations.foreign.results import Result, Results
from ablations.study.decimals import counted
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.statistics import Summary


@dataclass(frozen=True)
class Arm:
    """An arm.

    Attributes:
        name: Its name.
        source: The file that it stands in.
        keyed: What its runs are matched by: `seed`, `row` (of this file), `place` (in an array of any file), or empty:
            nothing.
        scores: By key of the run, in its order; in points if it is an accuracy, else as it stands.
        answers: By key of the run the score of each example as the file has it; empty without examples.
        missing: How many of its scores are missing or not finite, or of runs that did not finish.
        published: Of an arm whose runs are known by their mean alone, what is known; that mean is its one score.
    """

    name: str
    source: str
    keyed: str
    scores: dict[str, float]
    answers: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: int = 0
    published: "Summary | None" = None

    @property
    def summary(self) -> "Summary":
        """Mean, spread and number of its runs."""
        from ablations.statistics import Summary  # loads NumPy

        return self.published or Summary.of(list(self.scores.values()))


def arms_of(found: Results, path: Path, several: bool, notes: list[str]) -> list[Arm]:
    """The arms of a file; one beside others, each of whose runs has another name, is one arm."""
    groups = _by_run(found.results)
    lost = _by_run(found.unfinished)
    alone = several and len(groups) > 1 and all(len(own) == 1 and not own[0].summary for own in groups.values())
    if alone and found.keyed != "row":
        notes.append(f"{found.source}: each run has another name, so the file is one arm")
        groups, lost = {"": found.results}, {"": found.unfinished} if found.unfinished else {}
    notes += _unfinished_notes(found, groups, lost)
    without = {name: own for name, own in lost.items() if name and name not in groups}
    if without:
        groups = dict(sorted((groups | without).items(), key=lambda group: min(one.line for one in group[1])))
    for name, own in groups.items():
        missing = sum(one.score is None for one in own)
        if 0 < missing < len(own):
            notes.append(
                f"{counted(missing, 'scores')} of {name or found.source} missing or not finite, and left out: if these "
                "runs diverged, the comparison favours it"
            )
    return [_arm(name or path.stem, own, found, len(lost.get(name, ()))) for name, own in groups.items()]


def _by_run(results: Sequence[Result]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for one in results:
        groups.setdefault(one.run, []).append(one)
    return groups


def _unfinished_notes(found: Results, groups: dict[str, list[Result]], lost: dict[str, list[Result]]) -> list[str]:
    """How many runs of each arm did not end; an arm of which none did has no scores, which is said elsewhere."""
    notes = []
    for name, own in lost.items():
        if name and name not in groups:
            continue
        things = "answers" if own[0].example else "runs"
        what = f"{counted(len(own), things)} of {name or found.source} did not finish ({found.status}) and "
        what += f"{'is' if len(own) == 1 else 'are'} left out"
        of_all = not name and len(groups) > 1  # a row of arms that are columns
        favours = f": if {'it' if len(own) == 1 else 'they'} diverged, the comparison favours {name or 'it'}"
        notes.append(what + ("" if of_all else favours))
    return notes


def _arm(name: str, results: list[Result], found: Results, lost: int) -> Arm:
    counted = not found.keyed and not any(one.example or one.seed for one in results)
    seen: dict[tuple[str, str], int] = {}
    answers: dict[str, dict[str, float]] = {}
    scores: dict[str, float] = {}
    for place, one in enumerate(results):
        seed = str(place) if counted else one.seed
        before = seen.setdefault((seed, one.example), one.line)
        if before != one.line or (seed in scores and not one.example):
            raise UserError(_twice(found.source, name, one, before))
        if one.score is None:
            continue
        if one.example:
            answers.setdefault(seed, {})[one.example] = one.score.value
        else:
            scores[seed] = one.score.value
    if scores and answers:
        raise UserError(
            f"{found.source}: {name} has scores of examples and of runs: keep one with --where COLUMN=VALUE"
        )
    if answers:
        answers = {seed: answers[seed] for seed in in_order(set(answers))}
        scores = {seed: mean(list(own.values())) for seed, own in answers.items()}
    scores = {seed: scores[seed] for seed in in_order(set(scores))}
    missing = lost + sum(one.score is None for one in results)
    return Arm(name, found.source, found.keyed, scores, answers, missing, results[0].summary)


def _twice(source: str, name: str, one: Result, line: int) -> str:
    seed = one.seed if ", " in one.seed else f"seed {one.seed}"  # several columns name themselves
    what = " ".join([*[seed][: bool(one.seed)], *[f"example {one.example}"][: bool(one.example)]])
    return (
        f"{source}: {what or 'a run'} of {name} stands twice (lines {line} and {one.line}): keep one with --where "
        "COLUMN=VALUE, or name the columns with --run, --seed, --example"
    )


def mean(values: Sequence[float]) -> float:
    """The mean as NumPy computes it, so that the accuracy of answers has the digits of a study's."""
    import numpy as np

    return float(np.mean(values))
