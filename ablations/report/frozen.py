"""Heads on frozen trunks: the accuracy of each head by the head behind which the trunk was trained."""

from pathlib import Path
from statistics import fmean

import pandas as pd

from ablations import studies
from ablations.records.declared import belonging
from ablations.records.store import Store
from ablations.records.tuning import tuned
from ablations.report.heads import kind_of_head
from ablations.study import Study
from ablations.study.measures import measure
from ablations.study.starts import start_file

STUDIES = ("transfer_cifar10", "heads_on_trunks")
HEADS = {"gap": "average pooling", "fc": "the flattened map", "max": "maximum pooling"}
# The head behind which each committed trunk was trained.
TRUNKS = {
    "results/transfer_cifar10/trunk.weights.h5": "gap",
    "results/trunks/flat.weights.h5": "fc",
    "results/trunks/max.weights.h5": "max",
}


def has_frozen_trunk(study: Study) -> bool:
    """Whether a study trains heads alone."""
    return any(study.toggles(arm).get("freeze") == "trunk" for arm in study.arms)


def heads_on_trunks(out: Path) -> pd.DataFrame:
    """A row per trunk, a column per head: mean test top-1 at the last rung in points, from the records below `out`."""
    found: dict[tuple[str, str], list[float]] = {}
    for name in STUDIES:
        store = Store(out / name)
        study = tuned(studies.load(name), store.folder)
        for record in belonging(study.at(), store.load()):
            score = measure("top1").of(record)
            if score is not None:
                trunk = TRUNKS[start_file(record.toggles["weights"]).file]
                found.setdefault((trunk, kind_of_head(record.toggles)), []).append(score)
    rows = [[found.get((trunk, head)) for head in HEADS] for trunk in TRUNKS.values()]
    cells = [[f"{fmean(scores):.1f}" if scores else "–" for scores in row] for row in rows]
    table = pd.DataFrame(cells, columns=list(HEADS.values()))
    table.insert(0, "the trunk was trained behind", [HEADS[head] for head in TRUNKS.values()])
    return table
