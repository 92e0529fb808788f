"""Evaluates trials of a study as an ensemble, on many crops of each test image. Uses kept weights, trains nothing.

Source: arXiv 1409.4842, section 7: the softmax probabilities are averaged over the crops of an image and over the
models. Equal crops are computed once and weighted by their number (see `multicrop`).

For each row of models and crops the answers of its draws (see `ablations.evidence.order`) are stored in
`DIR/STUDY/ensembles/`: bits in `answers.npz`, everything else in `evaluation.json`, which holds the checksums of both.
Tables, tests and the verdict are made from these two files.
"""

import hashlib
import io
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ablations.data import datasets
from ablations.data.splits import Split
from ablations.data.streaming import StreamedSplit
from ablations.files import write_files
from ablations.inspection import multicrop
from ablations.records import weights
from ablations.records.ensembles import ABOUT, ANSWERS, FOLDER, Ensembles
from ablations.records.record import Record
from ablations.records.rounding import Rounding
from ablations.records.store import SCHEMA, Store, text
from ablations.records.trained_data import check_data, was_streamed
from ablations.study import Study
from ablations.study.claims import METRICS, Row
from ablations.study.decimals import numbered
from inception_keras.errors import UserError

AGREEMENT = 0.99  # least share of answers to one crop that equal the record's; the rest is rounding on other hardware


def members(study: Study, store: Store, backend: str, words: Sequence[str] = ()) -> list[Record]:
    """The records of the baseline's trials, sorted by seed, after checks of their weights.

    Raises:
        UserError: The study does not train on crops, a trial is not done, or its weights are missing or changed.
    """
    if "inception_crop" not in study.recipe.augmentation:
        raise UserError(
            f"{study.name} trains on whole images, so that its networks are not evaluated on crops: add inception_crop "
            "to its augmentation, and set image_size, the side of the crops"
        )
    if not isinstance(study.image_size, int):
        raise UserError(
            f"{study.name} has images of {study.image_size}, and the crops of an ensemble are squares: set image_size "
            "to one number"
        )
    typed = words or [study.name]
    found = {record.address: record for record in store.load() if record.done}
    trials = [trial for trial in study.at().trials() if trial.variant == study.baseline]
    own = {trial.seed: found.get(Rounding(backend).address(trial)) for trial in trials}
    if missing := [seed for seed, record in own.items() if record is None]:
        raise UserError(
            f"{store.folder} has no finished trial of {study.baseline.name} {numbered('seed', missing)}: "
            f"type `python -m ablations run {' '.join(typed)} --keep-weights --out {store.folder.parent}` first"
        )
    chosen = [record for record in own.values() if record is not None]  # none is missing
    if without := weights.lacking_weights(store, chosen):
        raise UserError(weights.weights_remedy(store, without, typed))
    for record in chosen:
        path = store.weights_path(record)
        if "weights" in record and hashlib.sha256(path.read_bytes()).hexdigest() != record["weights"]["sha256"]:
            raise UserError(f"{path} has changed since its record was written: restore the original file")
    return chosen


def check_rows(models: Sequence[int], crops: Sequence[int], seeds: int):
    """Checks the numbers of models and crops.

    Raises:
        UserError: There are more models than trials, a number of crops is not the paper's, or a number is given twice.
    """
    for count in crops:
        multicrop.check_crops(count)
    for count in models:
        if not 1 <= count <= seeds:
            raise UserError(f"--models {count}: the study has {seeds} trials, so 1 to {seeds} models can be averaged")
    for name, counts in (("models", models), ("crops", crops)):
        if len(set(counts)) < len(counts):
            raise UserError(f"--{name} lists a number twice: {', '.join(map(str, counts))}")


def evaluate_ensembles(
    study: Study,
    store: Store,
    data_dir: str | None,
    models: Sequence[int] = (1, 7),
    crops: Sequence[int] = (1, 10, 144),
    words: Sequence[str] = (),
    tell: Callable[[int, int], None] = lambda done, images: None,
) -> Ensembles:
    """Evaluates every row of models and crops on the study's test images, and stores the answers.

    Args:
        study: The trials of its baseline are the models.
        store: Holds their records and weights.
        data_dir: Where TFDS keeps prepared data sets; `None` for TFDS's default.
        models, crops: Every number of models is combined with every number of crops.
        words: How the user names the study, for the messages; its name by default.
        tell: Called with the number of images done and their total.

    Raises:
        UserError: As `check_rows` and `members`; the data differs from what the trials were trained on; or the answers
            differ from those in the records.
    """
    from ablations import environment  # these two load Keras
    from ablations.inspection.averaging import ModelAverage

    check_rows(models, crops, study.seeds)
    datasets.check_dataset(study.dataset, data_dir)
    found = members(study, store, environment.backend(), words)
    data = datasets.load_for(study, data_dir, was_streamed(study, store.folder))
    check_data(study, store.folder, data.describe())
    begun, test = time.perf_counter(), data.test
    assert isinstance(test, Split | StreamedSplit), "only synthetic data has no ids, and `load_for` never returns it"
    images = min(len(test), (study.ordering and study.ordering.images) or len(test))
    seeds = [record.seed for record in found]
    rows = [Row(model, crop) for model in models for crop in crops]
    stored = datasets.stored_test_images(study.dataset, data_dir, test.ids[:images])
    averaged = ModelAverage(study, data, [store.weights_path(record) for record in found], seeds)
    answers, passes = averaged.answers(stored, test.labels[:images], rows, lambda done: tell(done, images))
    if Row(1, 1) in rows:
        _check_agreement(store, found, answers[Row(1, 1)].top1)
    buffer = io.BytesIO()
    bits: dict[str, Any] = {  # Any: `savez_compressed` has a keyword of another type
        _name(metric, row): np.packbits(getattr(own, metric), axis=1)
        for row, own in answers.items()
        for metric in METRICS
    }
    np.savez_compressed(buffer, **bits)
    about = {
        "schema": SCHEMA,
        "study": study.name,
        "profile": study.profile,
        "variant": study.baseline.name,
        "seeds": seeds,
        "addresses": [record.address for record in found],
        "rows": [list(row) for row in rows],
        "images": images,
        "crop_side": data.image_shape[0],
        "passes": passes,
        "seconds": round(time.perf_counter() - begun, 1),
        "data": data.describe(),
        "hardware": environment.hardware(),
        "versions": environment.versions(),
        "commit": environment.commit(),
        "answers": hashlib.sha256(buffer.getvalue()).hexdigest(),
    }
    about = json.loads(json.dumps(about))
    write_files(store.folder / FOLDER, {ANSWERS: buffer.getvalue(), ABOUT: text(about)})
    return Ensembles(about, answers)


def _check_agreement(store: Store, found: list[Record], top1: np.ndarray):
    """Checks that on one crop, which trials are evaluated on, the weights repeat the answers in their records."""
    for record, own in zip(found, top1, strict=True):
        if store.has_answers(record):
            agreement = float((store.correct(record)[: len(own)] == own).mean())
            if agreement < AGREEMENT:
                raise UserError(
                    f"{store.weights_path(record)} disagrees on {1 - agreement:.1%} of the images with the record of "
                    f"{record.variant} seed {record.seed}: these are not its weights"
                )


def _name(metric: str, row: Row) -> str:
    return f"{metric}_{row.models}x{row.crops}"
