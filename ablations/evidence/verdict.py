"""The rules that turn a claim and its comparison into a verdict. Nothing else decides.

A difference is real where the sign-flip test, corrected by Holm over the study's comparisons, has p < 0.05. It is
within the margin where two one-sided tests at 5% exclude a larger one.

- A claim that the variant is better (or worse): *equivalent* where the difference is within the margin; else
  *reproduced* where it is real and has the claimed sign, *contradicted* where it is real and has the other one.
- A claim that the arms are equal: *reproduced* where the difference is within the margin, *contradicted* where its
  interval lies beyond the margin and it is real.
- A claim that rows are in an order, with one test for each step from a row to the next: *contradicted* where a step is
  real and goes the other way, *reproduced* where all steps are real and go as claimed.
- Everything else is *undecided*.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ablations.evidence.order import Step
from ablations.evidence.sections import Evidence
from ablations.statistics import ALPHA, equivalence, equivalence_seeds, least_seeds, required_seeds
from ablations.study import Claim
from ablations.study.measures import measure

REPRODUCED, CONTRADICTED, EQUIVALENT, UNDECIDED = "reproduced", "contradicted", "equivalent", "undecided"


@dataclass(frozen=True)
class Verdict:
    """The verdict on a claim, with its reason; `name` is `None` if there is no verdict."""

    name: str | None
    reason: str


def decide(claim: Claim, evidence: Evidence) -> Verdict:
    """The verdict on a claim, by the rules above."""
    found, real = evidence.found, evidence.p_holm < ALPHA
    if found.n < least_seeds():
        return Verdict(
            None, f"{found.n} seeds: under {least_seeds()} a sign-flip test can't reach p < {ALPHA}, whatever it sees"
        )
    within = claim.margin is not None and bool(equivalence(found, claim.margin))
    if claim.direction == "equal":
        return _on_equality(claim, evidence, within, real)
    if within:
        return Verdict(EQUIVALENT, f"a difference of {claim.margin:g} {_unit(claim)} or more is excluded")
    if not real:
        return Verdict(UNDECIDED, f"p {_p(evidence.p_holm)}, and {_not_within(claim)}")
    better = (found.difference > 0) == measure(claim.metric).more_is_better
    as_claimed = better == (claim.direction == "better")
    seen = "better" if better else "worse"
    reason = f"{claim.variant} is {seen} (p {_p(evidence.p_holm)})"
    return Verdict(REPRODUCED, reason + _on_size(claim, evidence)) if as_claimed else Verdict(CONTRADICTED, reason)


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


def _p(p: float) -> str:
    return "< 0.001" if p < 0.0005 else f"= {p:.3f}"


def _against(step: Step) -> str:
    return f"{step.better} is worse than {step.worse} (p {_p(step.p_holm)})"


@dataclass(frozen=True)
class Needs:
    """How many seeds a claim needs for 80% power.

    Attributes:
        to_show: To show a difference of the claimed size, or of the margin if the claim has no size; `None` without
            either.
        to_exclude: To show that two equal arms differ by less than the margin; `None` without a margin.
    """

    to_show: int | None
    to_exclude: int | None

    def __bool__(self) -> bool:
        return self.to_show is not None or self.to_exclude is not None

    def __str__(self) -> str:
        show = "" if self.to_show is None else f"{self.to_show} to show it"
        exclude = "" if self.to_exclude is None else f"{self.to_exclude} to exclude it"
        return ", ".join(filter(None, (show, exclude))) or "–"


def needs(claim: Claim, sd: float, comparisons: int = 1) -> Needs:
    """Computes the seeds that a claim needs.

    Args:
        claim: The claim to test.
        sd: Standard deviation, in the unit of the claim's measure, of the difference between a trial of one arm and a
            trial of the other.
        comparisons: How many tests the study declares; Holm's first step divides the level by them.
    """
    per_arm, size = sd / 2**0.5, claim.effect or claim.margin
    return Needs(
        to_show=required_seeds(per_arm, size, alpha=ALPHA / comparisons) if size else None,
        to_exclude=equivalence_seeds(per_arm, claim.margin) if claim.margin else None,
    )


def _on_equality(claim: Claim, evidence: Evidence, within: bool, real: bool) -> Verdict:
    found = evidence.found
    assert claim.margin is not None, "a claim of equality has a margin"
    if within:
        return Verdict(REPRODUCED, f"a difference of {claim.margin:g} {_unit(claim)} or more is excluded")
    if real and max(found.low, -found.high) > claim.margin:
        return Verdict(CONTRADICTED, f"the difference is larger than {claim.margin:g} {_unit(claim)}")
    return Verdict(UNDECIDED, f"p {_p(evidence.p_holm)}, and {_not_within(claim)}")


def _unit(claim: Claim) -> str:
    return measure(claim.metric).unit


def _not_within(claim: Claim) -> str:
    if claim.margin is None:
        return "no margin is declared"
    return f"a difference of {claim.margin:g} {_unit(claim)} is not excluded"


def _on_size(claim: Claim, evidence: Evidence) -> str:
    """The end of a sentence: whether the claimed size lies in the interval."""
    if claim.effect is None:
        return ""
    if evidence.found.low <= claim.effect <= evidence.found.high:
        return f"; the claimed {claim.effect:+g} {_unit(claim)} lie inside the interval"
    larger = abs(evidence.found.difference) > abs(claim.effect)
    return f"; the difference is {'larger' if larger else 'smaller'} than the claimed {claim.effect:+g} {_unit(claim)}"
