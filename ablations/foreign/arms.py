"""The arms of foreign results: each with its scores by run, and its answers by example where they are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ablations.foreign.arrays import read_arrays
from ablations.foreign.asked import Asked, check_no_columns, check_no_measure
from ablations.foreign.commas import check_commas
from ablations.foreign.documents import check_documents
from ablations.foreign.grouping import Arm, arms_of
from ablations.foreign.memory import are_by_name, results_in_memory
from ablations.foreign.reading import results_of
from ablations.foreign.results import Results
from ablations.foreign.tables import Table, read_table
from ablations.foreign.units import find_unit
from ablations.study.measures import is_own_measure
from inception_keras.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


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
    raw = [arm for path, one in zip(paths, files, strict=True) for arm in arms_of(one, path, len(paths) > 1, notes)]
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
    return _foreign([found], arms_of(found, Path("frame"), False, notes), notes, asked)


def score_arms(scores: Mapping[str, Any], asked: Asked | None = None) -> Foreign:
    """Arms from numbers in memory.

    Args:
        scores: By name of the arm its scores: by seed (a mapping, or a pandas Series with an index), or an array as
            `arrays.read_arrays` takes it; the places of scores `(runs,)` are their keys. Of an arm that is known by
            its mean alone, a `statistics.Summary`.
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
    return _foreign([found], arms_of(found, Path("scores"), False, notes), notes, asked)


def _read(path: Path, asked: Asked) -> Results:
    if path.suffix.lower() in (".npy", ".npz"):
        return read_arrays(path, asked)
    found = results_of(read_table(path), asked)
    if not any(one.score for one in found.results):
        raise UserError(f"{path}: every score is missing or not finite")
    return found


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
    scores = {seed: factor * value for seed, value in arm.scores.items()}
    return replace(arm, scores=scores, published=arm.published and arm.published.times(factor))
