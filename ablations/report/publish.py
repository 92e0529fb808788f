"""Writes everything that is made from the records of a study: its tables and figures."""

from pathlib import Path

from ablations.evidence.findings import Finding, findings
from ablations.evidence.sections import Section
from ablations.files import write_files
from ablations.report import ensembles, summary, tables
from ablations.report.figures.files import write_figures
from ablations.report.figures.numbers import section_numbers
from ablations.study import Study


def findings_of(study: Study, parts: list[Section]) -> list[Finding]:
    """The findings on a study at full size; if only its reduced profile ran, on that."""
    if study.hypothesis is None:
        return []
    reduced = study.reduced and all(part.profile == "reduced" for part in parts)
    return findings(study.reduce() if reduced else study, parts[0].store)


def publish_sections(parts: list[Section]) -> list[Path]:
    """Writes tables and figures of all sections beside their records and returns the paths of the tables."""
    study, folder = parts[0].study, parts[0].store.folder
    found = findings_of(study, parts)
    # figures of the first section only: the largest experiment, locked trials before the others
    drawn = section_numbers(parts[0], found)
    texts = {
        "trials.csv": tables.trials_table(parts).to_csv(index=False),
        "summary.csv": tables.summary_table(parts).to_csv(index=False),
        "comparisons.csv": tables.comparisons_table(parts).to_csv(index=False),
        "summary.md": summary.summary_page(
            study, parts, found, {stem: numbers["title"] for stem, numbers in drawn.items()}
        ),
        "summary.tex": summary.latex(study, parts),
    }
    written = write_files(folder, texts | ensembles.texts(study, parts[0].store))
    write_figures(drawn, folder / "figures")
    return written
