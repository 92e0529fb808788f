"""`python -m ablations explain`: from kept weights to the sheet and the table of a study."""

from pathlib import Path

import pandas as pd

from ablations.datasets import Dataset
from ablations.files import prove_writable, write_files
from ablations.records import Store
from ablations.study import Study
from ablations.worker import Worker
from inception_keras.errors import UserError


def run(study: Study, out: Path, data_dir: str | None, count: int, rows: int) -> tuple[pd.DataFrame, str, list[Path]]:
    """Explains every variant with kept weights, and writes `explanation/` beside the records.

    Args:
        study: Whose variants.
        out: Folder of all results; the study's are under its name.
        data_dir: Where TFDS keeps prepared sets.
        count: How many test images are scored.
        rows: How many of them the sheet shows.

    Returns:
        The table for people, what it was made of in words, and the files: the sheet, the table, the scores by image.

    Raises:
        UserError: No weights were kept, the data is another, or nothing can be written.
    """
    folder = out / study.name
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: --weights takes the one that `run --out` wrote to")
    weights, target = kept_weights(study, folder), folder / "explanation"
    prove_writable(target)
    data = Worker(study, data_dir).data  # which loads the framework: what comes before answers at once
    check_data(study, folder, data)
    from ablations import explanation

    places = explanation.choose(data, count)
    images, labels = data.test.take(places)
    arms = [arm for arm in study.arms if arm.name in weights]
    found = [explanation.explain(study, arm, weights[arm.name], data, images) for arm in arms]
    seeds, numbers = list(weights[arms[0].name]), explanation.table(found)
    texts: dict[str, str | bytes] = {
        "sheet.png": explanation.sheet(found, data, images, labels, seeds[0], rows),
        "table.csv": numbers.to_csv(index=False),
        "table.md": explanation.page(study, data, numbers),
        "images.csv": explanation.by_image(found, seeds, places).to_csv(index=False),
    }
    return explanation.shown(numbers), explanation.notes(study, data, numbers), write_files(target, texts)


def kept_weights(study: Study, folder: Path) -> dict[str, dict[int, Path]]:
    """By variant and seed the weights in `folder/weights` of the study's trials that are done.

    Only seeds that every such variant has: all are explained over the same ones.

    Raises:
        UserError: There are no weights, or no common seed.
    """
    found: dict[str, dict[int, Path]] = {}
    records = [record for record in Store(folder).load() if record["status"] == "done"]
    for trial in study.trials():
        own = (record for record in records if record["configuration"] == trial.configuration())
        paths = (folder / "weights" / f"{record['address']}.weights.h5" for record in own)
        if path := next((path for path in paths if path.exists()), None):
            found.setdefault(trial.variant.name, {})[trial.seed] = path
    if not found:
        raise UserError(
            f"{folder / 'weights'} holds no weights of {study.name} ({study.profile}): "
            f"`python -m ablations run {study.name} --keep-weights` writes them"
        )
    common = set.intersection(*(set(paths) for paths in found.values()))
    if not common:
        seeds = "; ".join(f"{name} {', '.join(map(str, sorted(paths)))}" for name, paths in found.items())
        raise UserError(f"{folder / 'weights'}: the variants have no seed in common ({seeds})")
    return {name: {seed: paths[seed] for seed in sorted(common)} for name, paths in found.items()}


def check_data(study: Study, folder: Path, data: Dataset):
    """Raises `UserError` where the trials saw other data than `data`."""
    wanted = [trial.configuration() for trial in study.trials()]
    for record in Store(folder).load():
        if record["configuration"] in wanted and record["data"]["fingerprint"] != data.fingerprint:
            raise UserError(
                f"{folder} holds trials on other data: {record['data']['name']} {record['data']['version']} with the "
                f"fingerprint {record['data']['fingerprint']}, not {data.fingerprint}"
            )
