"""Loads a data set by its TFDS name, or from files of one's own, as three splits of images, the same in every process.

Images are decoded once, to uint8, if they fit in memory; else they stay on disk and are decoded batch by batch.
Validation is cut from `train`. The cut depends on the labels and not on a trial's seed, so all seeds and variants
choose on the same examples. The test split is never cut.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ablations.data import array_files, arrow_folders, crops, decoding, folders, placement, tfds_reader
from ablations.data import augmentation as augmentations
from ablations.data.batches import evaluation_batches, training_batches
from ablations.data.partition import labelled_test, of_classes, partition
from ablations.data.sources import Source
from ablations.data.splits import Examples, Split
from ablations.data.streaming import StreamedSplit, update_digest
from ablations.study import Study, sizes
from ablations.study.sizes import ImageSize
from inception_keras.errors import UserError

__all__ = ["Dataset", "Split", "evaluation_batches", "load", "training_batches"]

# Files of the user's own, by the prefix of their names: what finds them, and what opens them.
OWN: dict[str, tuple[Callable[[str], Path], Callable[[Path], Source]]] = {
    folders.PREFIX: (folders.check_folder, folders.Folder),
    arrow_folders.PREFIX: (arrow_folders.check_arrow, arrow_folders.ArrowFolder),
    array_files.PREFIX: (array_files.check_file, array_files.ArrayFile),
}


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set, ready for trials.

    Attributes:
        name: As given to `load`: `cifar10`, `imagenette/160px-v2`, `digits`.
        version: The version of the prepared set.
        classes: How many classes there are.
        class_names: Their names, in the order of the labels.
        image_shape: Height, width, channels.
        train: The examples that a trial trains on.
        validation: The examples that choices are made on, cut from TFDS's `train`.
        test: The examples that are read once, after the last epoch.
        note: The description of the prepared set, which must be printed with every table.
        fingerprint: 16 hexadecimal digits over name, version, pixels and labels of the three splits in order: two runs
            with the same fingerprint saw the same data. For a streamed set `streaming.update_digest` replaces the
            pixels.
        streamed: Whether the images are read from disk batch by batch.
    """

    name: str
    version: str
    classes: int
    class_names: tuple[str, ...]
    image_shape: placement.Shape
    train: Examples
    validation: Examples
    test: Examples
    note: str
    fingerprint: str
    streamed: bool = False

    def describe(self) -> dict[str, object]:
        """What a record stores about the data, as JSON values."""
        return {
            "name": self.name,
            "version": self.version,
            "note": self.note,
            "fingerprint": self.fingerprint,
            "counts": {"train": len(self.train), "validation": len(self.validation), "test": len(self.test)},
            "image_shape": list(self.image_shape),
            "classes": self.classes,
            **({"streamed": True} if self.streamed else {}),  # older records of sets in memory have no such key
        }


def load(
    name: str,
    *,
    data_dir: str | os.PathLike | None = None,
    image_size: ImageSize | None = None,
    validation: float = 0.1,
    fraction: float = 1.0,
    augmentation: Sequence[str] = (),
    classes: Sequence[str] = (),
    streamed: bool | None = None,
) -> Dataset:
    """Opens a prepared data set, and reads it into memory if it fits; prepares `digits` if it is missing.

    It is streamed from disk if its decoded images exceed `placement.memory_limit()`, or if they differ in size and the
    augmentation is `inception_crop`, which cuts from the stored images.

    Args:
        name: As TFDS writes it (`cifar10`, `imagenette/160px-v2`), `digits`, `folder:PATH` (pictures), `arrow:PATH`
            (a folder of Hugging Face `datasets`) or `numpy:FILE` (arrays).
        data_dir: Where data sets are; `None` for the environment's TFDS_DATA_DIR, else TFDS's default.
        image_size: Side in pixels, or (height, width), to resize every image to, once (bilinear, without keeping the
            aspect ratio); `None` for the stored size.
        validation: Share of `train` to cut off for validation, the same for every class.
        fraction: Share of train and validation to keep, the same for every class; a smaller share is contained in a
            larger one. Test stays whole.
        augmentation: Augmentation of the training batches. With `inception_crop` the training images stay as they are
            stored, and validation and test show the centre of each (`crops.centre`).
        classes: Names of the classes to keep, in all three splits; empty for all. Labels number them from 0, in the
            order of the set.
        streamed: Whether to stream it whatever memory is free, as other trials did, since it has another fingerprint
            then; `None` to decide by the memory.

    Returns:
        The three splits and what identifies them. Test is TFDS's `test`, or `validation` if `test` is missing or has no
        labels.

    Raises:
        UserError: The set is not prepared, is damaged, has no labels, is too large for the memory and not stored as
            ArrayRecord or not to be streamed, holds images of different sizes while `image_size` is None, or an
            argument is out of range.
    """
    crop = bool(set(augmentations.SOURCES) & set(augmentations.check_augmentation(augmentation)))
    if crop and image_size is None:
        raise UserError("augmentation 'inception_crop' needs image_size, the size of its crops in pixels, such as 224")
    if not 0 < validation < 1:
        raise UserError(f"validation must be between 0 and 1 (both excluded), not {validation!r}")
    if not 0 < fraction <= 1:
        raise UserError(f"fraction must be above 0 and at most 1, not {fraction!r}")
    size = None if image_size is None else sizes.image_size(image_size)
    source = _source(name, data_dir)

    parts, class_names = partition(name, source, validation, fraction, classes), source.class_names
    note = source.note
    if classes:
        parts, class_names = of_classes(parts, class_names, classes)
        note = f"{note} Of its classes only {' and '.join(class_names)}."
    view: decoding.View
    if crop:
        assert size is not None, "checked above"
        view, shape = partial(crops.centre, size=size), (*sizes.height_and_width(size), source.channels)
    else:
        view = decoding.stored if size is None else partial(decoding.squeezed, size=size)
        shape = placement.shape_of(source, view)
    on_disk = placement.is_streamed(source, parts, shape, crop, streamed)
    make = placement.streamed_splits if on_disk else partial(placement.in_memory, crop=crop)
    splits = make(source, parts, shape=shape, view=view)
    return Dataset(
        name=name,
        version=source.version,
        classes=len(class_names),
        class_names=class_names,
        image_shape=shape,
        note=note,
        fingerprint=_fingerprint(_known_as(name), source.version, splits.values()),
        streamed=on_disk,
        **splits,
    )


def load_for(study: Study, data_dir: str | os.PathLike | None, streamed: bool | None = None) -> Dataset:
    """The data set that the trials of a study use; `streamed` as in `load`.

    Raises:
        UserError: As `load`.
    """
    return load(
        study.dataset,
        data_dir=data_dir,
        image_size=study.image_size,
        validation=study.validation,
        fraction=study.fraction,
        augmentation=study.recipe.augmentation,
        classes=study.classes,
        streamed=streamed,
    )


def stored_test_images(name: str, data_dir: str | os.PathLike | None, ids: np.ndarray) -> Iterator[np.ndarray]:
    """Yields the stored test images with these ids, uint8 (height, width, channels), each in its own size.

    Args:
        name, data_dir: As in `load`.
        ids: Ascending, as in `Dataset.test.ids`.

    Raises:
        UserError: As `load`.
    """
    source = _source(name, data_dir)
    split, _ = labelled_test(name, source)
    with source.damage_reported():
        for encoded in source.images(split, ids):
            yield decoding.decode(encoded, source.channels)


def check_dataset(name: str, data_dir: str | os.PathLike | None):
    """Checks that a data set is prepared, by looking at the folders alone.

    Raises:
        UserError: It is not prepared; the error gives the command that prepares it.
    """
    if own := _own(name):
        own[0](name)
        return
    directory = tfds_reader.data_directory(data_dir)
    if name != "digits":  # `load` prepares it
        tfds_reader.find_prepared(name, directory)


def _source(name: str, data_dir: str | os.PathLike | None) -> Source:
    if own := _own(name):
        check, source = own
        return source(check(name))
    return tfds_reader.Prepared(_directory(name, tfds_reader.data_directory(data_dir)))


def _own(name: str) -> tuple[Callable[[str], Path], Callable[[Path], Source]] | None:
    return next((own for prefix, own in OWN.items() if name.startswith(prefix)), None)


def _directory(name: str, data_dir: Path) -> Path:
    if name != "digits":
        return tfds_reader.find_prepared(name, data_dir)
    from ablations.data import digits

    return digits.prepare(data_dir)


def _known_as(name: str) -> str:
    """The name of a set in its fingerprint: a set of the user's own is the same wherever it lies."""
    return next((prefix for prefix in OWN if name.startswith(prefix)), name)


def _fingerprint(name: str, version: str, splits: Iterable[Split | StreamedSplit]) -> str:
    digest = hashlib.sha256(repr((name, version)).encode())
    for split in splits:
        if isinstance(split, StreamedSplit):
            update_digest(digest, split)
            continue
        digest.update(repr(split.images.shape).encode())
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(split.labels.astype("<i4").data)
        if split.size is not None:  # of the crops
            digest.update(repr(split.size).encode())
    return digest.hexdigest()[:16]
