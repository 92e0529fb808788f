"""The arms of foreign results: each with its scores by run, and its answers by example where they are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablations.foreign.arrays import read_arrays
from ablations.foreign.asked import Asked, check_no_columns, check_no_measure
from ablations.foreign.cells import in_order
from ablations.foreign.commas import check_commas
from ablations.foreign.documents import check_documents
from ablations.foreign.memory import are_by_name, results_in_memory
from ablations.foreign.reading import results_of
from ablations.foreign.results import Result, Results
from ablations.foreign.tables import Table, read_table
from ablations.foreign.units import find_unit
from ablations.study.decimals import counted
from ablations.study.measures import is_own_measure
from inception_keras.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


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
        missing: How many of its scores are missing or not finite.
    """

    name: str
    source: str
    keyed: str
    scores: dict[str, float]
    answers: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: int = 0


@dataclass(frozen=True)
class Foreign:
    """What files of results hold.

    Attributes:
        arms: In the order of files and lines.
        score: The name of what was scored.
        unit: `points` or `units`.
        factor: What turns the numbers of `answers` into that unit.
        less_is_better: Whether a lower score is better.
        paired: Whether runs with one key may be compared as pairs.
        notes: What was assumed, a sentence each.
        baseline: The arm that comes first; it may be one of `empty`.
        empty: The names of arms without any score, which are not among `arms`.
    """

    arms: tuple[Arm, ...]
    score: str
    unit: str
    factor: int
    less_is_better: bool
    paired: bool
    notes: tuple[str, ...]
    baseline: str
    empty: tuple[str, ...] = ()


def read_arms(paths: Sequence[Path], asked: Asked | None = None) -> Foreign:
    """Reads the arms of all files.

    Args:
        paths: Tables or NumPy files: one with several arms, or several.
        asked: What the user says about their columns.

    Raises:
        UserError: A file is not such a file, or does not fit the others.
    """
    asked = asked or Asked()
    if len(set(paths)) < len(paths):
        raise UserError(f"each file once; got {' '.join(map(str, paths))}")
    files = [_read(path, asked) for path in paths]
    check_documents(paths, [one.documents for one in files])
    notes = [note for one in files for note in one.notes]
    names = sorted({one.score for one in files})
    less = {one.less_is_better for one in files}
    if asked.less_is_better is None and True in less and len(less) > 1:
        raise UserError(
            f"in one file less is better, in another more ({', '.join(names)}): type --score COLUMN, or "
            "--less-is-better or --more-is-better"
        )
    if len(names) > 1:
        notes.append(f"the scores have different names: {', '.join(names)}")
    raw = [arm for path, one in zip(paths, files, strict=True) for arm in _arms(one, path, len(paths) > 1, notes)]
    return _foreign(files, _distinct(raw, paths), notes, asked)


def _foreign(files: Sequence[Results], raw: Sequence[Arm], notes: list[str], asked: Asked) -> Foreign:
    check_commas(files)
    first = files[0]
    less, said = _direction(files, first.score, asked)
    own = first.score == asked.measure and is_own_measure(asked.measure)
    unit, factor, words = find_unit(files, first.score, asked.unit, own)
    empty = tuple(arm.name for arm in raw if not arm.scores)
    lacking = [f"{name} has no scores, so it is not compared" for name in empty]
    return Foreign(
        tuple(_scaled(arm, factor) for arm in raw if arm.scores),
        score=first.score,
        unit=unit,
        factor=factor,
        less_is_better=less,
        paired=asked.paired,
        notes=tuple(dict.fromkeys([*notes, *said, *words, *lacking])),
        baseline=raw[0].name,
        empty=empty,
    )


def _direction(files: Sequence[Results], score: str, asked: Asked) -> tuple[bool, list[str]]:
    """Whether less is better, and what was assumed to say so."""
    if asked.less_is_better is not None:
        return asked.less_is_better, []
    said = {one.less_is_better for one in files} - {None}
    if said:
        return True in said, []
    return False, [f"higher is better, though no name says so of {score}: if lower is, type --less-is-better"]


def frame_arms(frame: "pd.DataFrame", asked: Asked | None = None) -> Foreign:
    """Arms from a data frame with the columns of a file; an index with a name is a column too.

    Raises:
        UserError: As `read_arms`.
    """
    asked = asked or Asked()
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    frame = frame.reset_index(level=named) if named else frame
    cells = frame.astype(object).where(frame.notna(), None)  # pandas has several signs of what is missing
    rows = [
        (place, {str(name): cell for name, cell in row.items()})
        for place, row in enumerate(cells.to_dict("records"), start=1)
    ]
    if not rows:
        raise UserError("the data frame has no rows")
    found = results_of(Table("the data frame", tuple(map(str, frame.columns)), rows), asked)
    if not any(one.score for one in found.results):
        raise UserError("the data frame: every score is missing or not finite")
    notes = [*found.notes]
    return _foreign([found], _arms(found, Path("frame"), False, notes), notes, asked)


def score_arms(scores: Mapping[str, Any], asked: Asked | None = None) -> Foreign:
    """Arms from numbers in memory.

    Args:
        scores: By name of the arm its scores: by seed (a mapping, or a pandas Series with an index), or an array as
            `arrays.read_arrays` takes it; the places of scores `(runs,)` are their keys.
        asked: What the user says about them.

    Raises:
        UserError: They are no numbers, or there are none; or something is asked about columns.
    """
    asked = asked or Asked()
    check_no_columns(asked, "scores in memory", sign="")
    check_no_measure(asked, "scores in memory", "give a data frame with these columns, or ", sign="")
    notes: list[str] = []
    by_name = are_by_name(scores)
    results = [one for name, values in scores.items() for one in results_in_memory(str(name), values, by_name, notes)]
    if not any(one.score for one in results):
        raise UserError("there are no finite scores")
    keyed = "" if not any(one.seed for one in results) else "seed" if by_name else "row"
    if keyed == "row":
        notes.append("runs in one place are a pair")
    found = Results("scores", "score", False if any(one.example for one in results) else None, results, keyed, notes)
    return _foreign([found], _arms(found, Path("scores"), False, notes), notes, asked)


def _read(path: Path, asked: Asked) -> Results:
    if path.suffix.lower() in (".npy", ".npz"):
        return read_arrays(path, asked)
    found = results_of(read_table(path), asked)
    if not any(one.score for one in found.results):
        raise UserError(f"{path}: every score is missing or not finite")
    return found


def _arms(found: Results, path: Path, several: bool, notes: list[str]) -> list[Arm]:
    """The arms of a file; one beside others, each of whose runs has another name, is one arm."""
    groups: dict[str, list[Result]] = {}
    for one in found.results:
        groups.setdefault(one.run, []).append(one)
    alone = several and len(groups) > 1 and all(len(own) == 1 for own in groups.values())
    if alone and found.keyed != "row":
        notes.append(f"{found.source}: each run has another name, so the file is one arm")
        groups = {"": found.results}
    for name, own in groups.items():
        missing = sum(one.score is None for one in own)
        if 0 < missing < len(own):
            notes.append(
                f"{counted(missing, 'scores')} of {name or found.source} missing or not finite, and left out: if these "
                "runs diverged, the comparison favours it"
            )
    return [_arm(name or path.stem, own, found) for name, own in groups.items()]


def _arm(name: str, results: list[Result], found: Results) -> Arm:
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
    return Arm(name, found.source, found.keyed, scores, answers, sum(one.score is None for one in results))


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


def _distinct(arms: list[Arm], paths: Sequence[Path]) -> list[Arm]:
    """Arms with one name are called after their files too."""
    names = [arm.name for arm in arms]
    if len(set(names)) == len(names):
        return arms
    sources = {path.name: path.stem for path in paths}
    folders = [path.absolute().parent.name for path in paths]  # as lm-evaluation-harness writes: MODEL/samples_TASK
    if len(sources) < len(paths):
        sources = {}
    beside = len(set(folders)) == len(folders) == len(arms)
    renamed = []
    for place, arm in enumerate(arms):
        taken, other = names.count(arm.name) > 1, folders[place] if beside else f"file {place + 1}"
        renamed.append(replace(arm, name=sources.get(arm.source, other)) if taken else arm)
    if len({arm.name for arm in renamed}) < len(renamed):
        renamed = [replace(arm, name=f"{arm.name} of {arm.source}") for arm in renamed]
    if len({arm.name for arm in renamed}) < len(renamed):
        raise UserError(f"several arms are called {names[0]!r}: give the files other names")
    return renamed


def _scaled(arm: Arm, factor: int) -> Arm:
    return replace(arm, scores={seed: factor * value for seed, value in arm.scores.items()})
