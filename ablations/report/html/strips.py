"""A difference as a strip, a drawing as high as a line: its interval with zero, the margin and the claimed size."""

import math
from dataclasses import dataclass

from ablations.evidence.claimed import as_claimed, in_words
from ablations.evidence.findings import Finding
from ablations.evidence.weighing import Evidence
from ablations.report.formats import minus
from ablations.report.html.alt_text import spoken_interval
from ablations.study import Claim
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


def strip(one: Finding) -> Strip | None:
    """The strip of a finding; `None` if it has no comparison."""
    if one.evidence is None or not isinstance(one.claim, Claim):  # an ordering is not about two arms
        return None
    return strip_of(one.claim, one.evidence)


def strip_of(claim: Claim, evidence: Evidence) -> Strip:
    """The strip of a claim."""
    found = as_claimed(claim, evidence.found)
    ends = (found.low, found.high) if evidence.found.n > 1 and math.isfinite(found.low) else None
    margin = (-claim.margin, claim.margin) if claim.margin is not None else None
    size = abs(claim.effect) if claim.effect is not None else None
    values = [0.0, found.mean, *(ends or ()), *(margin or ())]
    values += [size] if size is not None else []
    room = 0.08 * (max(values) - min(values)) or 1.0
    low, high = min(values) - room, max(values) + room

    def place(value: float) -> float:
        return round(WIDTH * (value - low) / (high - low), 2)

    unit = measure(claim.metric).unit
    words = f"{in_words(evidence)}; as claimed {minus(f'{found.mean:+.2f}')} {unit}"
    words += f", 95% interval {spoken_interval(ends, '+.2f')}" if ends else ""
    words += f"; within {claim.margin:g} counts as equal" if margin else ""
    words += f"; claimed {size:+g}" if size is not None else ""
    return Strip(
        words,
        zero=place(0.0),
        mean=place(found.mean),
        ends=(place(ends[0]), place(ends[1])) if ends else None,
        margin=(place(margin[0]), place(margin[1])) if margin else None,
        claimed=place(size) if size is not None else None,
        low=minus(f"{low:+.1f}"),
        high=minus(f"{high:+.1f}"),
    )
