"""A claim as a page shows it: the verdict in one sentence, and what decided it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ablations.evidence.claimed import favoured
from ablations.evidence.findings import Finding
from ablations.evidence.verdict import (
    CONTRADICTED,
    DIRECTION_ONLY,
    EQUIVALENT,
    NOT_JUDGED,
    REPRODUCED,
    UNDECIDED,
    is_real,
)
from ablations.evidence.weighing import Evidence
from ablations.report import claim_pages, claim_texts
from ablations.report.formats import minus_signs
from ablations.report.html.strips import Strip, scales, strip
from ablations.report.published import elsewhere, elsewhere_cell
from ablations.study import Claim
from ablations.study.claims import Ordering
from ablations.study.decimals import counted
from ablations.study.measures import measure

# How a sentence continues that begins with the claim.
ENDS = {
    REPRODUCED: "is reproduced",
    DIRECTION_ONLY: "is right in its direction, not in its size",
    CONTRADICTED: "is contradicted",
    EQUIVALENT: "is settled: no difference that counts",
    UNDECIDED: "is undecided",
    NOT_JUDGED: "is not judged",
}
# Facts that stand elsewhere in the page's entry of a claim.
SHOWN = ("Why", "Measured", "It would be refuted by")


@dataclass(frozen=True)
class ClaimView:
    """What a page shows of a claim.

    Attributes:
        statement, source: The claim.
        verdict: The text of the badge.
        kind: The same as a class of the style sheet.
        ends: How the sentence that begins with the statement continues.
        reason: Why. It may begin with a name or a p-value, so it never begins a sentence.
        measured: Which arm is better, and by how much; or the gain of each step of an order; `None` without either.
        unmeasured: Why there is neither.
        strip: A drawing of the difference; `None` without a comparison.
        n: Number of seeds compared, or of models; of rounds and examples with this word.
        row: The cells of the ledger, by column.
        facts: Further facts, by name.
        elsewhere: What others measured, a sentence each.
        budget: Columns and rows of the difference over the budget; `None` without rungs.
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
    n: str
    row: dict[str, str]
    facts: dict[str, str]
    elsewhere: list[str]
    budget: dict | None
    refuted_by: str
    run: bool
    unmeasured: str = ""

    @property
    def paper(self) -> str | None:
        """The address of the first paper that the source names; `None` if it names none."""
        found = re.search(r"arXiv (\d{4}\.\d{4,5})", self.source)
        return f"https://arxiv.org/abs/{found[1]}" if found else None


def claim_views(found: Sequence[Finding]) -> list[ClaimView]:
    """The findings of a page as it shows them, their strips on one scale."""
    shared = scales(found)
    return [_claim_view(one, shared) for one in found]


def ends(verdict: str, claim: Claim | Ordering, evidence: Evidence | None) -> str:
    """How a sentence continues that begins with the claim; a difference within the margin may still be real."""
    if verdict != EQUIVALENT or not isinstance(claim, Claim) or evidence is None or not is_real(evidence):
        return ENDS[verdict]
    return f"is settled: {favoured(evidence)} is {measure(claim.metric).gains}, by less than {claim.margin_words}"


def _claim_view(one: Finding, shared: Mapping[str, tuple[float, float]]) -> ClaimView:
    verdict = claim_texts.verdict(one)
    return ClaimView(
        statement=one.claim.statement,
        source=one.claim.source,
        verdict=verdict,
        kind=verdict.replace(" ", "-"),
        ends=ends(one.verdict.name, one.claim, one.evidence) if one.records else _not_run(one),
        reason=minus_signs(one.verdict.reason),
        measured=minus_signs(claim_texts.measured(one)) if one.evidence or one.steps else None,
        strip=strip(one, shared),
        n=claim_texts.n_words(one),
        row=_row(one),
        facts={name: minus_signs(text) for name, text in claim_pages.facts(one).items() if name not in SHOWN},
        elsewhere=[minus_signs(str(row)) for row in elsewhere(one)],
        budget=_budget(one) if len(one.rungs) > 1 else None,
        refuted_by=one.claim.refuted_by,
        run=bool(one.records),
        unmeasured="" if one.evidence or one.steps else claim_texts.measured(one),
    )


def _not_run(one: Finding) -> str:
    """How the sentence of a claim ends for which no trial counts: none of its arms' declared seeds has run."""
    arms = set(one.study.claimed_pair(one.claim)) if isinstance(one.claim, Claim) else {one.study.baseline.name}
    return f"is not run yet: {counted(len(arms) * one.study.seeds, 'trials')} missing"


def _row(one: Finding) -> dict[str, str]:
    cells = {
        "accuracy": claim_texts.accuracy_cell(one),
        "as claimed": claim_texts.effect_cell(one),
        "claimed": claim_texts.claimed_cell(one),
        "elsewhere": elsewhere_cell(one),
        "trained out?": claim_texts.trained_cell(one),
    }
    return {name: minus_signs(text) for name, text in cells.items()}


def _budget(one: Finding) -> dict:
    table = claim_pages.budget_table(one)
    rows = [[minus_signs(text) for text in row] for row in table.values.tolist()]
    return {"title": "Over the budget", "columns": list(table.columns), "rows": rows}
