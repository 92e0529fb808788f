"""A whole run: times every case and writes the files."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from ablations.data import datasets
from ablations.environment import commit, fastest_precision
from ablations.files import write_files
from ablations.runner.resources import grow
from benchmarks import clock, folder, page, table
from benchmarks.cases import Case
from benchmarks.contestants import Contestant
from benchmarks.folder import Measured, Origin
from inception_keras.backend import load_backend
from inception_keras.errors import UserError


def run(
    cases: Iterable[Case],
    contestants: Mapping[str, Contestant],
    *,
    rounds: int,
    seconds: float,
    out: Path,
    busy: float = 0.0,
    fast: str | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> str:
    """Times the cases, writes the files into `out` after each, and returns the page.

    Cases that `out` has from an earlier run on the same machine stay, but for those that are timed again.

    Args:
        cases: What to time.
        contestants: All contestants, by name.
        rounds, seconds: See `clock.measure`.
        out: Folder of the files.
        busy: See `folder.Origin`.
        fast: The precision that is fast here; `None` to ask the machine.
        tell: Called with a sentence about the progress.

    Raises:
        UserError: Nothing could be timed, with the reasons; or see `folder.begun` and `folder.check_replaced`.
    """
    fast = fast or fastest_precision()
    with _environment_kept():
        grow()  # JAX would reserve most of a GPU, which the contestants need
        load_backend()  # nothing is timed yet, so this disturbs nothing
        made = folder.begun(out, folder.this_machine())
    cases = list(cases)
    folder.check_replaced(made, cases, rounds, out)
    text, reasons = "", []
    for case in cases:
        rows, notes = _case(case, contestants, rounds, seconds, fast, tell)
        for note in notes:
            tell(note)
        reasons += notes
        made = made.with_case(case.name, rows, Origin(case.why, commit(), busy, tuple(notes)))
        if rows:
            text = write(made, out)
    if not text:
        raise UserError("nothing could be timed: " + "; ".join(dict.fromkeys(reasons)))
    return text


def write(made: Measured, out: Path) -> str:
    """Writes all files of the folder and returns the page."""
    summary, best = table.summarize(made.rounds), table.against_best(made.rounds)
    text = page.render(summary, best, made.machine, made.origins)
    write_files(out, {**made.files(), "table.csv": summary.to_csv(index=False), "table.md": text})
    return text


@contextlib.contextmanager
def _environment_kept() -> Iterator[None]:
    """Restores the environment afterwards, so that contestants start with the user's and not with our settings."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _case(
    case: Case, contestants: Mapping[str, Contestant], rounds, seconds, fast, tell
) -> tuple[list[dict], list[str]]:
    notes = []
    if case.precision == "bfloat16" != fast:
        return [], ["the cases in bfloat16 are left out: nothing here multiplies it, and emulation says nothing"]
    if case.dataset:
        try:
            datasets.check_dataset(case.dataset, case.data_dir)
        except UserError as error:
            return [], [f"{case.name} is left out: {error}"]
    present = {name: contestants[name] for name in case.contestants if not contestants[name].missing}
    absent = [name for name in case.contestants if name not in present]
    for install in dict.fromkeys(contestants[name].install for name in absent):
        without = [name for name in absent if contestants[name].install == install]
        packages = dict.fromkeys(package for name in without for package in contestants[name].missing)
        notes.append(f"{', '.join(without)} left out: {' and '.join(packages)} not installed; {install}")
    found, failed = clock.measure(case, present, rounds=rounds, seconds=seconds, tell=tell)
    first = case.contestants[0]
    if first not in {row["contestant"] for row in found}:
        return [], [*notes, *failed, f"{case.name} is left out: without {first} there is nothing that ratios are to"]
    return found, notes + failed
