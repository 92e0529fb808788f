"""The rules that turn a claim and its comparison into a verdict. Nothing else decides.

A pair that is not trained out is *not judged* (`trained.obstacles` has those rules). Of a pair that is:

- A difference is *real* where the sign-flip test, corrected over all tests of the study, has p < 0.05 and the 95%
  interval excludes 0. Both are printed, and so the verdict never contradicts one of them.
- It is *within the margin* where two one-sided tests, corrected in the same family, have p < 0.05 and the 95% interval
  lies inside the margin.

- A claim that the variant is better (or worse): *equivalent* where the difference is within the margin. Else, where it
  is real: *contradicted* if it has the other sign; *reproduced* if its interval meets the claimed size give or take the
  margin, or if no size is claimed; *direction only* if the size is another one.
- A claim that the arms are equal: *contradicted* where the difference is real and its interval lies beyond the margin;
  *reproduced* where it is within the margin, from as many seeds as the margin asks for; with fewer it is *not judged*.
- A claim that rows are in an order, with one test for each step from a row to the next: *contradicted* where a step is
  real and goes the other way, *reproduced* where all steps are real and go as claimed.
- Everything else is *undecided*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ablations.evidence.claimed import as_claimed, favoured
from ablations.evidence.order import Step
from ablations.evidence.weighing import Evidence
from ablations.statistics import ALPHA, equivalence_seeds, least_seeds, least_to_show, level_within, required_seeds
from ablations.study import Claim
from ablations.study.decimals import amount, counted
from ablations.study.measures import measure

REPRODUCED, DIRECTION_ONLY, CONTRADICTED = "reproduced", "direction only", "contradicted"
EQUIVALENT, UNDECIDED, NOT_JUDGED = "equivalent", "undecided", "not judged"
SETTLED = (REPRODUCED, DIRECTION_ONLY, CONTRADICTED, EQUIVALENT)


@dataclass(frozen=True)
class Verdict:
    """The verdict on a claim.

    Attributes:
        name: One of the six above.
        reason: Why, as the rest of a sentence.
        more_seeds: Whether further seeds could still change it.
    """

    name: str
    reason: str
    more_seeds: bool = False


def decide(claim: Claim, evidence: Evidence, obstacles: Sequence[str] = ()) -> Verdict:
    """The verdict on a claim, by the rules above; `obstacles` are the reasons why the pair can't be judged."""
    found = evidence.found
    few = []
    if found.n < least_seeds():
        least = f"under {least_seeds()} nothing is judged"
        if found.paired:
            least = f"under {least_seeds()} a sign-flip test can't reach p < {ALPHA}, whatever it sees"
        few = [f"{counted(found.n, evidence.over)}: {least}"]
    if obstacles or few:
        return Verdict(NOT_JUDGED, "; ".join([*obstacles, *few]), more_seeds=not obstacles)
    if claim.direction == "equal":
        return _on_equality(claim, evidence)
    if _within(claim, evidence):
        excluded = f"a difference of {claim.margin_words} or more is excluded"
        return Verdict(EQUIVALENT, excluded + _on_less(claim, evidence) + _real_all_the_same(claim, evidence))
    if not _real(evidence):
        return Verdict(UNDECIDED, _open(claim, evidence), more_seeds=True)
    reason = _better(evidence)
    if as_claimed(claim, found).mean < 0:
        return Verdict(CONTRADICTED, reason)
    name, size = _on_size(claim, evidence)
    return Verdict(name, reason + size)


def decide_order(steps: Sequence[Step]) -> Verdict:
    """The verdict on a claimed order of rows, from all its steps."""
    real = [step for step in steps if step.p_holm < ALPHA]
    shown = [step for step in real if step.gain > 0]
    if against := [step for step in real if step.gain < 0]:
        return Verdict(
            CONTRADICTED, f"{'; '.join(map(_against, against))}; {len(shown)} of {len(steps)} steps as claimed"
        )
    if len(shown) == len(steps):
        return Verdict(REPRODUCED, f"each of the {len(steps)} steps lowers the error (p < {ALPHA} after Holm)")
    open_ones = (f"{step.worse} to {step.better} (p {_p(step.p_holm)})" for step in steps if step not in real)
    return Verdict(UNDECIDED, f"{len(shown)} of {len(steps)} steps are shown, and not {', '.join(open_ones)}")


def is_real(evidence: Evidence) -> bool:
    """Whether a difference is real: the corrected test and the interval agree that it is not 0."""
    return evidence.found.n >= least_seeds() and _real(evidence)


@dataclass(frozen=True)
class Needs:
    """How many seeds a claim needs for 80% power.

    Attributes:
        to_show: To show a difference of the claimed size; `None` where the claim has no size, since a margin is none.
        to_exclude: To show that two equal arms differ by less than the margin; `None` without a margin.
        claim: The claim.
    """

    to_show: int | None
    to_exclude: int | None
    claim: Claim

    def __bool__(self) -> bool:
        return self.to_show is not None or self.to_exclude is not None

    def __str__(self) -> str:
        unit, found = _unit(self.claim), []
        if self.to_show is not None and self.claim.effect is not None:
            found.append(f"{self.to_show} to show {amount(abs(self.claim.effect), unit)}")
        if self.to_exclude is not None:
            found.append(f"{self.to_exclude} to exclude {self.claim.margin_words}")
        return ", ".join(found) or "–"


def needs(claim: Claim, sd: float, comparisons: int = 1, paired: bool = True) -> Needs:
    """Computes the seeds that a claim needs.

    Args:
        claim: The claim to test.
        sd: Standard deviation, in the unit of the claim's measure, of the difference between a trial of one arm and a
            trial of the other.
        comparisons: How many tests the study declares; the first step of the correction divides the level by them.
        paired: Whether its trials are compared in pairs.
    """
    per_arm = sd / 2**0.5
    to_show = None
    if claim.effect:
        to_show = required_seeds(per_arm, claim.effect, comparisons=comparisons, paired=paired)
    return Needs(
        to_show=to_show,
        to_exclude=equivalence_seeds(per_arm, claim.margin, alpha=level_within(comparisons)) if claim.margin else None,
        claim=claim,
    )


def more_needed(claim: Claim, evidence: Evidence) -> Needs | None:
    """The seeds that a claim needs, where these are more than it has; `None` if they are not, or not known."""
    if evidence.found.n < 2:
        return None
    found, n = needs(claim, evidence.found.sd, evidence.tests, evidence.found.paired), evidence.found.trials_per_arm
    more = [count if count and count > n else None for count in (found.to_show, found.to_exclude)]
    return Needs(more[0], more[1], claim) or None


def _on_equality(claim: Claim, evidence: Evidence) -> Verdict:
    found = evidence.found
    assert claim.margin is not None, "a claim of equality has a margin"
    if _real(evidence) and max(found.low, -found.high) > claim.margin:
        return Verdict(CONTRADICTED, f"the difference is larger than {claim.margin_words}")
    needed = needs(claim, found.sd, evidence.tests).to_exclude
    if needed is not None and found.trials_per_arm < needed:
        few = f"{_as_many(evidence)}, and to exclude {claim.margin_words} takes {needed}"
        return Verdict(NOT_JUDGED, f"too few {evidence.over} for a claim of equality: {few}", more_seeds=True)
    if _within(claim, evidence):
        excluded = f"a difference of {claim.margin_words} or more is excluded"
        return Verdict(REPRODUCED, excluded + _real_all_the_same(claim, evidence))
    return Verdict(UNDECIDED, _open(claim, evidence), more_seeds=True)


def _as_many(evidence: Evidence) -> str:
    """What the arms hold, in words; of unequal ones, how many of each would tell as much."""
    n, alike = evidence.found.n, evidence.found.trials_per_arm
    return f"{n} {evidence.over}" if alike == n else f"arms of unequal size, worth {alike} {evidence.over} each"


def _on_size(claim: Claim, evidence: Evidence) -> tuple[str, str]:
    """The verdict on a real difference with the claimed sign, and the end of its reason."""
    if claim.effect is None:
        return REPRODUCED, ""
    seen, size, margin = as_claimed(claim, evidence.found), abs(claim.effect), claim.margin or 0.0
    about = amount(size, _unit(claim))
    if seen.low <= size + margin and seen.high >= size - margin:
        inside = seen.low <= size <= seen.high
        return REPRODUCED, f"; the interval {'holds' if inside else 'comes within the margin of'} the claimed {about}"
    larger = seen.mean > size
    return DIRECTION_ONLY, f", by {'more' if larger else 'less'} than the claimed {about}"


def _on_less(claim: Claim, evidence: Evidence) -> str:
    """Whether a claimed size is left out by the interval, where the margin is no smaller and so does not tell."""
    if not claim.effect or claim.margin is None or abs(claim.effect) > claim.margin:
        return ""
    seen, size = as_claimed(claim, evidence.found), abs(claim.effect)
    about = amount(size, _unit(claim))
    if seen.low <= size <= seen.high:
        return f", but the interval holds the claimed {about}"
    return f", and the interval leaves out the claimed {about}"


def _real_all_the_same(claim: Claim, evidence: Evidence) -> str:
    """Which arm is better, of a difference that is within the margin and real."""
    if not _real(evidence):
        return ""
    against = claim.direction != "equal" and as_claimed(claim, evidence.found).mean < 0
    return f"; {_better(evidence)}, by less than {claim.margin_words}{', against the claim' if against else ''}"


def _better(evidence: Evidence) -> str:
    """Which arm is better, of a difference that is real."""
    return f"{favoured(evidence)} is {measure(evidence.metric).gains} (p {_p(evidence.p_holm)})"


def _real(evidence: Evidence) -> bool:
    return evidence.p_holm < ALPHA and _excludes_zero(evidence)


def _excludes_zero(evidence: Evidence) -> bool:
    return evidence.found.low > 0 or evidence.found.high < 0


def _within(claim: Claim, evidence: Evidence) -> bool:
    if claim.margin is None:
        return False
    inside = max(abs(evidence.found.low), abs(evidence.found.high)) < claim.margin
    return inside and evidence.p_within[claim.margin] < ALPHA


def _open(claim: Claim, evidence: Evidence) -> str:
    """Why a difference is neither real nor within the margin, in words that fit the printed interval."""
    found, p = evidence.found, _p(evidence.p_holm)
    if _real(evidence):
        return f"the arms differ (p {p}), and perhaps by less than {claim.margin_words}"
    least = least_to_show(found, evidence.tests)
    if evidence.p_holm >= ALPHA and found.n < least:
        tests = f"of {evidence.tests} tests corrected together, the first"
        seen = f"p {p}; {tests} takes {least} {evidence.over} or more to reach p < {ALPHA}"
    elif not _excludes_zero(evidence) and evidence.p_holm < ALPHA:
        seen = f"p {p}, but the interval includes 0"
    elif not _excludes_zero(evidence):
        seen = f"p {p}"
    elif found.p_value < ALPHA:
        seen = (
            f"the interval excludes 0 by itself, but not among all tests of the study (p {p} after Holm's correction)"
        )
    else:
        seen = f"the interval excludes 0; the {found.test} test, which assumes no distribution, does not (p {p})"
    return f"{seen}, and {_not_within(claim)}"


def _not_within(claim: Claim) -> str:
    if claim.margin is None:
        return "no margin is declared"
    return f"a difference of {claim.margin_words} is not excluded"


def _unit(claim: Claim) -> str:
    return measure(claim.metric).unit


def _p(p: float) -> str:
    return "< 0.001" if p < 0.0005 else f"= {p:.3f}"


def _against(step: Step) -> str:
    return f"{step.better} is worse than {step.worse} (p {_p(step.p_holm)})"
