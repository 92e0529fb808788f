"""Data sets for the bench: a TFDS name in, three splits of decoded images out, the same in every process.

Images are decoded once, to uint8. Validation is cut from `train` in a way that depends on the labels alone, so that
every seed and every variant chooses on the same examples; the test split is never cut.
"""

import hashlib
import io
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from ablations import prepared
from ablations.batches import evaluation_batches, training_batches
from ablations.streams import permutation, stream
from inception_keras.errors import UserError

__all__ = ["Dataset", "Split", "evaluation_batches", "load", "memory_limit", "training_batches"]

MEMORY_SHARE = 0.5  # of the available memory; the other half is for the model, its gradients and the batches
DECODE_CHUNK = 2048
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # Pillow's name for so many channels of uint8


@dataclass(frozen=True, eq=False)
class Split:
    """Decoded examples, which can't be written to.

    Everything outside this module reads examples by `take`, `len` and `labels`, so that a split which reads its images
    from disk can stand in for this one.

    Attributes:
        images: uint8 (n, height, width, channels).
        labels: int32 (n,).
        ids: int64 (n,), the index of each example in its TFDS split.
    """

    images: np.ndarray
    labels: np.ndarray
    ids: np.ndarray

    def __post_init__(self) -> None:
        for array in (self.images, self.labels, self.ids):
            array.setflags(write=False)  # one trial must not change the data of the next

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Images, uint8 (k, height, width, channels), and labels, int32 (k,), at positions 0 to n - 1."""
        return self.images[indices], self.labels[indices]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set, ready for trials.

    Attributes:
        name: As asked for: `cifar10`, `imagenette/160px-v2`, `digits`.
        version: The version of the prepared set.
        classes: How many classes there are.
        class_names: Their names, in the order of the labels.
        image_shape: Height, width, channels.
        train: What a trial learns from.
        validation: What choices are made on, cut from TFDS's `train`.
        test: What is read once, after the last epoch.
        note: The description of the prepared set, which must stand beside every table.
        fingerprint: 16 hexadecimal digits over name, version, pixels and labels of the three splits in order: two runs
            with the same one saw the same data.
    """

    name: str
    version: str
    classes: int
    class_names: tuple[str, ...]
    image_shape: tuple[int, int, int]
    train: Split
    validation: Split
    test: Split
    note: str
    fingerprint: str

    def describe(self) -> dict[str, object]:
        """What a record keeps of the data, as JSON can hold it."""
        return {
            "name": self.name,
            "version": self.version,
            "note": self.note,
            "fingerprint": self.fingerprint,
            "counts": {"train": len(self.train), "validation": len(self.validation), "test": len(self.test)},
            "image_shape": list(self.image_shape),
            "classes": self.classes,
        }


def load(
    name: str,
    *,
    data_dir: str | os.PathLike | None = None,
    image_size: int | None = None,
    validation: float = 0.1,
    fraction: float = 1.0,
) -> Dataset:
    """Reads a prepared data set into memory; prepares `digits` where it is missing.

    Args:
        name: As TFDS writes it (`cifar10`, `imagenette/160px-v2`), or `digits`.
        data_dir: Where data sets are; None: the environment's TFDS_DATA_DIR, else TFDS's default.
        image_size: Height and width in pixels to resize every image to, once (bilinear, without keeping the aspect
            ratio); None: as stored.
        validation: The part of `train` to cut off for validation, of every class alike.
        fraction: The part of train and validation to keep, of every class alike; a smaller part is contained in a
            larger one. Test stays whole.

    Returns:
        The three splits and what identifies them. Test is TFDS's `test`, or `validation` where `test` is missing or has
        no labels.

    Raises:
        UserError: The set is not prepared, damaged, too large for the memory, has no labels, holds images of different
            sizes while `image_size` is None, or an argument is out of range.
    """
    if not 0 < validation < 1:
        raise UserError(f"validation must be between 0 and 1 (both excluded), not {validation!r}")
    if not 0 < fraction <= 1:
        raise UserError(f"fraction must be above 0 and at most 1, not {fraction!r}")
    if image_size is not None and (not isinstance(image_size, int) or image_size < 1):
        raise UserError(f"image_size must be a positive whole number of pixels, not {image_size!r}")
    source = prepared.Prepared(_directory(name, prepared.data_directory(data_dir)))

    if "train" not in source.counts:
        raise UserError(f"data set {name!r} has no split 'train', only {', '.join(map(repr, source.counts))}")
    labels = source.labels("train")
    if (labels < 0).any():
        raise UserError(f"data set {name!r} has training examples without a label")
    train_ids, validation_ids = _cut(labels, validation, fraction)
    test_name, test_labels = _labelled_test(name, source)
    parts = {
        "train": ("train", train_ids, labels[train_ids]),
        "validation": ("train", validation_ids, labels[validation_ids]),
        "test": (test_name, np.arange(len(test_labels)), test_labels),
    }

    shape = _image_shape(source, image_size)
    _check_memory(source, shape, sum(len(ids) for _, ids, _ in parts.values()))
    splits = {
        part: Split(_decode(source, tfds_split, ids, shape, image_size), part_labels, ids)
        for part, (tfds_split, ids, part_labels) in parts.items()
    }
    return Dataset(
        name=name,
        version=source.version,
        classes=len(source.class_names),
        class_names=source.class_names,
        image_shape=shape,
        note=source.note,
        fingerprint=_fingerprint(name, source.version, splits.values()),
        **splits,
    )


def check(name: str, data_dir: str | os.PathLike | None):
    """Whether a data set is there, from a look at the folders.

    Raises:
        UserError: It is not prepared; the error gives the command.
    """
    if name != "digits":  # which `load` prepares
        prepared.find(name, prepared.data_directory(data_dir))


def memory_limit() -> int:
    """How many bytes the decoded images of a data set may take: MEMORY_SHARE of what is available now."""
    import psutil  # TFDS depends on it

    return int(psutil.virtual_memory().available * MEMORY_SHARE)


def _directory(name: str, data_dir: Path) -> Path:
    if name != "digits":
        return prepared.find(name, data_dir)
    from ablations import digits

    return digits.prepare(data_dir)


def _labelled_test(name: str, source: prepared.Prepared) -> tuple[str, np.ndarray]:
    """The TFDS split to test on, and its labels: ImageNet's `test` has none, so its `validation` serves."""
    for split in ("test", "validation"):
        if source.counts.get(split):
            labels = source.labels(split)
            if (labels >= 0).all():
                return split, labels
    raise UserError(
        f"data set {name!r} has no labelled split 'test' or 'validation' to test on, only "
        f"{', '.join(map(repr, source.counts))}"
    )


def _cut(labels: np.ndarray, validation: float, fraction: float) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the training and of the validation examples, each ascending.

    Every class is shuffled by a stream of its own and cut at the same places, so the classes keep their shares, and a
    smaller fraction is a prefix of a larger one.
    """
    kept: tuple[list, list] = ([], [])
    for label in np.unique(labels).tolist():
        members = np.flatnonzero(labels == label)
        members = members[permutation(len(members), stream(0, "cut", label))]
        border = round(len(members) * validation)
        for part, examples in zip(kept, (members[border:], members[:border]), strict=True):
            count = round(len(examples) * fraction)
            if not count:
                raise UserError(
                    f"too few examples: class {label} has {len(members)}, of which validation={validation:g} and "
                    f"fraction={fraction:g} leave none for {'train' if part is kept[0] else 'validation'}"
                )
            part.append(examples[:count])
    train, held_out = (np.sort(np.concatenate(part)) for part in kept)
    return train, held_out


def _image_shape(source: prepared.Prepared, image_size: int | None) -> tuple[int, int, int]:
    """Height, width, channels of the first image; `_decode` holds the others to it."""
    if source.channels not in MODES:
        raise UserError(f"the images in {source.directory} have {source.channels} channels, not {list(MODES)}")
    with prepared.damage_reported(source.directory):
        encoded = next(source.images("train", np.arange(1)))
        return _decode_one(encoded, source.channels, image_size).shape


def _check_memory(source: prepared.Prepared, shape: tuple[int, int, int], count: int) -> None:
    # Streaming belongs here: an ArrayRecord set that doesn't fit can be read by a Split which decodes in take().
    needed, limit = count * int(np.prod(shape)), memory_limit()
    if needed <= limit:
        return
    problem = (
        f"{count:,} images of {'x'.join(map(str, shape))} in {source.directory} need {needed / 1e9:.3g} GB decoded, "
        f"the limit is {limit / 1e9:.3g} GB"
    )
    if not source.random_access:
        raise UserError(
            f"{problem}, and the set is stored as {source.format}, which can't be read from disk in random order; "
            f"convert it: {prepared.convert_command(source.directory)}"
        )
    raise UserError(f"{problem}; reading from disk while training is not there yet: lower image_size or fraction")


def _decode(
    source: prepared.Prepared, split: str, ids: np.ndarray, shape: tuple[int, int, int], image_size: int | None
) -> np.ndarray:
    """The images `ids` of a TFDS split, uint8 (n, height, width, channels)."""
    images = np.empty((len(ids), *shape), np.uint8)
    encoded = zip(range(len(ids)), source.images(split, ids), strict=True)

    def place(item: tuple[int, bytes]) -> None:
        position, data = item
        try:
            image = _decode_one(data, source.channels, image_size)
        except Exception as error:  # Pillow raises OSError, SyntaxError and others, by format
            raise ValueError(f"image {ids[position]} of split {split!r}: {error}") from error
        if image.shape != shape:
            sizes = " and ".join("x".join(map(str, sizes[:2])) for sizes in (shape, image.shape))
            raise UserError(f"the images in {source.directory} differ in size ({sizes}): set image_size, in pixels")
        images[position] = image

    # Pillow decodes outside the interpreter's lock. A chunk at a time, or all encoded images would be held at once.
    with ThreadPoolExecutor(os.cpu_count()) as pool, prepared.damage_reported(source.directory):
        while chunk := list(islice(encoded, DECODE_CHUNK)):
            for _ in pool.map(place, chunk):
                pass
    return images


def _decode_one(encoded: bytes, channels: int, image_size: int | None) -> np.ndarray:
    from PIL import Image

    image = Image.open(io.BytesIO(encoded))
    if image.mode != MODES[channels]:  # ImageNet holds a few grey and CMYK files
        image = image.convert(MODES[channels])
    if image_size is not None and image.size != (image_size, image_size):
        image = image.resize((image_size, image_size), Image.Resampling.BILINEAR)
    pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def _fingerprint(name: str, version: str, splits: Iterable[Split]) -> str:
    digest = hashlib.sha256(repr((name, version)).encode())
    for split in splits:
        digest.update(repr(split.images.shape).encode())
        digest.update(split.images)
        digest.update(split.labels.astype("<i4"))
    return digest.hexdigest()[:16]
