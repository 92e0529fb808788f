"""A claim as a page shows it: the verdict in one sentence, and what decided it."""

from dataclasses import dataclass

from ablations.evidence.findings import Finding
from ablations.evidence.verdict import CONTRADICTED, EQUIVALENT, REPRODUCED, UNDECIDED
from ablations.report import experiments, ledger
from ablations.report.formats import equals, minus_signs, p_value
from ablations.report.html.strips import Strip, strip

# How a sentence continues that begins with the claim.
ENDS = {
    REPRODUCED: "is reproduced",
    CONTRADICTED: "is contradicted",
    EQUIVALENT: "is settled: no difference that counts",
    UNDECIDED: "is undecided",
    None: "has no verdict",
}


@dataclass(frozen=True)
class ClaimView:
    """What a page shows of a claim.

    Attributes:
        statement, source: The claim.
        verdict: The text of the badge.
        kind: The same as a class of the style sheet.
        ends: How the sentence that begins with the statement continues.
        reason: Why. It may begin with a name or a p-value, so it never begins a sentence.
        measured: The difference with its interval and unit, or the gain of each step of an order; `None` without one.
        strip: A drawing of the difference; `None` without a comparison.
        n: Number of seeds compared, or of models.
        facts: Further facts, by name.
        refuted_by: Which result would contradict the claim; may be empty.
        run: Whether there are trials.
    """

    statement: str
    source: str
    verdict: str
    kind: str
    ends: str
    reason: str
    measured: str | None
    strip: Strip | None
    n: int
    facts: dict[str, str]
    refuted_by: str
    run: bool


def claim_view(one: Finding) -> ClaimView:
    """A finding as a page shows it."""
    verdict = one.verdict.name or "no verdict"
    return ClaimView(
        statement=one.claim.statement,
        source=one.claim.source,
        verdict=verdict if one.records else "not run",
        kind=verdict.replace(" ", "-") if one.records else "not-run",
        ends=ENDS[one.verdict.name],
        reason=minus_signs(one.verdict.reason),
        measured=minus_signs(ledger.in_full(one)) if one.evidence or one.steps else None,
        strip=strip(one),
        n=int(ledger.count(one)),
        facts=_facts(one),
        refuted_by=one.claim.refuted_by,
        run=bool(one.records),
    )


def _facts(one: Finding) -> dict[str, str]:
    facts = {}
    if one.evidence is not None:
        found, images = one.evidence.found, one.evidence.images
        facts["Seeds"] = f"n = {found.n}" + (", in pairs" if one.study.paired else "")
        if found.n > 1:
            facts["Sign-flip test"] = f"p {equals(found.p_value)}; after Holm {p_value(one.evidence.p_holm)}"
        if images:
            facts["Over seeds and images"] = minus_signs(f"[{images.low:+.2f}, {images.high:+.2f}]")
    for step in one.steps:
        words = f"p {equals(step.p_value)}; after Holm {p_value(step.p_holm)}"
        facts[f"{step.worse} to {step.better}"] = f"{words}, over images"
    if one.needs:
        facts["Seeds needed"] = str(one.needs)
    if one.records:
        facts["Experiment"] = experiments.brief(one)
    facts["Standing"] = one.standing
    if one.plan:
        facts["The whole study"] = one.plan
    return facts
