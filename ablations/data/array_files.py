"""A NumPy file as a data set: `numpy:FILE.npz` with the arrays x_train, y_train, x_test and y_test.

It is the form of `keras.datasets`: images, uint8 `(n, height, width)` or `(n, height, width, channels)`, and whole
numbers as labels, `(n,)` or `(n, 1)`. `class_names`, if it is there, names the classes in the order of the labels:
text, UTF-8 bytes or numbers, `(classes,)`; without it every label up to the highest has training images.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from ablations.data import decoding
from ablations.data.own_files import OwnFiles, typed_path
from ablations.study.data_sets import ARRAYS
from inception_keras.errors import UserError, in_one_line
from inception_keras.io.arrays import read_header

PREFIX = ARRAYS
PARTS = ("train", "test")
WRITE = "write one with np.savez('FILE.npz', x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)"


def check_file(name: str) -> Path:
    """The file of `numpy:FILE`.

    Raises:
        UserError: There is no such file.
    """
    path = typed_path(name, PREFIX)
    if path is None or not path.is_file():
        typed = name.removeprefix(PREFIX)
        raise UserError(f"dataset {name!r}: there is no file {typed!r}; type numpy:FILE.npz, with x_train and so on")
    return path


class ArrayFile(OwnFiles):
    """A NumPy file of images and labels, with the interface of `sources.Source`."""

    version, format, one_size, random_access = "file", "arrays", True, True

    def __init__(self, path: Path):
        """Reads the file.

        Raises:
            UserError: It is damaged, or its arrays are not as this module says.
        """
        self.directory, arrays = path, _read(path)
        self._images = {part: _images(path, arrays, part) for part in PARTS}
        self._labels = {part: _labels(path, arrays, part, len(self._images[part])) for part in PARTS}
        self.channels = self._images["train"].shape[-1]
        if self._images["test"].shape[1:] != self._images["train"].shape[1:]:
            shapes = " and ".join(str(arrays[f"x_{part}"].shape[1:]) for part in PARTS)
            raise UserError(f"{path}: the images of x_train and x_test differ in shape: {shapes}")
        count = 1 + max(int(labels.max()) for labels in self._labels.values())
        if "class_names" not in arrays:
            _check_every_label(path, self._labels["train"], count)
        names = _class_names(path, arrays, count)
        if len(names) < max(count, 2):
            raise UserError(f"{path}: labels up to {count - 1} need as many classes, two or more; got {len(names)}")
        self.class_names = tuple(names)
        self.counts = {part: len(labels) for part, labels in self._labels.items()}
        self.note = f"{sum(self.counts.values()):,} images of {len(names)} classes in the file {path.name}."

    def labels(self, split: str, first: int | None = None, tell: Callable[[int], None] | None = None) -> np.ndarray:
        """The labels of a split, int32 (n,); of the first `first` examples only, if given."""
        return self._labels[split][:first]

    def images(self, split: str, ids: np.ndarray) -> Iterator[bytes]:
        """Yields the images with these places, each as a file that loses nothing."""
        for index in ids.tolist():
            file = io.BytesIO()
            decoding.image(self._images[split][index]).save(file, "PNG", compress_level=1)
            yield file.getvalue()

    def files(self, split: str) -> list[Path]:
        """The file."""
        return [self.directory]

    def lengths(self, split: str) -> list[int]:
        """All examples of the split are in one file."""
        return [self.counts[split]]

    def example_name(self, split: str, index: int) -> str:
        """What messages call an example."""
        return f"image {index} of x_{split}"

    def damage(self, error: Exception, about: Path) -> str:
        """Names the file."""
        return f"{about}: {in_one_line(error)}"


def _read(path: Path) -> dict[str, np.ndarray]:
    place = ""
    try:
        with zipfile.ZipFile(path) as archive:
            arrays = {}
            for member in (one for one in archive.namelist() if one.endswith(".npy")):
                name = member.removesuffix(".npy")
                place = f"{name}: "
                with archive.open(member) as file:
                    read_header(file)  # of Python objects NumPy says which of its own arguments would allow them
                with archive.open(member) as file:
                    arrays[name] = np.lib.format.read_array(file)
            return arrays
    except Exception as error:  # a damaged file raises whatever the reader of its part does
        raise UserError(f"{path} is not an .npz file of numbers ({place}{in_one_line(error)}): {WRITE}") from None


def _images(path: Path, arrays: dict[str, np.ndarray], part: str) -> np.ndarray:
    images = arrays.get(f"x_{part}")
    if images is None:
        only = f", only {', '.join(arrays)}" if arrays else ""
        raise UserError(f"{path} has no array x_{part}{only}: it needs x_ and y_, train and test")
    formed = images[..., np.newaxis] if images.ndim == 3 else images
    if formed.ndim != 4 or formed.dtype != np.uint8 or formed.shape[-1] not in decoding.MODES or not len(formed):
        raise UserError(
            f"{path}: x_{part} must be uint8, (n, height, width) or (n, height, width, 1, 3 or 4); got {images.dtype} "
            f"{images.shape}{_to_bytes(images)}"
        )
    return formed


def _to_bytes(images: np.ndarray) -> str:
    """What makes pixels of another type uint8, for an error; empty if they are no numbers, or uint8 already."""
    if images.dtype == np.uint8 or images.dtype.kind not in "biuf" or not images.size:
        return ""
    if not 0 <= images.min() <= images.max() <= 255:  # nor any that is NaN
        return ': bring them to 0 to 255, then .astype("uint8")'
    scale = "multiply by 255, then " if images.dtype.kind in "bf" and images.max() <= 1 else ""
    return f': {scale}.astype("uint8")'


def _labels(path: Path, arrays: dict[str, np.ndarray], part: str, count: int) -> np.ndarray:
    labels = arrays.get(f"y_{part}")
    if labels is None or labels.dtype.kind not in "iu" or labels.size != count or labels.min() < 0:
        got = "none" if labels is None else f"{labels.dtype} {labels.shape}{_to_labels(labels, count)}"
        raise UserError(f"{path}: y_{part} must be {count} whole numbers from 0, one per image; got {got}")
    return labels.reshape(-1).astype(np.int32)


def _to_labels(labels: np.ndarray, count: int) -> str:
    """What makes labels of another form whole numbers, for an error; empty if that is not known."""
    if labels.ndim == 2 and len(labels) == count and labels.shape[1] > 1:
        return ": if they are one-hot, .argmax(1)"
    if labels.size == count and labels.dtype.kind == "f" and (labels % 1 == 0).all():
        return ': .astype("int64")'
    return f", from {labels.min()}" if labels.size == count and labels.dtype.kind == "i" else ""


def _check_every_label(path: Path, labels: np.ndarray, count: int):
    """Labels from 1, or with gaps, would make classes without an image, unless names say that there are such."""
    found = np.unique(labels)
    if len(found) < count:
        missing = int(np.argmin(np.append(found == np.arange(len(found)), False)))
        raise UserError(
            f"{path}: labels go up to {count - 1}, and no image of y_train has the label {missing}: number the classes "
            f"from 0 without gaps (labels from 1 with y - 1), or name all {count} in class_names"
        )


def _class_names(path: Path, arrays: dict[str, np.ndarray], count: int) -> list[str]:
    """The names in the file, or `count` numbers."""
    found = arrays.get("class_names")
    if found is None:
        return [str(label) for label in range(count)]
    if found.ndim != 1:
        raise UserError(f"{path}: class_names must be one name per class, (classes,); got {found.dtype} {found.shape}")
    try:
        names = [name.decode() if isinstance(name, bytes) else str(name) for name in found]
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: class_names must be text or UTF-8 bytes ({in_one_line(error)})") from None
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise UserError(f"{path}: class_names must differ; {', '.join(map(repr, twice))} stands there more than once")
    return names
