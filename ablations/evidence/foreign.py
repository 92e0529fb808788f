"""Judges results of other programs: the statistics and rules of a study, and what had to be assumed to use them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import fmean, stdev

import numpy as np

from ablations.evidence.correction import Test, correct
from ablations.evidence.guards import Check
from ablations.evidence.stated import Stated
from ablations.evidence.verdict import Needs, Verdict, decide, more_needed
from ablations.evidence.weighing import Evidence, steady
from ablations.foreign.arms import Arm, Foreign
from ablations.foreign.cells import in_order
from ablations.statistics import (
    ALPHA,
    Comparison,
    Interval,
    compare,
    compare_examples,
    crossed_interval,
    probability_of_improvement,
)
from ablations.statistics.noninferiority import not_worse
from ablations.study import Claim
from ablations.study.decimals import amount, counted, plain, signed
from ablations.study.measures import measure
from inception_keras.errors import UserError, unknown

MEASURES = {
    ("points", False): "accuracy",
    ("points", True): "error",
    ("units", False): "score",
    ("units", True): "loss",
}
TRAINED = "that the networks are trained out, on the same data and by the same recipe, is taken on trust"
SAME = "that these are different runs is taken on trust, since their scores are the same"
SCALED = ("difference", "low", "high", "sd", "standard_error")


@dataclass(frozen=True)
class Judged:
    """A foreign arm beside the baseline.

    Attributes:
        claim: The claim.
        evidence: The comparison.
        verdict: By the rules of `ablations.evidence.verdict`.
        needs: How many runs (or examples) the claim needs; `None` unless more of them could change the verdict.
        means: The mean scores of baseline and variant, of the runs that are compared.
    """

    claim: Claim
    evidence: Evidence
    verdict: Verdict
    needs: Needs | None
    means: tuple[float, float]


@dataclass(frozen=True)
class Judgement:
    """What files of results show.

    Attributes:
        foreign: The results.
        judged: Each arm beside the baseline.
        assumptions: What was assumed, a sentence each.
    """

    foreign: Foreign
    judged: tuple[Judged, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class _Pair:
    """The runs of two arms that are compared."""

    scores: tuple[list[float], list[float]]
    found: Comparison
    images: Interval | None
    over: str
    paired: bool = True


def judge(foreign: Foreign, stated: Stated | None = None, baseline: str | None = None) -> Judgement:
    """Compares every arm with the baseline, with one correction over all of them, and decides.

    Args:
        foreign: The results, see `ablations.foreign.arms.read_arms`.
        stated: The claim; by default each arm is claimed to be better.
        baseline: The name of an arm; by default the first.

    Raises:
        UserError: There are fewer than two arms, no such baseline, two arms share no run or example, or the claim is
            not one.
    """
    stated = stated or Stated()
    first, others = _chosen(foreign, baseline)
    metric = MEASURES[foreign.unit, foreign.less_is_better]
    claims = [stated.of(foreign, metric, first.name, arm.name) for arm in others]
    notes = [*foreign.notes, *stated.unit_note(foreign)]
    if not stated.direction:
        notes.append(f"claimed of each arm: it is better than {first.name}, since no --claim was typed")
    pairs = [_pair(foreign, first, arm, notes) for arm in others]
    tests: list[Test] = [(first.name, arm.name, metric) for arm in others]
    found = {test: pair.found for test, pair in zip(tests, pairs, strict=True)}
    corrected = correct(tests, [(test, claim.margin) for test, claim in zip(tests, claims, strict=True)], found)
    judged = []
    for test, claim, pair in zip(tests, claims, pairs, strict=True):
        within = {} if claim.margin is None else {claim.margin: corrected[test, claim.margin]}
        improvement = probability_of_improvement(*pair.scores, more_is_better=measure(metric).more_is_better)
        evidence = Evidence(
            *test,
            pair.found,
            corrected[test, None],
            pair.images,
            improvement,
            within,
            over=pair.over,
            paired=pair.paired,
            tests=len(tests),
        )
        judged.append(_judged(claim, evidence, pair))
    return Judgement(foreign, tuple(judged), tuple(dict.fromkeys([*notes, TRAINED])))


def check_margin(margin: float):
    """Raises a UserError unless a margin of `check_not_worse` is above 0 and finite."""
    if not 0 < margin < inf:
        raise UserError(f"--not-worse takes a margin above 0 and finite; got {margin:g}")


def check_not_worse(judgement: Judgement, margin: float) -> list[Check]:
    """Whether each arm is shown, at 5%, not to be worse than the baseline by `margin`, in the unit of the scores.

    Raises:
        UserError: The margin is not above 0.
    """
    check_margin(margin)
    made = []
    for one in judgement.judged:
        found, unit = one.evidence.found, judgement.foreign.unit
        if judgement.foreign.less_is_better:
            found = replace(found, difference=-found.difference)
        name = f"{one.evidence.variant} not worse than {one.evidence.baseline} by {amount(margin, unit)}"
        shown = not_worse(found, margin)
        seen, limit = signed(found.difference, unit), signed(shown.limit, unit)
        about = f"{name}: not shown: {seen}, 95% certainly above {limit} alone"
        made.append(Check(name, "" if shown.p_value < ALPHA else about))
    return made


def compare_arms(foreign: Foreign, first: Arm, second: Arm) -> tuple[Comparison, str, bool]:
    """The comparison of two arms without a claim, what it is over (`seeds` or `examples`), and whether it pairs."""
    pair = _pair(foreign, first, second, [])
    return pair.found, pair.over, pair.paired


def _chosen(foreign: Foreign, baseline: str | None) -> tuple[Arm, list[Arm]]:
    names = [arm.name for arm in foreign.arms]
    wanted = foreign.baseline if baseline is None else baseline
    if wanted in foreign.empty:
        which = f"{wanted} has" if baseline else f"the first arm, {wanted}, has"
        raise UserError(f"{which} no scores to compare with: type --baseline ARM, one of {', '.join(names)}")
    if wanted not in names:
        raise unknown("baseline", wanted, names)
    if len(names) < 2:
        raise UserError(
            f"one arm alone ({names[0]}) can't be compared: give a second file, or name the column of the arms with "
            "--run or --arms"
        )
    place = names.index(wanted)
    return foreign.arms[place], [arm for arm in foreign.arms if arm is not foreign.arms[place]]


def _judged(claim: Claim, evidence: Evidence, pair: _Pair) -> Judged:
    verdict = decide(claim, evidence)
    wanted = more_needed(claim, evidence) if verdict.more_seeds else None
    means = (fmean(pair.scores[0]), fmean(pair.scores[1]))
    return Judged(claim, evidence, verdict, wanted, means)


def _pair(foreign: Foreign, first: Arm, second: Arm, notes: list[str]) -> _Pair:
    if first.answers and second.answers:
        first, second = _of_common_examples(foreign, first, second, notes)
        if len(first.answers) == len(second.answers) == 1:
            return _over_examples(foreign, first, second, notes)
    keys = _common(foreign, first, second, notes)
    rows = [[arm.scores[key] for key in keys or arm.scores] for arm in (first, second)]
    found = steady(compare(rows[0], rows[1], paired=keys is not None))
    if keys and rows[0] == rows[1]:
        notes.append(f"{first.name} and {second.name}: {SAME} ({counted(len(keys), 'pairs')})")
    images = None
    if first.answers and second.answers and min(map(len, rows)) > 1:
        answers = [_matrix(arm, keys) for arm in (first, second)]
        low, high = crossed_interval(*answers, paired=keys is not None)
        images = Interval(foreign.factor * low, foreign.factor * high)
    return _Pair((rows[0], rows[1]), found, images, "seeds", keys is not None)


def _common(foreign: Foreign, first: Arm, second: Arm, notes: list[str]) -> list[str] | None:
    """The keys of the runs that are pairs, in order; `None` if the runs are no pairs."""
    words = f"{first.name} and {second.name}"
    by_row = first.keyed == "place" or (first.keyed == "row" and first.source == second.source)
    if not foreign.paired:
        notes.append("runs are not paired: --unpaired")
        return None
    if first.keyed != second.keyed or not (first.keyed == "seed" or by_row):
        notes.append(f"{words}: not paired, since nothing says which runs belong together")
        return None
    both = first.scores.keys() & second.scores.keys()
    if not both:
        notes.append(f"{words}: not paired, since they have no seed in common")
        return None
    alone = len(first.scores.keys() ^ second.scores.keys())
    if alone:
        means = (f"{arm.name} {_mean(foreign, arm, both)}" for arm in (first, second))
        notes.append(f"{words}: {counted(alone, 'runs')} of one arm alone left out; over the pairs {', '.join(means)}")
    if first.keyed == "seed":
        notes.append(f"runs with the same seed are a pair ({len(both)} of {words})")
    return in_order(set(both))


def _mean(foreign: Foreign, arm: Arm, keys: Collection[str]) -> str:
    """The mean score of some runs of an arm, as the arms' table writes that of all."""
    values = [arm.scores[key] for key in keys]
    return plain(fmean(values), foreign.unit, stdev(values) if len(values) > 1 else 0.0)


def _of_common_examples(foreign: Foreign, first: Arm, second: Arm, notes: list[str]) -> tuple[Arm, Arm]:
    """Both arms with the examples that every run of both has."""
    sets = [own.keys() for arm in (first, second) for own in arm.answers.values()]
    both = set(sets[0]).intersection(*sets[1:])
    if not both:
        raise UserError(f"{first.name} and {second.name} have no example in common: name its column with --example")
    every = set().union(*sets)
    if len(both) < len(every):
        notes.append(f"{first.name} and {second.name}: {len(every) - len(both)} examples lack a score and are left out")
    order = in_order(both)
    return _with(foreign, first, order), _with(foreign, second, order)


def _with(foreign: Foreign, arm: Arm, examples: Sequence[str]) -> Arm:
    answers = {seed: {name: own[name] for name in examples} for seed, own in arm.answers.items()}
    scores = {seed: foreign.factor * float(np.mean(list(own.values()))) for seed, own in answers.items()}
    return replace(arm, answers=answers, scores=scores)


def _over_examples(foreign: Foreign, first: Arm, second: Arm, notes: list[str]) -> _Pair:
    rows = [_matrix(arm, None)[0] for arm in (first, second)]
    found = compare_examples(rows[0], rows[1])
    found = replace(found, **{name: foreign.factor * getattr(found, name) for name in SCALED})
    if np.array_equal(*rows):
        notes.append(f"{first.name} and {second.name}: {SAME} ({counted(rows[0].size, 'examples')})")
    notes.append(
        f"{first.name} and {second.name}: one run each, so the verdict is about these two runs and other examples of "
        "the same kind; other seeds may give another difference"
    )
    scores = (list(foreign.factor * rows[0]), list(foreign.factor * rows[1]))
    return _Pair(scores, steady(found), None, "examples")


def _matrix(arm: Arm, keys: Sequence[str] | None) -> np.ndarray:
    """The answers of an arm, `(runs, examples)`."""
    return np.array([list(arm.answers[key].values()) for key in keys or arm.answers])
