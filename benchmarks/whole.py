"""A whole run: times every case and writes the files."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from ablations.data import datasets
from ablations.environment import fastest_precision
from ablations.files import write_files
from ablations.runner.resources import grow
from benchmarks import clock, page, table
from benchmarks.cases import Case
from benchmarks.contestants import Contestant
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

    Args:
        cases: What to time.
        contestants: All contestants, by name.
        rounds, seconds: See `clock.measure`.
        out: Folder of the files.
        busy: See `page.machine`.
        fast: The precision that is fast here; `None` to ask the machine.
        tell: Called with a sentence about the progress.

    Raises:
        UserError: Nothing could be timed; the message has the reasons.
    """
    rows, notes, whys, text, fast = [], [], {}, "", fast or fastest_precision()
    for case in cases:
        whys[case.name] = case.why
        found, reasons = _case(case, contestants, rounds, seconds, fast, tell)
        notes += [reason for reason in reasons if reason not in notes]
        for reason in reasons:
            tell(reason)
        rows += found
        if rows:
            timings = pd.DataFrame(rows)
            summary, best = table.summarize(timings), table.against_best(timings)
            with _environment_kept():
                grow()  # JAX would reserve most of a GPU, which the contestants of the next case need
                load_backend()  # no contestant runs now, so this disturbs none
            text = page.render(summary, best, whys, page.machine(busy), notes)
            files = {"timings.csv": timings.to_csv(index=False), "table.csv": summary.to_csv(index=False)}
            write_files(out, {**files, "table.md": text})
    if not rows:
        raise UserError("nothing could be timed: " + "; ".join(notes))
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
