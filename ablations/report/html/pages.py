"""Writes the pages: `DIR/STUDY/report.html` for a study, and `DIR/index.html` over all studies."""

from collections.abc import Sequence
from pathlib import Path

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section, sections
from ablations.evidence.twins import Twins, find_twins
from ablations.files import write_files
from ablations.records.store import Store
from ablations.report import claim_texts, experiments, ledger
from ablations.report.html import variants
from ablations.report.html.claims import claim_views
from ablations.report.html.rendering import render
from ablations.report.html.sections import SectionView, section_view
from ablations.report.publish import findings_of
from ablations.study import Study
from inception_keras.errors import UserError

REPORT, INDEX = "report.html", "index.html"
# Those that decide a claim come first.
VERDICTS = (
    *("reproduced", "direction only", "contradicted", "equivalent"),
    *("undecided", "not judged", "not run"),
)


def write_report(
    study: Study, out: Path, typed: str | None = None, *, removed: bool = False, twins: Twins | None = None
) -> Path:
    """Writes the page of a study beside its records and returns its path.

    Args:
        study: As it is declared now.
        out: The results folder; the records are in `out/STUDY`.
        typed: The study as typed on the command line, for the command that runs it again; its name by default.
        removed: Whether trials of variants that the study no longer declares are shown.
        twins: Arms of all studies that are the same trials; by default the records of all studies are read for it.

    Raises:
        UserError: There are no records, or the folder can't be written.
    """
    store, typed = Store(out / study.name), typed or study.name
    parts = sections(store, study, removed=removed)
    if not parts:
        raise UserError(f"{store.folder} holds no records: run `python -m ablations run {typed}` first")
    found = findings_of(study, parts)
    page = render(
        "report.html.j2",
        study=study,
        claims=claim_views(found),
        experiment=experiments.in_full(found[0]) if found and found[0].records else "",
        sections=_section_views(parts, typed, found),
        columns=variants.COLUMNS,
        trial_columns=variants.TRIAL_COLUMNS,
        twins=(twins or _twins(out)).sentences(study.name),
    )
    return write_files(store.folder, {REPORT: page})[0]


def _twins(out: Path) -> Twins:
    """The arms that are the same trials, among all studies with records in the folder."""
    stores = (Store(path.parent) for path in sorted(out.glob("*/records")))
    return find_twins(record for store in stores for record in store.load())


def write_index(found: Sequence[Finding], studies: Sequence[Study], out: Path) -> Path:
    """Writes the ledger over all studies, with links to the pages of those that have records, and returns its path.

    Args:
        found: The findings on these studies.
        studies: As they are declared now.
        out: The results folder.

    Raises:
        UserError: The folder can't be written.
    """
    shown = ledger.first_page(found)
    groups = {name: [one for one in shown if ledger.group_of(one) == name] for name in ledger.GROUPS}
    views = {id(one): view for one, view in zip(shown, claim_views(shown), strict=True)}
    counts = [claim_texts.verdict(one) for one in found]
    page = render(
        "index.html.j2",
        about=ledger.ABOUT.replace("*", ""),  # it is Markdown
        groups={name: [(one.study.name, views[id(one)]) for one in rows] for name, rows in groups.items() if rows},
        more=sum(bool(one.records) for one in found) - len(shown),
        run=[_study_view(study, found) for study in studies if has_records(study, out)],
        other=[_study_view(study, found) for study in studies if not has_records(study, out)],
        notes=ledger.remarks(found),
        counts={verdict: counts.count(verdict) for verdict in sorted(set(counts), key=VERDICTS.index)},
    )
    return write_files(out, {INDEX: page})[0]


def has_records(study: Study, out: Path) -> bool:
    """Whether a study has a record, without reading it."""
    return any(Store(out / study.name).records.glob("*.json"))


def _section_views(parts: list[Section], typed: str, found: Sequence[Finding]) -> list[SectionView]:
    """Only the first section has figures, like the files beside the page: the largest experiment, locked ones first."""
    return [section_view(part, typed, found, drawn=part is parts[0]) for part in parts]


def _study_view(study: Study, found: Sequence[Finding]) -> dict:
    own = [one for one in found if one.study.name == study.name]
    return {
        "name": study.name,
        "question": study.question,
        "page": f"{study.name}/{REPORT}",
        "claims": claim_views(own),
        "verdicts": ", ".join(_counted([claim_texts.verdict(one) for one in own])),
    }


def _counted(verdicts: list[str]) -> list[str]:
    return [f"{verdicts.count(name)} {name}" for name in VERDICTS if name in verdicts]
