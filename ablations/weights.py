"""The final weights of a trial, as Keras writes them, kept beside its record for evaluations that come later."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from ablations.records import Store

FILE = "network.weights.h5"


def pack(model) -> bytes:
    """The content of the file that `model.save_weights` writes."""
    with tempfile.TemporaryDirectory(prefix="ablations-") as folder:
        path = Path(folder) / FILE
        model.save_weights(path)
        return path.read_bytes()


def lacking(store: Store, records: Iterable[dict]) -> list[dict]:
    """The records of trials that are done and whose weights are not kept."""
    return [record for record in records if record["status"] == "done" and not store.weights_path(record).exists()]


def remedy(store: Store, lacking: Iterable[dict]) -> str:
    """Which trials have no weights, why they get none by themselves, and what to type."""
    seeds: dict[str, list[int]] = {}
    for record in lacking:
        seeds.setdefault(record["variant"], []).append(record["seed"])
    trials = "; ".join(f"{variant} seed {', '.join(map(str, own))}" for variant, own in seeds.items())
    study = store.folder.name
    return (
        f"no weights are kept of {trials}: a trial that is done is not run again. To train them with their weights, "
        f"type `python -m ablations run {study} --keep-weights --out OTHER`, OTHER being another folder than "
        f"{store.folder.parent}"
    )
