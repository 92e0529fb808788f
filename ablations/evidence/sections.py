"""Sections of a study's results, and the comparisons in each section.

A section holds the trials that may be compared with each other: they have the same recipe, data set, backend and number
of devices, and ran under the same lock or under none.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ablations.evidence.rungs import weigh_rungs
from ablations.evidence.weighing import Evidence, done_trials_of, weigh
from ablations.records.declared import Declaration
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.records.tuning import tuned
from ablations.statistics import Effect, factorial_effects
from ablations.study import Study
from ablations.study.decimals import counted
from ablations.study.measures import measure

__all__ = ["Evidence", "Section", "done_trials", "scores", "sections"]


@dataclass(frozen=True, eq=False)
class Section:
    """Trials that may be compared with each other, and their comparisons.

    Attributes:
        study: The study as it is declared now.
        store: Where the records are.
        records: Sorted by arm and seed; those of the study as declared now have its present names.
        differs: What was declared otherwise when these trials ran; empty for the study as declared now.
        removed: Whether they are of variants that the study no longer declares.
        left_out: A sentence about such trials that are not shown; in the first section only, else empty.
    """

    study: Study
    store: Store
    records: list[Record]
    differs: str = ""
    removed: bool = False
    left_out: str = ""

    @property
    def profile(self) -> str:
        return self.records[0].profile

    @property
    def lock(self) -> str | None:
        return self.records[0].lock

    @property
    def epochs(self) -> int:
        return self.records[0].recipe["epochs"]

    @property
    def title(self) -> str:
        """The profile, the devices, the rung, and whether hypothesis and seeds were fixed before these trials ran."""
        words = [self.profile, *self.records[0].rounding.words()]
        if self.study.rungs and not self.differs:
            words.append(counted(self.epochs, "epochs"))
        if self.removed:
            words.append("variants no longer declared")
        if self.differs:
            words.append(f"declared otherwise before ({self.differs})")
        if self.study.hypothesis is not None:
            words.append(f"locked as {self.lock}" if self.lock else "exploratory")
        return ", ".join(words)

    @property
    def variants(self) -> list[str]:
        """Names of the arms that have records, the baseline first."""
        return list(dict.fromkeys(record.variant for record in self.records))

    @property
    def baseline(self) -> str | None:
        """The arm that changes nothing; `None` if it has no record."""
        return next((record.variant for record in self.records if not record.changed), None)

    @cached_property
    def evidence(self) -> list[Evidence]:
        """The study's tests whose arms both have results."""
        return weigh(self.study, self.store, self.records)

    @property
    def compared(self) -> list[Evidence]:
        """The comparisons in the metric of the primary claim: tables of variants and the forest plot show them."""
        return [one for one in self.evidence if one.metric == self.study.metric]

    @cached_property
    def rungs(self) -> dict[int, list[Evidence]]:
        """The study's tests at each of its budgets, from trials like these but for the budget; empty without rungs."""
        if not self.study.rungs or self.differs or self.epochs != self.study.recipe.epochs:
            return {}
        alike = [r for r in self.store.load() if (r.rounding, r.lock) == (self.records[0].rounding, self.lock)]
        return weigh_rungs(self.study, self.store, alike)

    @cached_property
    def effects(self) -> list[Effect]:
        """Main effects and interactions in the claim's measure, of a full factorial with two complete seeds or more."""
        if self.study.design != "full_factorial" or len(self.study.factors) < 2:
            return []
        cells = [scores(self, arm.name, self.study.metric) for arm in self.study.arms]
        seeds = sorted(set.intersection(*(set(cell) for cell in cells)))
        if len(seeds) < 2:
            return []
        levels = [len(factor.levels) for factor in self.study.factors]
        return factorial_effects(np.array([[cell[seed] for cell in cells] for seed in seeds]).reshape(-1, *levels))


def sections(store: Store, study: Study, *, removed: bool = False) -> list[Section]:
    """Groups the records of a store by experiment, lock and what was declared otherwise (`records.declared`).

    The study as declared now comes first: full size before others, locked trials before the rest. Then come trials
    that were declared otherwise. Those of variants that the study no longer declares are left out unless `removed` is
    true, or nothing else is there; a sentence in the first section says so.
    """
    study = tuned(study, store.folder)
    declaration, groups = Declaration(study, store.folder), {}  # type: ignore[var-annotated]
    for record in store.load():
        one = declaration.standing(record)
        group = groups.setdefault((one.record.experiment, record.lock, one.differs, one.removed), {})
        group[record.address, one.record.variant] = one.record
    made = []
    for (_, _, differs, gone), group in groups.items():
        own = sorted(group.values(), key=lambda r: (r.arm, r.seed))
        made.append(Section(study, store, own, differs=differs, removed=gone))
    made.sort(key=_place)
    shown = [section for section in made if removed or not section.removed] or made
    if len(shown) < len(made):
        shown[0] = replace(shown[0], left_out=_left_out([one for one in made if one not in shown]))
    return shown


def _left_out(parts: list[Section]) -> str:
    names = dict.fromkeys(record.variant for part in parts for record in part.records)
    trials = sum(len(part.records) for part in parts)
    return (
        f"Left out: {counted(trials, 'trials')} of {', '.join(names)}, which the study no longer declares; "
        "`report --removed` shows them"
    )


def _place(section: Section) -> tuple:
    first = section.records[0]
    return (
        section.removed,
        bool(section.differs),
        section.profile != "full",
        section.profile,
        section.lock or "~",
        -section.epochs if section.study.rungs else 0,  # the last rung, at which claims are judged, is first
        first.rounding.replicas,
        first.rounding.dispatch != "step",
        section.differs,
    )


def scores(section: Section, variant: str, metric: str) -> dict[int, float]:
    """By seed, the value of a measure for a variant's trials, such as the test accuracy in points."""
    of = measure(metric).of
    found = done_trials(section, variant, metric).items()
    return {seed: value for seed, record in found if (value := of(record)) is not None}


def done_trials(section: Section, variant: str, metric: str) -> dict[int, Record]:
    """By seed, the records of a variant that have a value of the measure."""
    return done_trials_of(section.records, variant, metric)
