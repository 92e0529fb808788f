"""Whether two sets of trials of one study agree: those of the repository and those that were trained again."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from ablations.evidence.claimed import facing
from ablations.evidence.sections import Section, scores
from ablations.statistics import Comparison, compare
from ablations.study.decimals import plain, signed
from ablations.study.measures import measure


@dataclass(frozen=True)
class Agreement:
    """A number of the committed results beside the same number trained again.

    Attributes:
        label: What it is: an arm, or the difference between two arms in the claim's direction.
        unit: Its unit.
        committed, mine: By seed.
        gap: Mine minus the committed ones, with Welch's interval over both sets of seeds.
    """

    label: str
    unit: str
    committed: Sequence[float]
    mine: Sequence[float]
    gap: Comparison

    @property
    def agrees(self) -> bool | None:
        """Whether the interval of the gap holds 0; `None` if there is no interval, with one seed in a set."""
        if not isfinite(self.gap.low):
            return None
        return self.gap.low <= 0 <= self.gap.high


def agreements(committed: Section, mine: Section) -> list[Agreement]:
    """Each arm of a study, then the differences between the arms that it compares, where both sets have results.

    Args:
        committed, mine: Sections of the same study. Differences are paired by seed within each of them.
    """
    study, about = mine.study, measure(mine.study.metric)
    found = []
    for arm in study.arms:
        both = [list(scores(part, arm.name, study.metric).values()) for part in (committed, mine)]
        if all(both):
            found.append(_agreement(arm.label, about.unit, *both))
    for one in mine.compared:
        way = facing(study, one)
        both = [_differences(part, one.baseline, one.variant, study.metric, way.sign) for part in (committed, mine)]
        if all(both):
            found.append(_agreement(f"{way.first} over {way.second}", about.unit, *both))
    return found


def sentence(found: Sequence[Agreement]) -> str:
    """Whether the last number, a difference between arms if the study compares any, agrees with the committed one."""
    if not found:
        return "No arm has results in both, so that there is nothing to compare"
    last = found[-1]
    if last.agrees is None:
        return f"{last.label}: one seed can't tell whether it agrees: type --seeds 2 or more"
    low, high = (signed(end, last.unit) for end in (last.gap.low, last.gap.high))
    interval = f"{plain(abs(last.gap.difference), last.unit)} {last.unit} apart, 95% interval {low} to {high}"
    if last.agrees:
        return f"Yours agree with the committed results: {last.label} is {interval}, which holds 0"
    return f"Yours do not agree with the committed results: {last.label} is {interval}, which does not hold 0"


def _differences(part: Section, baseline: str, variant: str, metric: str, sign: int) -> list[float]:
    """Differences in the claim's direction, of the seeds that both arms have."""
    first, second = scores(part, baseline, metric), scores(part, variant, metric)
    return [sign * (second[seed] - first[seed]) for seed in sorted(first.keys() & second.keys())]


def _agreement(label: str, unit: str, committed: list[float], mine: list[float]) -> Agreement:
    return Agreement(label, unit, committed, mine, compare(committed, mine, paired=False))
