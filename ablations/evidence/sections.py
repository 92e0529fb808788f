"""Sections of a study's results, and the comparisons in each section.

A section holds the trials that may be compared with each other: they have the same recipe, data set, backend and number
of devices, and ran under the same lock or under none.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ablations.records.declared import Declaration
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.records.tuning import tuned
from ablations.statistics import (
    Comparison,
    Effect,
    Interval,
    compare,
    crossed_interval,
    factorial_effects,
    holm,
    probability_of_improvement,
)
from ablations.study import Study
from ablations.study.measures import POINTS, measure


@dataclass(frozen=True)
class Evidence:
    """A variant compared with a baseline; differences are in the measure's unit.

    Attributes:
        baseline, variant: Names of the arms.
        metric: Name of the measure, see `ablations.study.measures`.
        found: The comparison over the seeds.
        p_holm: Its p-value after Holm's correction over all tests that the study declares.
        images: The interval over seeds and test images together; `None` with one seed, or if no answers to single
            images are stored.
        improvement: Probability that a trial of the variant has a greater value than one of the baseline.
    """

    baseline: str
    variant: str
    metric: str
    found: Comparison
    p_holm: float
    images: Interval | None
    improvement: float


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
    def title(self) -> str:
        """The profile, the number of devices, and whether hypothesis and seeds were fixed before these trials ran."""
        words = [self.profile, *self.records[0].rounding.words()]
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
        return weigh(self)

    @property
    def compared(self) -> list[Evidence]:
        """The comparisons in the metric of the primary claim: tables of variants and the forest plot show them."""
        return [one for one in self.evidence if one.metric == self.study.metric]

    @cached_property
    def effects(self) -> list[Effect]:
        """Main effects and interactions in points, for a full factorial with two or more complete seeds; else empty."""
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
        group = groups.setdefault((record.experiment, record.lock, one.differs, one.removed), {})
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
        f"Left out: {trials} trial{'s' * (trials > 1)} of {', '.join(names)}, which the study no longer declares; "
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
    own = (record for record in section.records if record.variant == variant)
    return {record.seed: record for record in own if measure(metric).of(record) is not None}


def weigh(section: Section) -> list[Evidence]:
    """Makes every declared test whose arms both have results, with one Holm correction over all declared tests."""
    study = section.study
    found = {}
    for test in study.tests:
        *pair, metric = test
        arms = _arms(section, pair, metric)
        if all(arms):
            of = measure(metric).of
            values = [[value for record in arm if (value := of(record)) is not None] for arm in arms]
            found[test] = (arms, values, _steady(compare(values[0], values[1], paired=study.paired)))
    # a declared test that can't be made yet still counts in the correction
    missing = [1.0] * (len(study.tests) - len(found))
    adjusted = holm([comparison.p_value for _, _, comparison in found.values()] + missing)
    return [
        Evidence(
            *test,
            found=comparison,
            p_holm=float(p_holm),
            images=_over_images(section, arms, test[-1]),
            improvement=probability_of_improvement(values[0], values[1]),
        )
        for (test, (arms, values, comparison)), p_holm in zip(found.items(), adjusted, strict=False)
    ]


def _steady(comparison: Comparison) -> Comparison:
    """Drops the last digits, in which machines differ, so that table and figure round a half the same way."""
    shown = {name: round(getattr(comparison, name), 9) for name in ("difference", "low", "high")}
    return replace(comparison, **shown)


def _arms(section: Section, pair: Sequence[str], metric: str) -> list[list[Record]]:
    """The records of both arms, sorted by seed; if trials are paired, only those of seeds that both arms have."""
    own = [done_trials(section, name, metric) for name in pair]
    both = own[0].keys() & own[1].keys()
    return [[arm[seed] for seed in sorted(arm) if seed in both or not section.study.paired] for arm in own]


def _over_images(section: Section, arms: list[list[Record]], metric: str) -> Interval | None:
    if not measure(metric).by_image or min(map(len, arms)) < 2:
        return None
    if not all(section.store.has_answers(record) for arm in arms for record in arm):
        return None
    right = [np.array([section.store.correct(record, metric) for record in arm]) for arm in arms]
    low, high = crossed_interval(*right, paired=section.study.paired)
    return Interval(POINTS * low, POINTS * high)
