"""The page of a comparison of foreign results, by the template and the parts of a study's page."""

from pathlib import Path

import pandas as pd

from ablations.evidence.claimed import count_words, in_words
from ablations.evidence.foreign import Judged, Judgement
from ablations.files import write_files
from ablations.report import foreign
from ablations.report.formats import minus_signs, p_value
from ablations.report.html.claims import ClaimView, ends
from ablations.report.html.rendering import render
from ablations.report.html.sections import Grid
from ablations.report.html.strips import strip_of

PAGE, TEXT, TABLE = "comparison.html", "comparison.md", "comparison.csv"


def write_comparison(judgement: Judgement, folder: Path) -> list[Path]:
    """Writes the comparison as HTML, Markdown and CSV and returns the paths, the page first.

    Raises:
        UserError: The folder can't be written.
    """
    html = render(
        "comparison.html.j2",
        claims=[_view(one) for one in judgement.judged],
        arms=_grid("Arms", foreign.arms(judgement)),
        comparisons=_grid("Comparisons", foreign.comparisons(judgement)),
        assumptions=[minus_signs(note) for note in judgement.assumptions],
    )
    return write_files(folder, {PAGE: html, TEXT: foreign.page(judgement), TABLE: foreign.table(judgement)})


def _grid(title: str, table: pd.DataFrame) -> Grid:
    return Grid(title, list(table.columns), [[minus_signs(text) for text in row] for row in table.values.tolist()])


def _view(one: Judged) -> ClaimView:
    facts = {"p after Holm's correction": p_value(one.evidence.p_holm)}
    if one.needs:
        facts[f"{one.evidence.over} needed".capitalize()] = str(one.needs)
    return ClaimView(
        statement=one.claim.statement,
        source=one.claim.source,
        verdict=one.verdict.name,
        kind=one.verdict.name.replace(" ", "-"),
        ends=ends(one.verdict.name, one.claim, one.evidence),
        reason=minus_signs(one.verdict.reason),
        measured=minus_signs(in_words(one.evidence)),
        strip=strip_of(one.claim, one.evidence),
        n=count_words(one.evidence),
        row={},
        facts={name: minus_signs(text) for name, text in facts.items()},
        elsewhere=[],
        budget=None,
        refuted_by="",
        run=True,
    )
