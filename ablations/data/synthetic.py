"""Synthetic data: random images in place of a data set that is not prepared, to plan a study but not to train on.

ImageNet takes a registration, 150 GB and a day; with synthetic data `plan` gives the cost of a study on it before that.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ablations.data import datasets, tfds_reader
from ablations.data.datasets import Dataset
from ablations.study import Study
from ablations.study.sizes import height_and_width
from inception_keras.errors import UserError


@dataclass(frozen=True)
class Known:
    """Numbers of examples and classes of a set, known without its files, and their source."""

    train: int
    test: int
    classes: int
    source: str


KNOWN = {"imagenet2012": Known(1_281_167, 50_000, 1000, "arXiv 1409.0575, table 2; tested on its validation images")}
IMAGES = 256  # different ones; the time of a step does not depend on which it gets


@dataclass(frozen=True)
class RandomImages:
    """`count` random examples, made of IMAGES different images, with the interface of `splits.Examples`."""

    count: int
    classes: int
    shape: tuple[int, int, int]
    threads: int = 2

    def __len__(self) -> int:
        return self.count

    @cached_property
    def _images(self) -> np.ndarray:
        return np.random.default_rng(0).integers(0, 256, (IMAGES, *self.shape), np.uint8)

    def take(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._images[indices % IMAGES], (indices % self.classes).astype(np.int32)

    def crop(self, indices: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.take(indices)

    def head(self, count: int) -> "RandomImages":
        return replace(self, count=min(count, self.count))


def synthetic_dataset(study: Study, data_dir: str | None) -> Dataset | None:
    """Random images in the number and size of the study's set; `None` if it is prepared, or is not in KNOWN."""
    known = KNOWN.get(study.dataset)
    if known is None or study.image_size is None:
        return None
    try:
        datasets.check_dataset(study.dataset, data_dir)
    except UserError:
        pass
    else:
        return None
    shape = (*height_and_width(study.image_size), 3)
    held_out = round(known.train * study.validation)
    counts = (round((known.train - held_out) * study.fraction), round(held_out * study.fraction), known.test)
    train, validation, test = (RandomImages(n, known.classes, shape) for n in counts)
    return Dataset(
        name=study.dataset,
        version="(not prepared)",
        classes=known.classes,
        class_names=tuple(map(str, range(known.classes))),
        image_shape=shape,
        train=train,
        validation=validation,
        test=test,
        note=(
            f"Not in {tfds_reader.data_directory(data_dir)}: numbers from {known.source}; timed on random images, "
            "so that reading and decoding come on top where they are slower than a step."
        ),
        fingerprint="",
    )
