"""All that is made from the records of a study: its tables and figures."""

from pathlib import Path

from ablations import figures, pages, tables
from ablations.evidence import sections
from ablations.files import write_texts
from ablations.records import Store
from ablations.study import Study


def publish(store: Store, study: Study) -> list[Path]:
    """Writes tables and figures beside the records, from these alone, and returns the paths of the tables."""
    parts = sections(store, study)
    texts = {
        "trials.csv": tables.trials_table(parts).to_csv(index=False),
        "summary.csv": tables.summary_table(parts).to_csv(index=False),
        "comparisons.csv": tables.comparisons_table(parts).to_csv(index=False),
        "summary.md": pages.markdown(study, parts),
        "summary.tex": pages.latex(study, parts),
    }
    written = write_texts(store.folder, texts)
    # one set of figures: of the largest experiment, the locked trials before the others
    figures.write_figures(parts[0], store.folder / "figures")
    return written
