"""From records to what they show: the comparisons of a study, section by section of its results.

A section holds the trials that may be compared with each other: one recipe, one data set, one backend, as many
devices for each, and run under one lock or under none.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ablations.records import Store
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
from ablations.trials import replicas

POINTS = 100  # accuracies are shares in records and points in comparisons


@dataclass(frozen=True)
class Evidence:
    """A variant beside a baseline, over the seeds that both have; differences are in points.

    Attributes:
        baseline, variant: Names of the arms.
        metric: `top1` or `top5`, on the test split.
        found: The comparison over the seeds.
        p_holm: Its p-value after Holm's correction over all comparisons that the study declares.
        images: The interval over seeds and test images together; `None` with one seed, or without the answers to
            single images.
        improvement: Probability that a trial of the variant beats one of the baseline.
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
    """Trials that may be compared with each other, and what comes of it.

    Attributes:
        study: The study as it is declared now.
        store: Where the records are.
        records: Sorted by arm and seed.
    """

    study: Study
    store: Store
    records: list[dict]

    @property
    def profile(self) -> str:
        return self.records[0]["profile"]

    @property
    def lock(self) -> str | None:
        return self.records[0].get("lock")

    @property
    def title(self) -> str:
        """The profile, how many devices, and whether hypothesis and seeds were fixed before these trials ran."""
        devices = replicas(self.records[0])
        words = [self.profile] if devices == 1 else [self.profile, f"{devices} devices a trial"]
        if self.study.claim is not None:
            words.append(f"locked as {self.lock}" if self.lock else "exploratory")
        return ", ".join(words)

    @property
    def variants(self) -> list[str]:
        """In the study's order, the baseline first."""
        return list(dict.fromkeys(record["variant"] for record in self.records))

    @property
    def baseline(self) -> str | None:
        """The arm that overrides nothing; `None` where it has no record."""
        return next((record["variant"] for record in self.records if not record["overrides"]), None)

    @cached_property
    def evidence(self) -> list[Evidence]:
        """The study's comparisons for which there are trials of both arms."""
        return weigh(self, self.study.claim.metric if self.study.claim else "top1")

    @cached_property
    def effects(self) -> list[Effect]:
        """Main effects and interactions in points, where the design is a full factorial and two seeds are complete."""
        if self.study.design != "full_factorial" or len(self.study.factors) < 2:
            return []
        cells = [scores(self, arm.name, "top1") for arm in self.study.arms]
        seeds = sorted(set.intersection(*(set(cell) for cell in cells)))
        if len(seeds) < 2:
            return []
        levels = [len(factor.levels) for factor in self.study.factors]
        return factorial_effects(np.array([[cell[seed] for cell in cells] for seed in seeds]).reshape(-1, *levels))


def sections(store: Store, study: Study) -> list[Section]:
    """The records of a store by experiment and lock: the full size first, the locked trials before the others."""
    groups: dict[tuple, list[dict]] = {}
    for record in store.load():
        groups.setdefault((record["experiment"], record.get("lock")), []).append(record)
    made = [Section(study, store, sorted(group, key=lambda r: (r["arm"], r["seed"]))) for group in groups.values()]
    return sorted(made, key=_place)


def _place(section: Section) -> tuple:
    return section.profile != "full", section.profile, section.lock or "~", replicas(section.records[0])


def scores(section: Section, variant: str, metric: str) -> dict[int, float]:
    """By seed the test accuracy, in points, of the trials of a variant that are done."""
    return {seed: POINTS * record["metrics"]["test"][metric] for seed, record in done(section, variant, metric).items()}


def done(section: Section, variant: str, metric: str) -> dict[int, dict]:
    """By seed the records of a variant with an accuracy."""
    own = (record for record in section.records if record["variant"] == variant and record["status"] == "done")
    return {record["seed"]: record for record in own if metric in record["metrics"].get("test", {})}


def weigh(section: Section, metric: str) -> list[Evidence]:
    """Every comparison that the study declares and for which there are trials, with one correction over all."""
    study = section.study
    found = {}
    for pair in study.pairs:
        arms = _arms(section, pair, metric)
        if all(arms):
            values = [[POINTS * record["metrics"]["test"][metric] for record in arm] for arm in arms]
            found[pair] = (arms, values, compare(*values, paired=study.paired))
    # a declared comparison that can't be made yet counts in the correction all the same
    missing = [1.0] * (len(study.pairs) - len(found))
    adjusted = holm([comparison.p_value for _, _, comparison in found.values()] + missing)
    return [
        Evidence(
            *pair,
            metric,
            found=comparison,
            p_holm=float(p_holm),
            images=_over_images(section, arms, metric),
            improvement=probability_of_improvement(*values),
        )
        for (pair, (arms, values, comparison)), p_holm in zip(found.items(), adjusted, strict=False)
    ]


def _arms(section: Section, pair: tuple[str, str], metric: str) -> list[list[dict]]:
    """The records of both arms, sorted by seed; where trials pair, those of the seeds that both have."""
    own = [done(section, name, metric) for name in pair]
    both = own[0].keys() & own[1].keys()
    return [[arm[seed] for seed in sorted(arm) if seed in both or not section.study.paired] for arm in own]


def _over_images(section: Section, arms: list[list[dict]], metric: str) -> Interval | None:
    if min(map(len, arms)) < 2 or not all(section.store.has_answers(record) for arm in arms for record in arm):
        return None
    right = [np.array([section.store.correct(record, metric) for record in arm]) for arm in arms]
    low, high = crossed_interval(*right, paired=section.study.paired)
    return Interval(POINTS * low, POINTS * high)
