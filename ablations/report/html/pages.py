"""Writes the pages: `DIR/STUDY/report.html` for a study, and `DIR/index.html` over all studies."""

from pathlib import Path

from ablations.evidence import findings
from ablations.evidence.sections import Section, sections
from ablations.files import write_files
from ablations.records.store import Store
from ablations.report import experiments, ledger
from ablations.report.html import variants
from ablations.report.html.claims import claim_view
from ablations.report.html.rendering import render
from ablations.report.html.sections import SectionView, section_view
from ablations.study import Study
from inception_keras.errors import UserError

REPORT, INDEX = "report.html", "index.html"


def write_report(study: Study, out: Path, typed: str | None = None, *, removed: bool = False) -> Path:
    """Writes the page of a study beside its records and returns its path.

    Loads Keras, for the costs by stage.

    Args:
        study: As it is declared now.
        out: The results folder; the records are in `out/STUDY`.
        typed: The study as typed on the command line, for the command that runs it again; its name by default.
        removed: Whether trials of variants that the study no longer declares are shown.

    Raises:
        UserError: There are no records, or the folder can't be written.
    """
    store, typed = Store(out / study.name), typed or study.name
    parts = sections(store, study, removed=removed)
    if not parts:
        raise UserError(f"{store.folder} holds no records: run `python -m ablations run {typed}` first")
    found = _findings(study, parts, store)
    page = render(
        "report.html.j2",
        study=study,
        claims=[claim_view(one) for one in found],
        experiment=experiments.in_full(found[0]) if found and found[0].records else "",
        sections=_section_views(parts, typed),
        columns=variants.COLUMNS,
        trial_columns=variants.TRIAL_COLUMNS,
    )
    return write_files(store.folder, {REPORT: page})[0]


def write_index(studies: list[Study], out: Path) -> Path:
    """Writes the ledger over all studies, with links to the pages of those that have records, and returns its path.

    Raises:
        UserError: The folder can't be written.
    """
    views = [_study_view(study, Store(out / study.name)) for study in studies]
    verdicts = [claim.verdict for view in views for claim in view["claims"]]
    page = render(
        "index.html.j2",
        about=ledger.ABOUT.replace("*", "").replace("`", ""),  # it is Markdown
        run=[view for view in views if view["page"]],
        other=[view for view in views if not view["page"]],
        counts={verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts), key=_weight)},
    )
    return write_files(out, {INDEX: page})[0]


def _findings(study: Study, parts: list[Section], store: Store) -> list[findings.Finding]:
    """Findings on the study at full size; if only its reduced profile ran, on that."""
    if study.hypothesis is None:
        return []
    reduced = study.reduced and all(part.profile == "reduced" for part in parts)
    return findings.findings(study.reduce() if reduced else study, store)


def _section_views(parts: list[Section], typed: str) -> list[SectionView]:
    """Only the first section has figures, like the files beside the page: the largest experiment, locked ones first."""
    return [section_view(part, typed, drawn=part is parts[0]) for part in parts]


def _study_view(study: Study, store: Store) -> dict:
    found = findings.findings(study, store) if study.hypothesis else []
    return {
        "name": study.name,
        "question": study.question,
        "page": f"{study.name}/{REPORT}" if store.load() else None,
        "claims": [claim_view(one) for one in found],
        "experiment": experiments.in_full(found[0]) if found and found[0].records else "",
    }


def _weight(verdict: str) -> int:
    """The sort key of a verdict: those that decide a claim come first."""
    order = ("reproduced", "contradicted", "equivalent", "undecided", "no verdict", "not run")
    return order.index(verdict)
