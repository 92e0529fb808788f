"""What a folder of timings keeps: the rounds of each case and where they come from, so that a later run adds to it."""

import contextlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from importlib import metadata
from pathlib import Path

import pandas as pd

from ablations import environment
from benchmarks.cases import CASES, Case
from inception_keras.errors import UserError

ROUNDS, ABOUT = "timings.csv", "about.json"
COLUMNS = frozenset({"case", "unit", "contestant", "round", "steps", "seconds", "images", "macs", "params", "device"})


@dataclass(frozen=True)
class Machine:
    """The machine that was timed.

    Attributes:
        hardware, versions: In words.
        instructions: The fastest that its processor multiplies matrices with, as Linux names them, if they are known.
    """

    hardware: str
    instructions: str | None
    versions: str


@dataclass(frozen=True)
class Origin:
    """Where the rounds of a case come from.

    Attributes:
        why: The case in words.
        commit: The commit of the code, if it is known.
        busy: Fraction of the processors that other work used right before the run.
        notes: Sentences about contestants that are left out.
    """

    why: str
    commit: str | None
    busy: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measured:
    """The rounds of all cases of a folder.

    Attributes:
        machine: The one machine that all cases were timed on, with the same versions.
        origins: By case, also of those that gave no rounds.
        rounds: Rows of `clock.measure`, in the order of the cases.
    """

    machine: Machine
    origins: dict[str, Origin]
    rounds: pd.DataFrame

    def with_case(self, name: str, rows: Iterable[dict], origin: Origin) -> "Measured":
        """With a case in place of its earlier rounds, whole: a ratio is of contestants that ran in turn.

        A case that gave no rounds takes no earlier ones away.
        """
        found = pd.DataFrame(rows)
        if found.empty and name in set(self.rounds["case"]):
            return self
        kept = self.rounds[self.rounds["case"] != name]
        parts = [part for part in (kept, found) if not part.empty]
        rounds = pd.concat(parts, ignore_index=True) if parts else self.rounds
        order = {case.name: place for place, case in enumerate(CASES)}
        rounds = rounds.sort_values("case", key=lambda names: names.map(order), kind="stable", ignore_index=True)
        return replace(self, origins={**self.origins, name: origin}, rounds=rounds)

    def files(self) -> dict[str, str]:
        """The contents of the files that `read` reads, by name."""
        about = {**asdict(self.machine), "cases": {name: asdict(origin) for name, origin in self.origins.items()}}
        return {ROUNDS: self.rounds.to_csv(index=False), ABOUT: json.dumps(about, indent=1) + "\n"}


def check_replaced(made: Measured, cases: Iterable[Case], rounds: int, out: Path):
    """Protects measured cases from a quick look at them.

    Raises:
        UserError: A case has more rounds or other contestants in the folder than this run would put in their place.
    """
    for case in cases:
        there = made.rounds[made.rounds["case"] == case.name]
        if there.empty:
            continue
        lost = [name for name in there["contestant"].unique() if name not in case.contestants]
        if there["round"].max() > rounds:
            lost.append(f"{there['round'].max()} rounds")
        if lost:
            raise UserError(
                f"the table in {out} has {', '.join(lost)} of {case.name}, and this run would put less in their place: "
                "choose another --out, such as --out build/benchmarks, or time as much"
            )


def this_machine() -> Machine:
    """This machine. Loads Keras's backend, so call it only while nothing is timed."""
    found = environment.versions()
    with contextlib.suppress(metadata.PackageNotFoundError):
        found["torchvision"] = metadata.version("torchvision")
    hardware = environment.hardware()
    words = f"{environment.hardware_words(hardware)}; Keras on {hardware['backend']}"
    return Machine(words, environment.processor_kind(), environment.versions_words(found))


def begun(out: Path, machine: Machine) -> Measured:
    """What a run on this machine adds to: what the folder holds, or nothing in a new one.

    Raises:
        UserError: The folder's rounds are of another machine or other versions, or see `read`.
    """
    if not (out / ROUNDS).is_file():
        return Measured(machine, {}, pd.DataFrame(columns=["case"]))
    found = read(out)
    for field in fields(Machine):
        there, here = getattr(found.machine, field.name), getattr(machine, field.name)
        if there != here:
            raise UserError(
                f"the table in {out} has other {field.name}, {there!r} and here {here!r}, and times of the two can't "
                "be compared: choose another --out, such as --out build/benchmarks"
            )
    return found


def read(out: Path) -> Measured:
    """What the folder holds.

    Raises:
        UserError: Its files are not of this bench.
    """
    try:
        about = json.loads((out / ABOUT).read_text(encoding="utf-8"))
        cases = {name: Origin(**{**one, "notes": tuple(one["notes"])}) for name, one in about.pop("cases").items()}
        found = Measured(Machine(**about), cases, pd.read_csv(out / ROUNDS))
        if not set(found.rounds) >= COLUMNS:
            raise ValueError
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise UserError(f"{out / ROUNDS} is not a table of this bench: choose another --out, or remove it") from None
    return found
