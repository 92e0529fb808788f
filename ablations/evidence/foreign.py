"""Judges results of other programs: the statistics and rules of a study, and what had to be assumed to use them."""

from dataclasses import dataclass, replace
from math import inf

from ablations.evidence.correction import Test, correct
from ablations.evidence.guards import Check
from ablations.evidence.pair_notes import PairNote, sentences
from ablations.evidence.pairing import Pair, pair_up
from ablations.evidence.stated import Stated
from ablations.evidence.verdict import Needs, Verdict, decide, more_needed
from ablations.evidence.weighing import Evidence
from ablations.foreign.arms import Foreign
from ablations.foreign.grouping import Arm
from ablations.statistics import ALPHA
from ablations.statistics.noninferiority import not_worse
from ablations.study import Claim
from ablations.study.decimals import amount, counted, signed
from ablations.study.measures import measure
from inception_keras.errors import UserError, unknown

MEASURES = {
    ("points", False): "accuracy",
    ("points", True): "error",
    ("units", False): "score",
    ("units", True): "loss",
}
TRAINED = "that the networks are trained out, on the same data and by the same recipe, is taken on trust"


@dataclass(frozen=True)
class Judged:
    """A foreign arm beside the baseline.

    Attributes:
        claim: The claim.
        evidence: The comparison.
        verdict: By the rules of `ablations.evidence.verdict`.
        needs: How many runs (or examples) the claim needs; `None` unless more of them could change the verdict.
        means: The mean scores of baseline and variant, of the runs that are compared.
        obstacle: Why the runs can't be judged; empty if they can.
    """

    claim: Claim
    evidence: Evidence
    verdict: Verdict
    needs: Needs | None
    means: tuple[float, float]
    obstacle: str = ""


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
    said: list[PairNote] = []
    pairs = [pair_up(foreign, first, arm, said) for arm in others]
    notes += sentences(first.name, said)
    tests: list[Test] = [(first.name, arm.name, metric) for arm in others]
    found = {test: pair.found for test, pair in zip(tests, pairs, strict=True)}
    corrected = correct(tests, [(test, claim.margin) for test, claim in zip(tests, claims, strict=True)], found)
    judged = []
    for test, claim, pair in zip(tests, claims, pairs, strict=True):
        within = {} if claim.margin is None else {claim.margin: corrected[test, claim.margin]}
        improvement = pair.improvement(measure(metric).more_is_better)
        evidence = Evidence(
            *test,
            pair.found,
            corrected[test, None],
            pair.images,
            improvement,
            within,
            over=pair.over,
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

    What can't be shown is no pass: neither an arm without scores, nor one whose missing scores may be the bad ones.

    Raises:
        UserError: The margin is not above 0.
    """
    check_margin(margin)
    foreign = judgement.foreign
    arms = {arm.name: arm for arm in foreign.arms}
    checks = [_not_worse(one, arms[one.evidence.variant], foreign, margin) for one in judgement.judged]
    first = judgement.judged[0].evidence.baseline
    lost = [_name_of_check(name, first, margin, foreign) for name in foreign.empty]
    return [*checks, *(Check(name, f"{name}: not shown: it has no scores") for name in lost)]


def _not_worse(one: Judged, arm: Arm, foreign: Foreign, margin: float) -> Check:
    found, unit = one.evidence.found, foreign.unit
    if foreign.less_is_better:
        found = replace(found, difference=-found.difference)
    name = _name_of_check(arm.name, one.evidence.baseline, margin, foreign)
    shown = not_worse(found, margin)
    seen, limit = signed(found.difference, unit), signed(shown.limit, unit)
    reason = one.obstacle
    if arm.missing and not reason:
        reason = f"{counted(arm.missing, 'scores')} of it missing, not finite, or of runs that did not finish"
    if shown.p_value >= ALPHA and not reason:
        reason = f"{seen}, 95% certainly above {limit} alone"
    return Check(name, reason and f"{name}: not shown: {reason}")


def _name_of_check(arm: str, baseline: str, margin: float, foreign: Foreign) -> str:
    return f"{arm} not worse than {baseline} by {amount(margin, foreign.unit)}"


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


def _judged(claim: Claim, evidence: Evidence, pair: Pair) -> Judged:
    verdict = decide(claim, evidence, [pair.obstacle] if pair.obstacle else ())
    wanted = more_needed(claim, evidence) if verdict.more_seeds else None
    return Judged(claim, evidence, verdict, wanted, pair.means, pair.obstacle)
