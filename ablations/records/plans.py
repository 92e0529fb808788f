"""The expected duration of a study on a machine, stored with its results: the ledger quotes it while no trial ran."""

import json
from pathlib import Path

from ablations import environment
from ablations.files import write_files
from ablations.records.trials import Site
from ablations.study import Study, address
from ablations.study.decimals import counted
from inception_keras.errors import UserError, in_one_line
from inception_keras.io.regular_files import Unreadable, read_file
from inception_keras.io.schema import parse_object

FILE, MOST_BYTES = "plan.json", 2**20


def save_plan(study: Study, folder: Path, site: Site, images: int, hours: float, commit: str | None) -> Path:
    """Writes the plan to `folder` and returns its path: the whole study takes `hours` on this site.

    Args:
        study: What was planned.
        folder: Of the study's results.
        site: The machine.
        images: Number of training images.
        hours: Expected duration of all trials.
        commit: Of the code; `None` outside a checkout.
    """
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
    """How long the study takes and where, from the plan in `folder`; `None` if none is of the study as declared now.

    Raises:
        UserError: The file of the plan is damaged.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        found = parse_object(read_file(path, MOST_BYTES))
        if found["experiment"] != address(study.trials()[0].experiment()) or found["trials"] != len(study.trials()):
            return None
        return (
            f"{counted(found['trials'], 'trials')} of {counted(found['epochs'], 'epochs')} over "
            f"{found['train']:,} images take about {duration(found['hours'])} on {found['hardware']} in "
            f"{found['precision']}, from a few steps of each variant"
        )
    except Unreadable:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is no plan ({in_one_line(error)}): delete it, or write it again with `python -m ablations plan "
            f"{study.name} --save`"
        ) from None


def duration(hours: float) -> str:
    """Hours in words.

    >>> duration(0.5), duration(30), duration(1500)
    ('30 min', '30 h 00 min', '1,500 h (62 days)')
    """
    if hours >= 100:
        return f"{hours:,.0f} h ({hours / 24:,.0f} days)"
    minutes = round(60 * hours)
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{max(1, minutes)} min"
