"""The difference over the budget: the claim's pair at each rung that has results."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from ablations.evidence.weighing import Evidence, done_trials_of, weigh
from ablations.records.declared import belonging
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.study import Claim, Study
from ablations.study.measures import measure

TOP1 = "top1_or_chance"  # test top-1 in points; a trial that diverged counts as chance


@dataclass(frozen=True)
class Rung:
    """The pair of a claim at one budget.

    Attributes:
        epochs: The budget.
        evidence: The comparison of the pair in the claim's measure.
        top1: Test top-1 of each trial of baseline and variant, in points.
    """

    epochs: int
    evidence: Evidence
    top1: tuple[list[float], list[float]]

    @property
    def means(self) -> tuple[float, float]:
        """Mean test top-1 of baseline and variant, in points."""
        return fmean(self.top1[0]), fmean(self.top1[1])


def weigh_rungs(study: Study, store: Store, records: Sequence[Record]) -> dict[int, list[Evidence]]:
    """The tests of a study at each of its budgets, from records that were trained alike but for the budget."""
    found = {epochs: belonging(study.at(epochs), list(records)) for epochs in study.budgets}
    return {epochs: weigh(study.at(epochs), store, own) if own else [] for epochs, own in found.items()}


def rungs_of(study: Study, claim: Claim, weighed: dict[int, list[Evidence]], records: Sequence[Record]) -> list[Rung]:
    """The rungs of a claim at which both arms have results, the shortest first."""
    pair, made = study.claimed_pair(claim), []
    for epochs, evidence in weighed.items():
        own = belonging(study.at(epochs), list(records))
        one = next((one for one in evidence if (one.baseline, one.variant, one.metric) == (*pair, claim.metric)), None)
        top1 = [top1_of(own, name) for name in pair]
        if one is not None and all(top1):
            made.append(Rung(epochs, one, (top1[0], top1[1])))
    return made


def top1_of(records: Sequence[Record], variant: str) -> list[float]:
    """Test top-1 of a variant's trials in points, by seed; a trial that diverged counts as chance."""
    found = sorted(done_trials_of(records, variant, TOP1).items())
    return [value for _, record in found if (value := measure(TOP1).of(record)) is not None]
