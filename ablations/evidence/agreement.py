"""Whether two sets of trials of one study agree: those of the repository and those that were trained again."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from statistics import fmean

from ablations.evidence.claimed import facing
from ablations.evidence.sections import Section, scores
from ablations.evidence.weighing import Evidence
from ablations.statistics import Comparison, compare
from ablations.study import Study
from ablations.study.decimals import counted, plain, signed
from ablations.study.measures import measure


@dataclass(frozen=True)
class Agreement:
    """A number of the committed results beside the same number trained again.

    Attributes:
        label: What it is: an arm, or the difference between two arms in the claim's direction.
        unit: Its unit.
        committed, mine: By seed.
        gap: Mine minus the committed ones, with Welch's interval over both sets of seeds.
        room: How far the gap's interval may reach for the two to agree: of a difference between arms, the margin of the
            claim or the committed difference itself, whichever is larger. A wider one would hold 0 whatever came out.
    """

    label: str
    unit: str
    committed: Sequence[float]
    mine: Sequence[float]
    gap: Comparison
    room: float = inf

    @property
    def agrees(self) -> bool | None:
        """Whether the interval of the gap holds 0; `None` if that says nothing: with one seed, or if it is wide."""
        if not isfinite(self.gap.low):
            return None
        if not self.gap.low <= 0 <= self.gap.high:
            return False
        return True if max(-self.gap.low, self.gap.high) <= self.room else None


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
            found.append(_agreement(arm.label, about.unit, both[0], both[1]))
    for one in mine.compared:
        way = facing(study, one)
        both = [_differences(part, one.baseline, one.variant, study.metric, way.sign) for part in (committed, mine)]
        if all(both):
            room = max(abs(fmean(both[0])), _margin(study, one))
            found.append(_agreement(f"{way.first} over {way.second}", about.unit, both[0], both[1], room))
    return found


def sentence(found: Sequence[Agreement]) -> str:
    """Whether the last number, a difference between arms if the study compares any, agrees with the committed one."""
    if not found:
        return "No arm has results in both, so that there is nothing to compare"
    last = found[-1]
    if not isfinite(last.gap.low):
        return f"{last.label}: one seed can't tell whether it agrees: type --seeds 2 or more"
    low, high = (signed(end, last.unit) for end in (last.gap.low, last.gap.high))
    interval = f"{plain(abs(last.gap.difference), last.unit)} {last.unit} apart, 95% interval {low} to {high}"
    if last.agrees is None:
        fewer = f"{counted(len(last.mine), 'seeds')} can't tell whether yours agree with the committed results"
        return f"{fewer}: {last.label} is {interval}, too wide: type --seeds {2 * len(last.mine)} or more"
    if last.agrees:
        return f"Yours agree with the committed results: {last.label} is {interval}, which holds 0"
    return f"Yours do not agree with the committed results: {last.label} is {interval}, which does not hold 0"


def _differences(part: Section, baseline: str, variant: str, metric: str, sign: int) -> list[float]:
    """Differences in the claim's direction, of the seeds that both arms have."""
    first, second = scores(part, baseline, metric), scores(part, variant, metric)
    return [sign * (second[seed] - first[seed]) for seed in sorted(first.keys() & second.keys())]


def _margin(study: Study, one: Evidence) -> float:
    """The margin of the claim that a comparison is about; 0 without one."""
    test = (one.baseline, one.variant, one.metric)
    margins = (claim.margin for claim in study.claims if (*study.claimed_pair(claim), claim.metric) == test)
    return next((margin for margin in margins if margin is not None), 0.0)


def _agreement(label: str, unit: str, committed: list[float], mine: list[float], room: float = inf) -> Agreement:
    return Agreement(label, unit, committed, mine, compare(committed, mine, paired=False), room)
