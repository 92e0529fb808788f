"""Looks through stored results for what a crash, a bad disk or a hand has damaged, and sets it aside."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ablations.files import one_line, write_atomically
from ablations.records import locks
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.store import SCHEMA, Broken, Store, read, text
from ablations.study import address
from inception_keras.errors import UserError, unknown

QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Problem:
    """Something wrong with a file.

    Attributes:
        study: The folder of results that it is in.
        path: Of the file.
        problem: What is wrong.
        remedy: What follows, or follows from --repair.
        again: Whether a trial will run again.
    """

    study: str
    path: Path
    problem: str
    remedy: str
    again: bool = False


def examine(out: Path, names: Sequence[str] | None, *, repair: bool) -> list[Problem]:
    """Checks the results of some studies, all that are in `out` by default.

    Args:
        out: Folder of all results.
        names: Of the studies' folders.
        repair: Whether to move broken files to `DIR/STUDY/quarantine`, to bring old records to the present schema, and
            to delete what a crash left half written.

    Raises:
        UserError: There are no results, a name is none of their folders, or a folder can't be written.
    """
    found = sorted(path.name for path in out.glob("*") if (path / "records").is_dir())
    if not found:
        raise UserError(f"{out} holds no results: set --out to the folder that `run` wrote to")
    for name in names or ():
        if name not in found:
            raise unknown(f"folder of results in {out}", name, found)
    findings = []
    for name in names or found:
        store = Store(out / name)
        with one_line(store.folder):
            for finding, mend in _problems(store):
                findings.append(finding)
                if repair and mend:
                    mend()
    return findings


def _problems(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    """Every finding with what mends it; `None` where a person has to."""
    yield from _broken_records(store)
    yield from _lonely_answers(store)
    yield from _left_over(store)
    try:
        locks.load_locks(store.folder)
    except UserError as error:
        yield Problem(store.folder.name, store.folder / "locks", str(error), "by hand: a lock is never mended"), None


def _broken_records(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    name = store.folder.name
    for path in sorted(store.records.glob("*.json")):
        answers = path.with_suffix(".npz")
        if old := _of_schema_1(path):
            finding = Problem(name, path, "a record of schema 1, without a checksum", "written again in schema 2")
            yield finding, partial(write_atomically, path, text(old).encode())
            continue
        try:
            problem = _problem(store, read(path), path, answers)
        except Broken as error:
            problem = str(error).removeprefix(f"{path} ")
        if problem:
            finding = Problem(name, path, problem, "set aside; its trial runs again", again=True)
            yield finding, partial(_set_aside, store, (path, answers))


def _problem(store: Store, record: Record, path: Path, answers: Path) -> str | None:
    """What is wrong with a record that is whole."""
    try:
        if store.path(record) != path:
            return f"its content belongs into {store.path(record).name}"
        if address({**record.configuration, **record.rounding.terms}) != record.address:
            return "its address is not that of its configuration"
        if record.answers is None:
            return None
        if not answers.exists():
            return f"{answers.name} is missing beside it"
        if hashlib.sha256(answers.read_bytes()).hexdigest() != record.answers:
            return f"{answers.name} was changed after it was written: its checksum is another"
    except (KeyError, TypeError) as error:
        return f"it lacks {error}"
    return None


def _lonely_answers(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    """Answers are written before their record: those without one are of a run that was killed in between."""
    for path in sorted(store.records.glob("*.npz")):
        if not path.with_suffix(".json").exists():
            finding = Problem(store.folder.name, path, "no record beside it: a run was killed here", "set aside")
            yield finding, partial(_set_aside, store, (path,))


def _left_over(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    """Half-written files, and checkpoints of trials that have their record."""
    for path in sorted(store.folder.rglob(".*.tmp")):
        if not _alive(path):
            finding = Problem(store.folder.name, path, "half written: a process was killed here", "deleted")
            yield finding, partial(path.unlink, missing_ok=True)
    for path in sorted(store.running.glob("*/")):
        if path.name in _final(store):  # one that was killed or timed out goes on from them
            finding = Problem(store.folder.name, path, "checkpoints of a trial that has its result", "deleted")
            yield finding, partial(shutil.rmtree, path)


def _final(store: Store) -> set[str]:
    """The addresses of trials that have their result."""
    addresses = set()
    for path in store.records.glob("*.json"):
        with contextlib.suppress(Broken):
            record = read(path)
            addresses |= {record.address} if record.status in FINAL else set()
    return addresses


def _of_schema_1(path: Path) -> Record | None:
    """The record in schema 2 that a file of schema 1 stands for: the same content, with checksums."""
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(record, dict) or record.get("schema") != 1:
        return None
    answers = path.with_suffix(".npz")
    digest = hashlib.sha256(answers.read_bytes()).hexdigest() if answers.exists() else None
    return Record({**record, "schema": SCHEMA, "attempts": 1, "answers": digest})


def _set_aside(store: Store, files: Sequence[Path]):
    """Moves files to the quarantine, beside those of the same name that are there."""
    folder = store.folder / QUARANTINE
    folder.mkdir(exist_ok=True)
    for path in files:
        if path.exists():
            places = (folder / f"{path.name}{suffix}" for suffix in ("", *(f".{n}" for n in range(1, 1000))))
            os.replace(path, next(place for place in places if not place.exists()))


def _alive(temporary: Path) -> bool:
    """Whether the process that writes a temporary file still runs: its number is in the name."""
    number = temporary.name.split(".")[-2]
    return number.isdigit() and Path(f"/proc/{number}").exists()
