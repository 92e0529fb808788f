"""What a study takes on a machine, kept beside its results: so the ledger can say it of one that was not run."""

import json
from pathlib import Path

from ablations import environment
from ablations.files import write_files
from ablations.records.trials import Site
from ablations.study import Study, address

FILE = "plan.json"


def save_plan(study: Study, folder: Path, site: Site, images: int, hours: float, commit: str | None) -> Path:
    """Writes to `folder` that the whole study takes so many hours on this site, over so many training images."""
    content = {
        "study": study.name,
        "experiment": address(study.trials()[0].experiment()),
        "trials": len(study.trials()),
        "epochs": study.recipe.epochs,
        "train": images,
        "hours": round(hours, 2),
        "precision": study.recipe.precision,
        "hardware": environment.hardware_words(site.hardware),
        "versions": environment.versions_words(site.versions),
        "commit": commit,
    }
    return write_files(folder, {FILE: json.dumps(content, indent=1) + "\n"})[0]


def plan_sentence(study: Study, folder: Path) -> str | None:
    """How long the study takes and where, from the file in `folder`; `None` without one of the study as it is now."""
    try:
        found = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return None
    if found["experiment"] != address(study.trials()[0].experiment()) or found["trials"] != len(study.trials()):
        return None
    return (
        f"{found['trials']} trials of {found['epochs']} epoch{'s' if found['epochs'] > 1 else ''} over "
        f"{found['train']:,} images take about "
        f"{duration(found['hours'])} on {found['hardware']} in {found['precision']}, from a few steps of each variant"
    )


def duration(hours: float) -> str:
    """Hours in words.

    >>> duration(0.5), duration(30), duration(1500)
    ('30 min', '30 h 00 min', '1,500 h (62 days)')
    """
    if hours >= 100:
        return f"{hours:,.0f} h ({hours / 24:,.0f} days)"
    minutes = round(60 * hours)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{max(1, minutes)} min"
