"""What others measured of the same question, with its n and its source: the column `elsewhere` of the ledger."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ablations.evidence.findings import Finding
from ablations.study import Claim

FILE = Path(__file__).with_name("published.toml")
SHORT = 2  # so many results are listed in a cell; of more it has the range


@dataclass(frozen=True)
class Published:
    """A published result.

    Attributes:
        claims: `STUDY/VARIANT` of the claims that ask the same question.
        effect: In points of top-1, in the claim's direction.
        n: Trainings per arm.
        setting: Data, network, and the two numbers.
        source: Where it is published.
        second_hand: Whether it is quoted from a transcript and was not compared with the source.
    """

    claims: tuple[str, ...]
    effect: float
    n: int
    setting: str
    source: str
    second_hand: bool = False

    def __str__(self) -> str:
        quoted = "; second-hand" if self.second_hand else ""
        return f"{self.effect:+g} (n = {self.n}): {self.setting} ({self.source}{quoted})"


@cache
def published() -> tuple[Published, ...]:
    """All published results of the file, in its order."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["result"]
    return tuple(Published(**{**row, "claims": tuple(row["claims"])}) for row in rows)


def elsewhere(one: Finding) -> list[Published]:
    """The published results on a finding's claim; those that are about top-1 stand only beside claims about it."""
    if not isinstance(one.claim, Claim) or not one.claim.metric.startswith("top1"):
        return []
    key = f"{one.study.name}/{one.claim.variant}"
    return [row for row in published() if key in row.claims]


def elsewhere_cell(one: Finding) -> str:
    """The published effects in a few words: `+0.47, +1.18 (n = 1)`, or `-8.5 to +2.3 in 6 results (n = 1)`."""
    found = elsewhere(one)
    if not found:
        return "–"
    effects = sorted(row.effect for row in found)
    counts = sorted({row.n for row in found})
    n = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} to {counts[-1]}"
    if len(effects) <= SHORT:
        return f"{', '.join(f'{effect:+g}' for effect in effects)} ({n})"
    return f"{effects[0]:+g} to {effects[-1]:+g} in {len(effects)} results ({n})"
