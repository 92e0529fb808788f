"""Times the contestants of a case in rounds: each runs once per round, so that all see the same machine."""

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks.cases import PARTS, Case
from benchmarks.contestants import Contestant
from benchmarks.process import Failed, Process


class Turn(NamedTuple):
    """A round of a contestant: its seconds, and those of `PARTS` if it began with the start of a process."""

    seconds: float
    parts: dict[str, float]


class Entrants:
    """The contestants of one case, each warm in its process.

    Attributes:
        facts: `Task.facts` by contestant.
        steps: Steps per round by contestant.
        notes: One sentence per contestant that is left out.
    """

    def __init__(self, case: Case, contestants: Mapping[str, Contestant], seconds: float, stack: ExitStack):
        self.case, self.contestants, self.seconds = case, contestants, seconds
        self.facts, self.steps, self.notes, self._stack, self._processes = {}, {}, [], stack, {}

    @property
    def names(self) -> list[str]:
        return list(self.facts)

    def enter(self):
        """Starts and warms up all contestants in parallel; then, one at a time, finds the steps that fill a round."""
        processes = {name: self._start(name) for name in self.contestants}
        with ThreadPoolExecutor(max(1, len(processes))) as pool:
            warm = {name: pool.submit(self._warm_up, process) for name, process in processes.items()}
        for name, process in processes.items():
            try:
                facts = warm[name].result()
                # in a fresh process the timed work ends with the first step
                steps = facts["steps"] or (1 if self.case.unit == "s" else self._fill(process.run(1)))
            except Failed as error:
                self.leave(name, error)
                continue
            self.facts[name], self.steps[name], self._processes[name] = facts, steps, process
            if self.case.fresh:
                process.close()

    def leave(self, name: str, error: Failed):
        """Leaves a contestant out and notes why."""
        self.notes.append(f"{self.case.name}: {name} is left out: {error}")
        self.facts.pop(name, None)

    def turn(self, name: str) -> Turn:
        """Runs one round of a contestant."""
        if not self.case.fresh:
            return Turn(self._processes[name].run(self.steps[name]), {})
        begun = time.perf_counter()  # the same clock in all processes of a machine
        process = self._start(name)
        facts = process.facts()
        first = process.run(1)
        seconds = time.perf_counter() - begun
        step = process.run(1)
        process.close()
        parts = facts["loaded"] - begun, facts["prepared"] - facts["loaded"], first - step, step
        return Turn(seconds, dict(zip(PARTS, parts, strict=True)))

    def _warm_up(self, process: Process) -> dict[str, object]:
        facts = process.facts()
        process.run(self.case.warm_up)
        return facts

    def _start(self, name: str) -> Process:
        process = Process(self.contestants[name], self.case)
        self._stack.callback(process.close)
        return process

    def _fill(self, step: float) -> int:
        return max(1, math.ceil(self.seconds / step))


def measure(
    case: Case,
    contestants: Mapping[str, Contestant],
    *,
    rounds: int,
    seconds: float,
    tell: Callable[[str], None] = lambda sentence: None,
) -> tuple[list[dict], list[str]]:
    """Times a case.

    Args:
        case: What to time.
        contestants: By name; ratios are to the first.
        rounds: Rounds per contestant.
        seconds: Least seconds per round, if the task does not give its steps.
        tell: Called with a sentence about the progress.

    Returns:
        One row per contestant and round, with its steps and their seconds, and those of `PARTS` if it has any; one
        sentence per contestant that failed.
    """
    rows = []
    with ExitStack() as stack:
        entrants = Entrants(case, contestants, seconds, stack)
        tell(f"{case.name}: {', '.join(contestants)} get ready")
        entrants.enter()
        for number in range(rounds):
            tell(f"{case.name}: round {number + 1} of {rounds}")
            for name in rotated(entrants.names, number):
                try:
                    rows.append(_row(case, name, number, entrants, entrants.turn(name)))
                except Failed as error:
                    entrants.leave(name, error)
    return rows, entrants.notes


def rotated(names: list[str], number: int) -> list[str]:
    """The names in the order of round `number`: each round starts with another one, so that none is always first.

    >>> rotated(["a", "b", "c"], 1)
    ['b', 'c', 'a']
    """
    start = number % len(names) if names else 0
    return names[start:] + names[:start]


def _row(case: Case, name: str, number: int, entrants: Entrants, turn: Turn) -> dict:
    steps, facts = entrants.steps[name], entrants.facts[name]
    own = {key: facts[key] for key in ("images", "macs", "params", "device")}
    return {
        "case": case.name,
        "unit": case.unit,
        "contestant": name,
        "round": number + 1,
        "steps": steps,
        "seconds": turn.seconds,
        **turn.parts,
        **own,
    }
