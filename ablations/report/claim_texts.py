"""A finding in words: what the ledger, the pages of the studies and the terminal print of a claim."""

from statistics import fmean

from ablations.evidence.claimed import Difference, as_claimed, claimed_words, count_words, in_words
from ablations.evidence.findings import Finding
from ablations.evidence.order import Step
from ablations.evidence.rungs import Rung, top1_of
from ablations.evidence.verdict import EQUIVALENT
from ablations.evidence.weighing import done_trials_of
from ablations.records.record import Record
from ablations.study import Claim
from ablations.study.claims import Ordering
from ablations.study.measures import measure


def verdict(one: Finding) -> str:
    """The name of the verdict; `not run` without trials."""
    return one.verdict.name if one.records else "not run"


def verdict_cell(one: Finding) -> str:
    """The verdict; of an equivalence with its margin, since a difference may stand beside it that is real."""
    if one.verdict.name == EQUIVALENT and isinstance(one.claim, Claim):
        return f"{EQUIVALENT} within {one.claim.margin_words}"
    return verdict(one)


def effect(one: Finding) -> Difference | None:
    """The difference in the claim's direction; `None` without a comparison."""
    if one.evidence is None or not isinstance(one.claim, Claim):
        return None
    return as_claimed(one.claim, one.evidence.found)


def effect_cell(one: Finding) -> str:
    """`+2.89 [+2.46, +3.33], n = 8`, with the unit unless it is points of top-1; for an ordering the steps' gains."""
    if one.steps:
        return f"gains of {', '.join(f'{step.gain:+.2f}' for step in one.steps)} from step to step"
    found = effect(one)
    if found is None:
        return "–"
    return f"{found}{_unit(one)}, n = {n_words(one)}"


def measured(one: Finding) -> str:
    """What was measured, in a sentence: `average pooling better by 2.89 [2.46, 3.33]`, of what unless of test top-1."""
    if one.steps:
        return effect_cell(one)
    if one.evidence is None:
        return one.uncounted or "nothing to compare yet"
    return in_words(one.evidence).removesuffix(f" {measure(one.claim.metric).unit}") + _unit(one)


def claimed_cell(one: Finding) -> str:
    """What is claimed: `average pooling better by 0.6`, `equal within 0.3`, an order."""
    if isinstance(one.claim, Ordering):
        return "an order"
    labels = {arm.name: arm.label for arm in one.study.arms}
    baseline, variant = one.study.claimed_pair(one.claim)
    return claimed_words(one.claim, (labels[baseline], labels[variant]))


def accuracy_cell(one: Finding) -> str:
    """Mean test top-1 of the claim's arms: `average pooling 80.6%, fully connected 77.7%`, of the trials compared."""
    if isinstance(one.claim, Ordering):
        values = top1_of(one.records, one.study.baseline.name)
        return f"one model {fmean(values):.1f}%" if values else "–"
    labels = {arm.name: arm.label for arm in one.study.arms}
    pair = one.study.claimed_pair(one.claim)
    found = {name: top1_of(_compared(one, one.claim), name) for name in reversed(pair)}
    return ", ".join(f"{labels[name]} {fmean(values):.1f}%" for name, values in found.items() if values) or "–"


def _compared(one: Finding, claim: Claim) -> list[Record]:
    """The records of the trials that a claim compares: where these pair, of the seeds that both arms have."""
    if one.evidence is None or not one.study.paired:
        return list(one.records)
    first, second = (done_trials_of(one.records, name, claim.metric) for name in one.study.claimed_pair(claim))
    return [record for record in one.records if record.seed in first.keys() & second.keys()]


def trained_cell(one: Finding) -> str:
    """Whether the arms are trained out: `yes`, or the first reason why that can't be said."""
    if isinstance(one.claim, Claim) and not measure(one.claim.metric).learnt:
        return "does not matter"
    if one.untrained:
        return _short(one.untrained[0])
    return "yes" if one.evidence or one.steps else "–"


def count(one: Finding) -> int:
    """The number of seeds or rounds compared; for an evaluated ordering the number of models."""
    if one.steps:
        return len(one.records)
    return 0 if one.evidence is None else one.evidence.found.n


def n_words(one: Finding) -> str:
    """The same with what it counts, unless that is seeds or models: `8`, `60 rounds`."""
    return str(count(one)) if one.evidence is None else count_words(one.evidence)


def rung_words(one: Finding, rung: Rung) -> str:
    """The difference at a budget: `+4.70 [+4.10, +5.30], n = 3`."""
    assert isinstance(one.claim, Claim), "an ordering has no pair"
    return f"{as_claimed(one.claim, rung.evidence.found)}{_unit(one)}, n = {count_words(rung.evidence)}"


def step_words(step: Step) -> str:
    """The gain of a step with its interval over images."""
    return f"{step.gain:+.2f} [{step.low:+.2f}, {step.high:+.2f}]"


def _short(reason: str) -> str:
    """A reason without what explains its numbers."""
    return reason.partition(",")[0].partition(": whether")[0]


def _unit(one: Finding) -> str:
    about = measure(one.claim.metric)
    if about.name.startswith("top1"):
        return ""
    of_another = about.unit == "points" and about.gains == "better"  # an accuracy; beside it stands that on test images
    return f" {about.unit} of {about.label}" if of_another else f" {about.unit}"
