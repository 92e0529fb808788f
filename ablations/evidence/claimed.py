"""A difference as a claim puts it: plus is as claimed. And in words, which name the arm that it favours."""

from typing import NamedTuple

from ablations.evidence.weighing import SEEDS, Evidence
from ablations.statistics import Comparison
from ablations.study import Claim, Study
from ablations.study.decimals import amount, counted, plain, signed
from ablations.study.measures import measure


class Difference(NamedTuple):
    """A mean difference and its 95% interval, in the unit of the claim's measure; plus is as claimed."""

    mean: float
    low: float
    high: float
    unit: str = "points"

    def __str__(self) -> str:
        low, high = (signed(end, self.unit) for end in (self.low, self.high))
        return signed(self.mean, self.unit) + (f" [{low}, {high}]" if self.low > -float("inf") else "")


def sign(claim: Claim) -> int:
    """What turns variant minus baseline into the claim's direction: 1, or -1 where the claim says that it is below 0.

    A claim of equality has no direction: there plus is in favour of the variant's number being the greater one.
    """
    if claim.direction == "equal":
        return 1
    return 1 if (claim.direction == "better") == measure(claim.metric).more_is_better else -1


def as_claimed(claim: Claim, found: Comparison) -> Difference:
    """The difference in the claim's direction."""
    unit = measure(claim.metric).unit
    if sign(claim) > 0:
        return Difference(found.difference, found.low, found.high, unit)
    return Difference(-found.difference, -found.high, -found.low, unit)


class Facing(NamedTuple):
    """How a comparison is turned: `sign` times variant minus baseline favours `first` where it is above 0.

    Attributes:
        claim: The claim in whose direction it is turned; `None` if no claim is about it: then the variant is `first`.
        sign: 1 or -1.
        first, second: The arms in words.
    """

    claim: Claim | None
    sign: int
    first: str
    second: str


def facing(study: Study, one: Evidence) -> Facing:
    """The direction in which a comparison is shown."""
    test = (one.baseline, one.variant, one.metric)
    claim = next((c for c in study.claims if (*study.claimed_pair(c), c.metric) == test), None)
    more = measure(one.metric).more_is_better
    turned = sign(claim) if claim else (1 if more else -1)
    labels = one.labels if (turned > 0) == more else one.labels[::-1]
    return Facing(claim, turned, first=labels[1], second=labels[0])


def claimed_words(claim: Claim, labels: tuple[str, str]) -> str:
    """What is claimed of the arms (baseline, variant): `average pooling better by 0.6`, `equal within 0.3`."""
    about = measure(claim.metric)
    unit = "" if about.name in PLAIN else about.unit
    if claim.direction == "equal":
        assert claim.margin is not None, "an equality has a margin"
        return f"equal within {amount(claim.margin, unit).strip()}"
    words = f"{labels[claim.direction == 'better']} {about.gains}"
    return words if claim.effect is None else f"{words} by {amount(abs(claim.effect), unit).strip()}"


def favours_variant(one: Evidence) -> bool:
    """Whether the mean difference favours the variant."""
    return (one.found.difference > 0) == measure(one.metric).more_is_better


def favoured(one: Evidence) -> str:
    """The label of the arm that the mean difference favours."""
    return one.labels[1] if favours_variant(one) else one.labels[0]


def in_words(one: Evidence) -> str:
    """Which arm is better, and by how much: `average pooling better by 2.89 [2.46, 3.33]`, with units but for top-1.

    Arms whose difference is 0 in print have `no difference [-0.31, 0.31]`.
    """
    about = measure(one.metric)
    unit = "" if about.name in PLAIN else f" {about.unit}"
    if _is_none(one):
        interval = _interval(one)
        return f"no difference{interval}{unit if interval else ''}"
    return f"{favoured(one)} {about.gains} by {_size(one)}{unit}"


def beside(one: Evidence) -> str:
    """The variant beside the baseline: `worse by 2.89 [2.46, 3.33]`."""
    if _is_none(one):
        return f"no difference{_interval(one)}"
    return f"{'better' if favours_variant(one) else 'worse'} by {_size(one)}"


def count_words(one: Evidence) -> str:
    """What n is: `8` for seeds, which go without saying, and `60 rounds` for steps that were timed in turn."""
    return str(one.found.n) if one.over == SEEDS else counted(one.found.n, one.over)


def over_images(one: Evidence) -> str:
    """The interval over seeds and images of the same difference as `in_words`; empty without one."""
    if one.images is None:
        return ""
    low, high = one.images if one.found.difference > 0 else (-one.images.high, -one.images.low)
    unit = measure(one.metric).unit
    return f"[{plain(low, unit)}, {plain(high, unit)}]"


def _size(one: Evidence) -> str:
    """The size of a difference with its interval: `2.89 [2.46, 3.33]`."""
    return f"{plain(abs(one.found.difference), measure(one.metric).unit)}{_interval(one)}"


def _is_none(one: Evidence) -> bool:
    """Whether the size is 0 with the digits that are shown."""
    unit = measure(one.metric).unit
    return plain(abs(one.found.difference), unit) == plain(0.0, unit)


def _interval(one: Evidence) -> str:
    """The interval behind the size, ` [2.46, 3.33]`; empty where there is none."""
    unit, (low, high) = measure(one.metric).unit, _ends(one)
    return f" [{plain(low, unit)}, {plain(high, unit)}]" if one.found.n > 1 and low > -float("inf") else ""


def _ends(one: Evidence) -> tuple[float, float]:
    """The interval of the difference's size, in the direction in which the mean is above 0."""
    found = one.found
    return (found.low, found.high) if found.difference > 0 else (-found.high, -found.low)


PLAIN = ("top1", "top5", "top1_or_chance", "validation_top1")  # points of accuracy go without saying
