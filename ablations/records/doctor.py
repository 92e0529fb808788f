"""Finds stored results that a crash, a bad disk or a manual edit has damaged, and moves them to a quarantine folder."""

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ablations.files import one_line
from ablations.records import locks
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.record_schema import check_record
from ablations.records.store import MOST_BYTES, SCHEMA, Broken, Newer, Store, read, read_answers, text
from ablations.records.tuning import FOLDER
from ablations.study import address
from ablations.study.decimals import counted
from inception_keras.errors import UserError, unknown
from inception_keras.io.regular_files import read_file
from inception_keras.io.schema import parse_object
from inception_keras.io.writing import process_runs, write_atomically

QUARANTINE = "quarantine"
TUNED = f"*/{FOLDER}/records"  # the trials of a tuning have a store of their own


@dataclass(frozen=True)
class Problem:
    """Something wrong with a stored file.

    Attributes:
        study: Name of the study's results folder.
        path: The file.
        problem: What is wrong.
        remedy: What --repair does about it, or what the user has to do.
        again: Whether a trial will run again.
    """

    study: str
    path: Path
    problem: str
    remedy: str
    again: bool = False


def examine(out: Path, names: Sequence[str] | None, *, repair: bool) -> list[Problem]:
    """Checks the results of studies and returns every problem, repaired or not.

    Args:
        out: Folder of all results.
        names: Names of the studies' folders, or of those of their tunings, `STUDY/tuning`; `None` for all in `out`.
        repair: Whether to move broken files to `DIR/STUDY/quarantine`, to rewrite old records in the present schema,
            and to delete half-written files and the checkpoints of finished trials.

    Raises:
        UserError: There are no results, a name is not a folder of results, or a folder can't be written.
    """
    found = folders(out)
    for name in names or ():
        if name not in found:
            raise unknown(f"folder of results in {out}", name, found)
    findings = []
    for name in names or found:
        store = Store(out / name)
        with one_line(store.folder):
            for finding, repair_file in _problems(store):
                findings.append(finding)
                if repair and repair_file:
                    repair_file()
    return findings


def folders(out: Path) -> list[str]:
    """The names of the folders of results in `out`: `STUDY`, and `STUDY/tuning` for a tuning.

    Raises:
        UserError: There are none.
    """
    found = sorted(str(path.parent.relative_to(out)) for path in (*out.glob("*/records"), *out.glob(TUNED)))
    if not found:
        raise UserError(f"{out} holds no results: set --out to the folder that `run` wrote to")
    return found


def _problems(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    """Yields each problem with the function that repairs it, or `None` if only the user can."""
    yield from _broken_records(store)
    yield from _results_without_record(store)
    yield from _leftovers(store)
    yield from _broken_locks(store)


def _broken_records(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    name = store.folder.name
    for path in sorted(store.records.glob("*.json")):
        answers = path.with_suffix(".npz")
        if old := _upgrade_schema_1(path):
            finding = Problem(name, path, "a record of schema 1, without a checksum", "rewritten in schema 2")
            yield finding, partial(write_atomically, path, text(old).encode())
            continue
        try:
            problem = _record_problem(store, read(path), path, answers)
        except Newer as error:
            remedy = "by hand: update this program; nothing is moved"
            yield Problem(name, path, str(error).removeprefix(f"{path} "), remedy), None
            continue
        except Broken as error:
            problem = str(error).removeprefix(f"{path} ")
        if problem:
            finding = Problem(name, path, problem, "moved to quarantine; its trial runs again", again=True)
            yield finding, partial(_quarantine, store, (path, answers))


def _record_problem(store: Store, record: Record, path: Path, answers: Path) -> str | None:
    """What is wrong with a record that can be read and has the right checksum; `None` if nothing is."""
    try:
        if store.path(record) != path:
            return f"its content belongs in {store.path(record).name}"
        if address({**record.configuration, **record.rounding.terms}) != record.address:
            return "its address does not match its configuration"
        if record.answers is None:
            return None
        if not answers.exists():
            return f"{answers.name} is missing beside it"
        return _answers_problem(record, read_answers(answers, record))
    except Broken as error:
        return str(error).removeprefix(f"{store.records}{os.sep}")
    except (KeyError, TypeError) as error:
        return f"it lacks {error}"


def _answers_problem(record: Record, bits: dict[str, np.ndarray]) -> str | None:
    """Whether the record's shares of right answers are those of the bits."""
    images = record.data["counts"]["test"]
    for metric in ("top1", "top5"):
        stated = record.metrics.get("test", {}).get(metric)
        share = float(np.unpackbits(bits[metric], count=images).mean())
        if stated is not None and abs(stated - share) > 0.5 / images:
            return f"its test {metric} is {stated:.4%}, but {share:.4%} of its answers are right"
    return None


def _results_without_record(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    """Finds per-example results without a record: the run was killed after writing them and before the record."""
    for path in sorted(store.records.glob("*.npz")):
        if not os.path.lexists(path.with_suffix(".json")):
            problem = "it has no record: the run was killed before writing one"
            finding = Problem(store.folder.name, path, problem, "moved to quarantine")
            yield finding, partial(_quarantine, store, (path,))


def _leftovers(store: Store) -> Iterator[tuple[Problem, Callable[[], object] | None]]:
    """Finds half-written files, and the checkpoints of finished trials."""
    for path in sorted(store.folder.rglob(".*.tmp")):
        if not _writer_runs(path):
            finding = Problem(store.folder.name, path, "half written by a process that was killed", "deleted")
            yield finding, partial(path.unlink, missing_ok=True)
    for path in sorted(store.running.glob("*/")):
        if path.name in _finished_addresses(store):  # a trial that was killed or timed out resumes from its checkpoints
            finding = Problem(store.folder.name, path, "checkpoints of a finished trial", "deleted")
            yield finding, partial(shutil.rmtree, path)


def _broken_locks(store: Store) -> Iterator[tuple[Problem, None]]:
    """Finds a lock that was changed, and one that records name and that is not there."""
    folder, remedy = store.folder / "locks", "by hand: locks are not repaired"
    try:
        found = {lock["lock"] for lock in locks.load_locks(store.folder)}
    except UserError as error:
        yield Problem(store.folder.name, folder, str(error), remedy), None
        return
    named: dict[str, int] = {}
    for record in _readable(store):
        if record.lock is not None:
            named[record.lock] = named.get(record.lock, 0) + 1
    for lock in sorted(named.keys() - found):
        problem = f"missing, and {counted(named[lock], 'records')} ran under it"
        yield Problem(store.folder.name, folder / f"{lock}.json", problem, f"{remedy}: restore the file"), None


def _finished_addresses(store: Store) -> set[str]:
    """The addresses of finished trials."""
    return {record.address for record in _readable(store) if record.status in FINAL}


def _readable(store: Store) -> Iterator[Record]:
    for path in sorted(store.records.glob("*.json")):
        with contextlib.suppress(Broken, Newer):
            yield read(path)


def _upgrade_schema_1(path: Path) -> Record | None:
    """The schema 2 form of a schema 1 record: the same content, with checksums. `None` for any other file."""
    try:
        record = parse_object(read_file(path, MOST_BYTES))
        if record.get("schema") != 1:
            return None
        answers = path.with_suffix(".npz")
        digest = hashlib.sha256(read_file(answers)).hexdigest() if answers.exists() else None
        upgraded = Record({**record, "schema": SCHEMA, "attempts": 1, "answers": digest})
        check_record(upgraded)
    except ValueError:  # no record that can be brought up
        return None
    return upgraded


def _quarantine(store: Store, files: Sequence[Path]):
    """Moves files to the quarantine folder, with a numbered suffix where a name is taken."""
    folder = store.folder / QUARANTINE
    folder.mkdir(exist_ok=True)
    for path in files:
        if os.path.lexists(path):  # a link that leads nowhere too
            places = (folder / f"{path.name}{suffix}" for suffix in ("", *(f".{n}" for n in range(1, 1000))))
            os.replace(path, next(place for place in places if not place.exists()))


def _writer_runs(temporary: Path) -> bool:
    """Whether the process that writes a temporary file still runs: its id is in the file's name."""
    number = temporary.name.split(".")[-2]
    return number.isdigit() and process_runs(number)
