"""Which runs (or test examples) of two foreign arms are compared with each other, and how they came out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

import numpy as np

from ablations.evidence.pair_notes import PairNote
from ablations.evidence.weighing import steady
from ablations.foreign.arms import Foreign
from ablations.foreign.cells import in_order
from ablations.foreign.grouping import Arm
from ablations.statistics import (
    Comparison,
    Interval,
    Summary,
    compare,
    compare_examples,
    compare_summaries,
    crossed_interval,
    probability_of_improvement,
    summary_improvement,
)
from ablations.study.decimals import counted, plain
from inception_keras.errors import UserError

SAME = "that these are different runs is taken on trust, since their scores are the same"
ONE_RUN = (
    ": one run each, so the verdict is about these two runs and other examples of the same kind; other seeds may give "
    "another difference"
)
BY_MEANS = (
    ": known by mean, spread and number of runs, so the test is Welch's t, which takes scores as normally distributed; "
    "whether runs shared a seed can't count"
)
SCALED = ("difference", "low", "high", "sd", "standard_error")


@dataclass(frozen=True)
class Pair:
    """The runs of two arms that are compared.

    Attributes:
        scores: Of the baseline and of the variant, one per run or example.
        found: Their comparison.
        images: The interval over seeds and examples together; `None` without several runs and answers to examples.
        over: What is counted: `seeds` or `examples`.
        obstacle: Why the runs can't be judged; empty if they can.
        summaries: Of arms whose runs are known by their means alone, what `scores` are then the means of.
    """

    scores: tuple[list[float], list[float]]
    found: Comparison
    images: Interval | None
    over: str
    obstacle: str = ""
    summaries: tuple[Summary, Summary] | None = None

    @property
    def means(self) -> tuple[float, float]:
        """The mean scores of baseline and variant."""
        return fmean(self.scores[0]), fmean(self.scores[1])

    def improvement(self, more_is_better: bool) -> float:
        """The probability that a run (or answer) of the variant is better than one of the baseline."""
        if self.summaries:
            return summary_improvement(*self.summaries, more_is_better=more_is_better)
        return probability_of_improvement(*self.scores, more_is_better=more_is_better)


def pair_up(foreign: Foreign, first: Arm, second: Arm, notes: list[PairNote]) -> Pair:
    """Compares two arms: over their runs, or over examples where each is one run; appends what it assumed to `notes`.

    Raises:
        UserError: The arms share no example, or one alone.
    """
    if first.published or second.published:
        notes.append(PairNote("", second.name, BY_MEANS))
        return _of_summaries(first.summary, second.summary)
    if first.answers and second.answers:
        first, second = _of_common_examples(foreign, first, second, notes)
        if all(len(arm.answers) > 1 and _is_one_run(arm) for arm in (first, second)):
            notes.append(
                PairNote("", second.name, ": all runs of an arm gave the same answers, so they count as one run")
            )
            first, second = _as_one_run(first), _as_one_run(second)
        if len(first.answers) == len(second.answers) == 1:
            return _over_examples(foreign, first, second, notes)
    keys = _common(foreign, first, second, notes)
    rows = [[arm.scores[key] for key in keys or arm.scores] for arm in (first, second)]
    found = steady(compare(rows[0], rows[1], paired=keys is not None))
    if keys and rows[0] == rows[1]:
        notes.append(PairNote("", second.name, f": {SAME} ({counted(len(keys), 'pairs')})"))
    images = None
    if first.answers and second.answers and min(map(len, rows)) > 1:
        answers = [_matrix(arm, keys) for arm in (first, second)]
        low, high = crossed_interval(*answers, paired=keys is not None)
        images = Interval(foreign.factor * low, foreign.factor * high)
    constant = all(len(set(row)) == 1 for row in rows)
    return Pair((rows[0], rows[1]), found, images, "seeds", _without_spread(found, constant))


def _of_summaries(first: Summary, second: Summary) -> Pair:
    found = steady(compare_summaries(first, second))
    scores = [first.mean], [second.mean]
    obstacle = _without_spread(found, first.sd == second.sd == 0)
    return Pair(scores, found, None, "seeds", obstacle, (first, second))


def _both(first: Arm, second: Arm) -> str:
    return f"{first.name} and {second.name}"


def _is_one_run(arm: Arm) -> bool:
    """Whether all runs of an arm answered every example alike: then its seeds changed nothing."""
    answers = list(arm.answers.values())
    return all(other == answers[0] for other in answers[1:])


def _as_one_run(arm: Arm) -> Arm:
    (key, own), *_ = arm.answers.items()
    return replace(arm, answers={key: own}, scores={key: arm.scores[key]})


def _without_spread(found: Comparison, constant: bool) -> str:
    """An obstacle where each arm's runs all have one score: copies of one run tell nothing of another seed."""
    if found.n < 2 or not constant:
        return ""
    return "all runs of an arm have the same score, so the seeds changed nothing and each arm is one run"


def _common(foreign: Foreign, first: Arm, second: Arm, notes: list[PairNote]) -> list[str] | None:
    """The keys of the runs that are pairs, in order; `None` if the runs are no pairs."""
    by_row = first.keyed == "place" or (first.keyed == "row" and first.source == second.source)
    if not foreign.paired:
        notes.append(PairNote("runs are not paired: --unpaired"))
        return None
    if first.keyed != second.keyed or not (first.keyed == "seed" or by_row):
        notes.append(PairNote("", second.name, ": not paired, since nothing says which runs belong together"))
        return None
    both = first.scores.keys() & second.scores.keys()
    if not both:
        notes.append(PairNote("", second.name, ": not paired, since they have no seed in common"))
        return None
    alone = len(first.scores.keys() ^ second.scores.keys())
    if alone:
        means = (f"{arm.name} {_mean(foreign, arm, both)}" for arm in (first, second))
        lacking = f": {counted(alone, 'runs')} of one arm alone left out; over the pairs {', '.join(means)}"
        notes.append(PairNote("", second.name, lacking))
    if first.keyed == "seed":
        notes.append(PairNote(f"runs with the same seed are a pair ({len(both)} of ", second.name, ")"))
    return in_order(set(both))


def _mean(foreign: Foreign, arm: Arm, keys: Collection[str]) -> str:
    """The mean score of some runs of an arm, as the arms' table writes that of all."""
    values = [arm.scores[key] for key in keys]
    return plain(fmean(values), foreign.unit, stdev(values) if len(values) > 1 else 0.0)


def _of_common_examples(foreign: Foreign, first: Arm, second: Arm, notes: list[PairNote]) -> tuple[Arm, Arm]:
    """Both arms with the examples that every run of both has."""
    sets = [own.keys() for arm in (first, second) for own in arm.answers.values()]
    both = set(sets[0]).intersection(*sets[1:])
    if not both:
        raise UserError(f"{_both(first, second)} have no example in common: name its column with --example")
    if len(both) == 1:
        raise UserError(
            f"{_both(first, second)} have one example in common ({next(iter(both))}), which says nothing of others: "
            "give answers to several, or one score per run"
        )
    every = set().union(*sets)
    order = in_order(both)
    kept = _with(foreign, first, order), _with(foreign, second, order)
    if len(both) < len(every):
        notes.append(PairNote("", second.name, f": {_left_out((first, second), kept, every, foreign)}"))
    return kept


def _left_out(arms: Sequence[Arm], kept: Sequence[Arm], every: Collection[str], foreign: Foreign) -> str:
    """How many examples count, which run has the fewest, and the means over those that count."""
    runs = [(len(own), arm, seed) for arm in arms for seed, own in arm.answers.items()]
    fewest, arm, seed = min(runs, key=lambda run: run[0])
    run = f"run {seed} of {arm.name}" if seed else arm.name
    means = ", ".join(f"{arm.name} {_mean(foreign, arm, arm.scores)}" for arm in kept)
    left = len(every) - len(next(iter(kept[0].answers.values())))
    return (
        f"{counted(left, 'examples')} of {len(every):,} lack a score in some run and are left out "
        f"({run} has the fewest, {fewest:,}); over the others {means}"
    )


def _with(foreign: Foreign, arm: Arm, examples: Sequence[str]) -> Arm:
    answers = {seed: {name: own[name] for name in examples} for seed, own in arm.answers.items()}
    scores = {seed: foreign.factor * float(np.mean(list(own.values()))) for seed, own in answers.items()}
    return replace(arm, answers=answers, scores=scores)


def _over_examples(foreign: Foreign, first: Arm, second: Arm, notes: list[PairNote]) -> Pair:
    rows = [_matrix(arm, None)[0] for arm in (first, second)]
    found = compare_examples(rows[0], rows[1])
    found = replace(found, **{name: foreign.factor * getattr(found, name) for name in SCALED})
    if np.array_equal(*rows):
        notes.append(PairNote("", second.name, f": {SAME} ({counted(rows[0].size, 'examples')})"))
    notes.append(PairNote("", second.name, ONE_RUN))
    scores = (list(foreign.factor * rows[0]), list(foreign.factor * rows[1]))
    return Pair(scores, steady(found), None, "examples")


def _matrix(arm: Arm, keys: Sequence[str] | None) -> np.ndarray:
    """The answers of an arm, `(runs, examples)`."""
    return np.array([list(arm.answers[key].values()) for key in keys or arm.answers])
