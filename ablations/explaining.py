"""`python -m ablations explain`: from kept weights to the sheet and the table of a study."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ablations.datasets import Dataset
from ablations.files import prove_writable, write_files
from ablations.kept import kept_trials
from ablations.records import Store
from ablations.study import Study
from ablations.worker import Worker
from inception_keras.errors import UserError


def run(
    study: Study, out: Path, data_dir: str | None, count: int, rows: int, words: Sequence[str] = ()
) -> tuple[pd.DataFrame, str, list[Path]]:
    """Explains every variant with kept weights, and writes `explanation/` beside the records.

    Args:
        study: Whose variants.
        out: Folder of all results; the study's are under its name.
        data_dir: Where TFDS keeps prepared sets.
        count: How many test images are scored.
        rows: How many of them the sheet shows.
        words: As of `kept_trials`.

    Returns:
        The table for people, what it was made of in words, and the files: the sheet, the table, the scores by image.

    Raises:
        UserError: No weights were kept, the data is another, or nothing can be written.
    """
    folder = out / study.name
    kept, target = kept_trials(study, Store(folder), "explain", words), folder / "explanation"
    weights = {name: {one.trial.seed: one.weights for one in trials} for name, trials in kept.items()}
    prove_writable(target)
    data = Worker(study, data_dir).data  # which loads the framework: what comes before answers at once
    check_data(study, folder, data)
    from ablations import explanation

    places = explanation.choose(data, count)
    images, labels = data.test.take(places)
    found = [
        explanation.explain(study, arm, weights[arm.name], data, images) for arm in study.arms if arm.name in weights
    ]
    seeds, numbers = list(weights[study.baseline.name]), explanation.table(found)
    texts: dict[str, str | bytes] = {
        "sheet.png": explanation.sheet(found, data, images, labels, seeds[0], rows),
        "table.csv": numbers.to_csv(index=False),
        "table.md": explanation.page(study, data, numbers),
        "images.csv": explanation.by_image(found, seeds, places).to_csv(index=False),
    }
    return explanation.shown(numbers), explanation.notes(study, data, numbers), write_files(target, texts)


def check_data(study: Study, folder: Path, data: Dataset):
    """Raises `UserError` where the trials saw other data than `data`."""
    wanted = [trial.configuration() for trial in study.trials()]
    for record in Store(folder).load():
        if record["configuration"] in wanted and record["data"]["fingerprint"] != data.fingerprint:
            raise UserError(
                f"{folder} holds trials on other data: {record['data']['name']} {record['data']['version']} with the "
                f"fingerprint {record['data']['fingerprint']}, not {data.fingerprint}"
            )
