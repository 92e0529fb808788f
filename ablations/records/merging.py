"""Merges the results of another folder, such as those of another machine: no trial is lost, none is replaced.

Trials are known by seed and address. What only the other folder has is copied; trials with the same numbers join; where
two results of one trial differ, ours stays and the conflict is named.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ablations.files import one_line
from ablations.records import paired_times
from ablations.records.doctor import TUNED, Problem
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.store import Broken, Newer, Store, read, read_answers
from inception_keras.errors import UserError, unknown
from inception_keras.io.writing import write_atomically

DOCUMENTS = ("locks/*.json", f"{paired_times.FOLDER}/*.json", "choice-*.json")  # beside records; choices of a tuning
KEPT = "ours stays"


@dataclass
class Merged:
    """What became of a study's results in the other folder.

    Attributes:
        study: Name of its results folder.
        taken: Trials that were copied.
        same: Trials that are here already, with the same numbers.
        conflicts: What was left there, and why.
    """

    study: str
    taken: int = 0
    same: int = 0
    conflicts: list[Problem] = field(default_factory=list)


def merge(out: Path, other: Path, names: Sequence[str] | None) -> list[Merged]:
    """Copies into `out` what it lacks of the results in `other`.

    Args:
        out: Folder of all results; it may be missing.
        other: The other one, which is not changed.
        names: Names of the studies' folders, or of those of their tunings, `STUDY/tuning`; `None` for all in `other`.

    Raises:
        UserError: `other` holds no results, a name is not a folder of results there, or `out` can't be written.
    """
    found = sorted(str(path.parent.relative_to(other)) for path in (*other.glob("*/records"), *other.glob(TUNED)))
    if not found:
        raise UserError(f"{other} holds no results: set --merge to a folder that `run` wrote to")
    if out.exists() and out.samefile(other):
        raise UserError(f"--merge {other} is the folder of --out itself: give the folder of the other results")
    for name in names or ():
        if name not in found:
            raise unknown(f"folder of results in {other}", name, found)
    return [_merge_study(name, Store(out / name), Store(other / name)) for name in names or found]


def _merge_study(name: str, ours: Store, theirs: Store) -> Merged:
    made = Merged(name)
    here: dict[tuple[int, str], list[Record]] = defaultdict(list)
    fingerprints: dict[str, set[str]] = defaultdict(set)
    for present in ours.load():
        here[present.seed, present.address].append(present)
        fingerprints[present.data_settings].add(present.fingerprint)
    with one_line(ours.folder):
        ours.records.mkdir(parents=True, exist_ok=True)
        for path, record, damage in _read_all(theirs):
            if record is None:
                made.conflicts.append(Problem(name, path, damage, "not taken"))
                continue
            own = here[record.seed, record.address]
            if other := _other_data(record, fingerprints):
                made.conflicts.append(Problem(name, path, other, KEPT if own else "not taken"))
            elif any(_numbers(one) == _numbers(record) for one in own) or (own and record.status not in FINAL):
                made.same += 1
            elif any(one.status in FINAL for one in own):
                made.conflicts.append(Problem(name, path, _difference(own[0], record), KEPT))
            else:
                _take(ours, theirs, record, own)
                fingerprints[record.data_settings].add(record.fingerprint)
                made.taken += 1
        made.conflicts += _merge_documents(name, ours.folder, theirs.folder)
    return made


def _read_all(theirs: Store) -> Iterator[tuple[Path, Record | None, str]]:
    """Each record with its path, or with what is wrong with it."""
    for path in sorted(theirs.records.glob("*.json")):
        try:
            record = read(path)
            if record.answers is not None:
                read_answers(path.with_suffix(".npz"), record)
            yield path, record, ""
        except (Broken, Newer) as error:
            yield path, None, str(error).removeprefix(f"{path} ")


def _other_data(record: Record, fingerprints: Mapping[str, set[str]]) -> str:
    """What says that a trial saw other data than ours with its settings, at any rung; empty if nothing does."""
    ours = fingerprints.get(record.data_settings)
    if not ours or record.fingerprint in ours:
        return ""
    return f"trained on other {record.data['name']} data ({record.fingerprint}, not {' or '.join(sorted(ours))})"


def _numbers(record: Record) -> tuple:
    """What two results of one trial must share: all but when and where it ran."""
    return record.status, record.history, record.metrics, record.params, record.macs


def _difference(ours: Record, theirs: Record) -> str:
    """What differs between two results of one trial, and where each was made."""
    first, second = (
        f"{one.status}, test top-1 {one.metrics['test']['top1']:.4%}" if "test" in one.metrics else one.status
        for one in (ours, theirs)
    )
    machines = "" if ours.hardware == theirs.hardware else f" ({theirs.hardware_words()}; ours {ours.hardware_words()})"
    return f"another result of a trial that is here: {second}; ours {first}{machines}"


def _take(ours: Store, theirs: Store, record: Record, unfinished: Sequence[Record]):
    """Copies a trial's answers and weights, then its record: a record that exists is complete."""
    files = [theirs.path(record, "npz")] if record.answers is not None else []
    for path in (*files, theirs.weights_path(record), theirs.path(record)):
        if path.is_file():
            target = ours.folder / path.relative_to(theirs.folder)
            target.parent.mkdir(exist_ok=True)
            write_atomically(target, path.read_bytes())
    for one in unfinished:
        if ours.path(one) != ours.path(record):
            ours.path(one).unlink(missing_ok=True)


def _merge_documents(name: str, ours: Path, theirs: Path) -> Iterator[Problem]:
    """Copies locks, choices of tunings and times in turn that are missing here; yields those that differ."""
    for path in sorted(path for pattern in DOCUMENTS for path in theirs.glob(pattern)):
        target = ours / path.relative_to(theirs)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, path.read_bytes())
        elif target.read_bytes() != path.read_bytes():
            yield Problem(name, path, f"not the {target.relative_to(ours.parent)} that is here", KEPT)
