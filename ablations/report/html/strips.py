"""A difference as a strip, a drawing as high as a line: its interval with zero, the margin and the claimed size.

All strips of a page in the same unit have the same scale, so that their lengths can be compared.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from ablations.evidence.claimed import as_claimed, in_words
from ablations.evidence.findings import Finding
from ablations.evidence.weighing import Evidence
from ablations.report.formats import minus
from ablations.report.html.alt_text import spoken_interval
from ablations.study import Claim
from ablations.study.decimals import TWO, signed
from ablations.study.measures import measure

WIDTH = 240  # units of the drawing, which scales to the width of its place


@dataclass(frozen=True)
class Strip:
    """A strip; positions are from 0 to `WIDTH`, and `None` for what is not drawn.

    Attributes:
        words: The same as text.
        zero, mean, claimed: Positions of the line at zero, of the measured difference and of the claimed one.
        ends: Both ends of the interval over seeds.
        margin: Both ends of the range that counts as equal.
        low, high: Labels at the ends of the strip.
    """

    words: str
    zero: float
    mean: float
    ends: tuple[float, float] | None
    margin: tuple[float, float] | None
    claimed: float | None
    low: str
    high: str


def scales(found: Iterable[Finding]) -> dict[str, tuple[float, float]]:
    """By unit, the range that holds the strips of all these claims."""
    values: dict[str, list[float]] = {}
    for one in found:
        if one.evidence is not None and isinstance(one.claim, Claim):
            values.setdefault(measure(one.claim.metric).unit, []).extend(_values(one.claim, one.evidence))
    return {unit: _with_room(own) for unit, own in values.items()}


def strip(one: Finding, scales: Mapping[str, tuple[float, float]]) -> Strip | None:
    """The strip of a finding; `None` if it has no comparison.

    Args:
        one: The finding on a claim.
        scales: The range shown by unit, see `scales`.
    """
    if one.evidence is None or not isinstance(one.claim, Claim):  # an ordering is not about two arms
        return None
    return strip_of(one.claim, one.evidence, scales[measure(one.claim.metric).unit])


def strip_of(claim: Claim, evidence: Evidence, scale: tuple[float, float] | None = None) -> Strip:
    """The strip of a claim; `scale` is the range shown, by default just what the claim needs."""
    found = as_claimed(claim, evidence.found)
    ends = _ends(claim, evidence)
    margin = (-claim.margin, claim.margin) if claim.margin is not None else None
    size = abs(claim.effect) if claim.effect is not None else None
    unit = measure(claim.metric).unit
    low, high = scale or _with_room(_values(claim, evidence))

    def place(value: float) -> float:
        return round(WIDTH * (value - low) / (high - low), 2)

    words = f"{in_words(evidence)}; as claimed {minus(signed(found.mean, unit))} {unit}"
    words += f", 95% interval {spoken_interval(ends, partial(signed, unit=unit))}" if ends else ""
    words += f"; within {claim.margin:g} counts as equal" if margin else ""
    words += f"; claimed {size:+g}" if size is not None else ""
    return Strip(
        words,
        zero=place(0.0),
        mean=place(found.mean),
        ends=(place(ends[0]), place(ends[1])) if ends else None,
        margin=(place(margin[0]), place(margin[1])) if margin else None,
        claimed=place(size) if size is not None else None,
        low=minus(f"{low:+.1f}" if unit in TWO else signed(low, unit)),
        high=minus(f"{high:+.1f}" if unit in TWO else signed(high, unit)),
    )


def _ends(claim: Claim, evidence: Evidence) -> tuple[float, float] | None:
    """The interval in the claim's direction; `None` if there is none."""
    found = as_claimed(claim, evidence.found)
    return (found.low, found.high) if evidence.found.n > 1 and math.isfinite(found.low) else None


def _values(claim: Claim, evidence: Evidence) -> list[float]:
    """All numbers that a strip shows."""
    values = [0.0, as_claimed(claim, evidence.found).mean, *(_ends(claim, evidence) or ())]
    values += [-claim.margin, claim.margin] if claim.margin is not None else []
    return values + ([abs(claim.effect)] if claim.effect is not None else [])


def _with_room(values: list[float]) -> tuple[float, float]:
    room = 0.08 * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room
