"""Published numbers: each is about a claim that there is, and a cell of the ledger sums them up."""

from ablations import studies
from ablations.evidence.findings import Finding
from ablations.evidence.verdict import NOT_JUDGED, Verdict
from ablations.report.published import elsewhere, elsewhere_cell, published


def finding(study, claim):
    return Finding(study, claim, None, Verdict(NOT_JUDGED, "x"), "exploratory", [])


def test_every_result_is_about_a_claim_that_there_is():
    claimed = {f"{name}/{claim.variant}" for name in studies.names() for claim in studies.load(name).claims}
    for row in published():
        assert set(row.claims) <= claimed, row
        assert row.n >= 1 and row.source and row.setting


def test_a_cell_has_the_numbers_or_their_range():
    heads, pooling, depth = (studies.load(name) for name in ("gap_vs_fc", "pooling", "depth"))
    assert elsewhere_cell(finding(heads, heads.claim)) == "-8.5 to +2.3 in 6 results (n = 1)"
    assert elsewhere_cell(finding(depth, depth.secondary[-1])) == "-0.1, +0.1 (n = 1)"
    assert elsewhere_cell(finding(pooling, pooling.claim)) == "–", "top-1 says nothing of overfitting"
    assert any("second-hand" in str(row) for row in elsewhere(finding(heads, heads.claim)))
