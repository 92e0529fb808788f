"""Trials of a study as an ensemble, on many crops of each test image: from kept weights, nothing is trained.

Source: arXiv 1409.4842, section 7: the softmax probabilities are averaged over the crops of an image and over the
models. A crop that is the same as another one is computed once and weighs as many times (see `multicrop`).

Each row of models and crops is kept as the answers of its draws (see `orders`), in `DIR/STUDY/ensembles/`: bits in
`answers.npz`, all the rest in `evaluation.json`, which has the checksum of both. Tables, tests and the verdict are
made of these two files.
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
from ablations.records.store import SCHEMA, Store, check_data, text
from ablations.study import Study
from ablations.study.claims import METRICS, Row
from inception_keras.errors import UserError

AGREEMENT = 0.99  # of the answers to one crop with the record's: the rest is rounding on other hardware


def members(study: Study, store: Store, backend: str) -> list[Record]:
    """The records of the baseline's trials, by seed, whose weights are all kept as they were written.

    Raises:
        UserError: The study does not train on crops, or a trial is not done, or lacks its weights.
    """
    if "inception_crop" not in study.recipe.augmentation:
        raise UserError(
            f"{study.name} trains on whole images: a network that never saw a crop is not evaluated on crops; the "
            "study needs inception_crop in its augmentation, and image_size, the side of the crops"
        )
    found = {record.address: record for record in store.load() if record.done}
    trials = [trial for trial in study.trials() if trial.variant == study.baseline]
    own = {trial.seed: found.get(Rounding(backend).address(trial)) for trial in trials}
    if missing := [seed for seed, record in own.items() if record is None]:
        raise UserError(
            f"{store.folder} has no trial that is done of {study.baseline.name} seed {', '.join(map(str, missing))}: "
            f"type `python -m ablations run {study.name} --keep-weights` with the same settings first"
        )
    chosen = [record for record in own.values() if record is not None]  # none is missing
    if without := weights.lacking_weights(store, chosen):
        raise UserError(weights.weights_remedy(store, without))
    for record in chosen:
        path = store.weights_path(record)
        if "weights" in record and hashlib.sha256(path.read_bytes()).hexdigest() != record["weights"]["sha256"]:
            raise UserError(f"{path} is not what its record was written with: bring back the file as it was")
    return chosen


def check_rows(models: Sequence[int], crops: Sequence[int], seeds: int):
    """Whether there are such rows.

    Raises:
        UserError: More models than trials, another number of crops than the paper's, or a number that stands twice.
    """
    for count in crops:
        multicrop.check_crops(count)
    for count in models:
        if not 1 <= count <= seeds:
            raise UserError(f"--models {count}: the study has {seeds} trials, so 1 to {seeds} models can be averaged")
    for name, counts in (("models", models), ("crops", crops)):
        if len(set(counts)) < len(counts):
            raise UserError(f"--{name} has a number twice: {', '.join(map(str, counts))}")


def evaluate_ensembles(
    study: Study,
    store: Store,
    data_dir: str | None,
    models: Sequence[int] = (1, 7),
    crops: Sequence[int] = (1, 10, 144),
    tell: Callable[[int, int], None] = lambda done, images: None,
) -> Ensembles:
    """Evaluates every row of models and crops on the study's test images, and keeps the answers.

    Args:
        study: Its baseline's trials are the models.
        store: With their records and weights.
        data_dir: Where TFDS keeps prepared sets; `None` for its own default.
        models, crops: Of the rows: each with each.
        tell: Is told how many images are done, and of how many.

    Raises:
        UserError: As `check` and `members`; the data is not what the trials saw; or the weights do not answer as their
            records say.
    """
    from ablations import environment  # these two load Keras
    from ablations.inspection.averaging import ModelAverage

    check_rows(models, crops, study.seeds)
    datasets.check_dataset(study.dataset, data_dir)
    found = members(study, store, environment.backend())
    data = datasets.load_for(study, data_dir)
    check_data(study, store.folder, data.fingerprint)
    begun, test = time.perf_counter(), data.test
    assert isinstance(test, Split | StreamedSplit), "only what stands in for a set has no ids, and `load` gives none"
    images = min(len(test), (study.ordering and study.ordering.images) or len(test))
    seeds = [record.seed for record in found]
    rows = [Row(model, crop) for model in models for crop in crops]
    stored = datasets.stored_test_images(study.dataset, data_dir, test.ids[:images])
    committee = ModelAverage(study, data, [store.weights_path(record) for record in found], seeds)
    answers, passes = committee.answers(stored, test.labels[:images], rows, lambda done: tell(done, images))
    if Row(1, 1) in rows:
        _check_agreement(store, found, answers[Row(1, 1)].top1)
    buffer = io.BytesIO()
    bits: dict[str, Any] = {  # of any type: `savez_compressed` has an option beside them
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
    """One crop is what a trial was evaluated on when it ended: the weights must give these answers again."""
    for record, own in zip(found, top1, strict=True):
        if store.has_answers(record):
            agreement = float((store.correct(record)[: len(own)] == own).mean())
            if agreement < AGREEMENT:
                raise UserError(
                    f"{store.weights_path(record)} answers {1 - agreement:.1%} of the images otherwise than the record "
                    f"of {record.variant} seed {record.seed}: these are not its weights"
                )


def _name(metric: str, row: Row) -> str:
    return f"{metric}_{row.models}x{row.crops}"
