"""Compares the arms of a study: every declared test, from records that may be compared with each other."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ablations.evidence.correction import Test, correct
from ablations.evidence.mechanism import Training, training
from ablations.records.paired_times import load_times
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.statistics import (
    Comparison,
    Interval,
    compare,
    crossed_interval,
    detectable,
    probability_of_improvement,
)
from ablations.study import Study
from ablations.study.measures import POINTS, measure

STEP_TIME = "step_time"
SEEDS, ROUNDS = "seeds", "rounds"  # what is counted


@dataclass(frozen=True)
class Evidence:
    """A variant compared with a baseline; differences are variant minus baseline, in the measure's unit.

    Attributes:
        baseline, variant: Names of the arms.
        metric: Name of the measure, see `ablations.study.measures`.
        found: The comparison over the seeds.
        p_holm: Its p-value after the correction over all tests that the study declares.
        images: The interval over seeds and test images together; `None` with one seed, or if no answers to single
            images are stored.
        improvement: Probability that a trial of the variant is better than one of the baseline.
        p_within: By margin of a claim, the p-value of "the difference is as large as the margin", after the same
            correction: tests of difference and of equivalence are corrected together.
        labels: The arms in words, for sentences; their names by default.
        training: The arms on clean training images; `None` if these were not evaluated.
        over: What `found.n` counts: seeds; rounds for steps that were timed in turn; examples for results of one run
            per arm.
        tests: How many tests the correction is over.
    """

    baseline: str
    variant: str
    metric: str
    found: Comparison
    p_holm: float
    images: Interval | None
    improvement: float
    p_within: Mapping[float, float] = field(default_factory=dict)
    labels: tuple[str, str] = ("", "")
    training: Training | None = None
    over: str = SEEDS
    tests: int = 1

    def __post_init__(self):
        names = tuple(label or name for label, name in zip(self.labels, (self.baseline, self.variant), strict=True))
        object.__setattr__(self, "labels", names)

    @property
    def detectable(self) -> float:
        """The true difference that as many trials judge real with 80% power; infinite if they can show none."""
        return detectable(self.found, comparisons=self.tests)


def weigh(study: Study, store: Store, records: Sequence[Record]) -> list[Evidence]:
    """Makes every declared test whose arms both have results, with one correction over all declared tests."""
    found: dict[Test, tuple[list[list[Record]], list[list[float]], Comparison]] = {}
    timed: set[Test] = set()
    for test in study.tests:
        *pair, metric = test
        arms = _arms(study, records, pair, metric)
        if all(arms):
            of = measure(metric).of
            values = [[value for record in arm if (value := of(record)) is not None] for arm in arms]
            if metric == STEP_TIME and (in_turn := timed_in_turn(study, store, pair)):
                values = in_turn
                timed.add(test)
            pairs = study.paired or test in timed  # rounds always pair
            found[test] = (arms, values, steady(compare(values[0], values[1], paired=pairs)))
    claimed = [((*study.claimed_pair(claim), claim.metric), claim.margin) for claim in study.claims]
    corrected = correct(study.tests, claimed, {test: comparison for test, (_, _, comparison) in found.items()})
    labels = {arm.name: arm.label for arm in study.arms}
    return [
        Evidence(
            *test,
            found=comparison,
            p_holm=corrected[test, None],
            images=_over_images(study, store, arms, test[-1]),
            improvement=probability_of_improvement(
                values[0], values[1], more_is_better=measure(test[-1]).more_is_better
            ),
            p_within={margin: p for (key, margin), p in corrected.items() if key == test and margin is not None},
            labels=(labels[test[0]], labels[test[1]]),
            training=training(arms[0], arms[1], paired=study.paired),
            over=ROUNDS if test in timed else SEEDS,
            tests=len(study.tests),
        )
        for test, (arms, values, comparison) in found.items()
    ]


def timed_in_turn(study: Study, store: Store, pair: Sequence[str]) -> list[list[float]]:
    """The differences of step time of a pair by round, as values of both arms; empty if it was not measured in turn.

    Of several machines the last one counts. The times of trials depend on what ran beside them.
    """
    found = [one for one in load_times(study, store.folder) if (one.baseline, one.variant) == tuple(pair)]
    if not found:
        return []
    differences = max(found, key=lambda one: one.began).differences
    return [[0.0] * len(differences), differences]


def steady(comparison: Comparison) -> Comparison:
    """Drops the last digits, in which machines differ, so that table and figure round a half the same way.

    Six digits are left of numbers that are all small, such as squared errors.
    """
    shown = {name: getattr(comparison, name) for name in ("difference", "low", "high")}
    largest = max((abs(value) for value in shown.values() if math.isfinite(value)), default=0.0)
    decimals = max(9, 5 - math.floor(math.log10(largest))) if largest else 9
    return replace(comparison, **{name: round(value, decimals) for name, value in shown.items()})


def done_trials_of(records: Sequence[Record], variant: str, metric: str) -> dict[int, Record]:
    """By seed, the records of a variant that have a value of the measure."""
    own = (record for record in records if record.variant == variant)
    return {record.seed: record for record in own if measure(metric).of(record) is not None}


def _arms(study: Study, records: Sequence[Record], pair: Sequence[str], metric: str) -> list[list[Record]]:
    """The records of both arms, sorted by seed; if trials are paired, only those of seeds that both arms have."""
    own = [done_trials_of(records, name, metric) for name in pair]
    both = own[0].keys() & own[1].keys()
    return [[arm[seed] for seed in sorted(arm) if seed in both or not study.paired] for arm in own]


def _over_images(study: Study, store: Store, arms: list[list[Record]], metric: str) -> Interval | None:
    if not measure(metric).by_image or min(map(len, arms)) < 2:
        return None
    if not all(store.has_answers(record) for arm in arms for record in arm):
        return None
    right = [np.array([store.correct(record, metric) for record in arm]) for arm in arms]
    low, high = crossed_interval(*right, paired=study.paired)
    return Interval(POINTS * low, POINTS * high)
