"""A folder of Hugging Face `datasets` as a data set: `arrow:PATH`, as `save_to_disk` writes it.

`PATH` holds a `DatasetDict`, `PATH/train/*.arrow` and so on, or one `Dataset`, `PATH/*.arrow`, of which a fifth of each
class is cut off for tests. The column of images is the one of type Image, the labels are a ClassLabel. The files are
mapped into memory, so that a set may be larger than it; they are read by pyarrow, without the package `datasets`.
"""

import io
import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from ablations.data import decoding
from ablations.data.folders import TEST, TRAIN, named_splits
from ablations.data.held_out import ABOUT_CUT, held_out
from ablations.data.own_files import OwnFiles, typed_path
from ablations.study.data_sets import ARROW, SAVED
from inception_keras.errors import UserError, in_one_line

PREFIX = ARROW
ABOUT = "dataset_info.json"
WANTED = "type arrow:PATH, a folder that save_to_disk of Hugging Face's datasets wrote"


def check_arrow(name: str) -> Path:
    """The folder of `arrow:PATH`.

    Raises:
        UserError: There is no such folder, or pyarrow is missing.
    """
    path = typed_path(name, PREFIX)
    if path is None or not path.is_dir():
        raise UserError(f"dataset {name!r}: there is no folder {name.removeprefix(PREFIX)!r}; {WANTED}")
    if not any((path / saved).is_file() for saved in SAVED):
        raise UserError(f"{path} has no dataset_dict.json and no state.json: {WANTED}")
    try:
        import pyarrow  # noqa: F401  TFDS depends on it
    except ImportError:
        raise UserError(f"dataset {name!r} needs pyarrow: type `pip install pyarrow`") from None
    return path


class ArrowFolder(OwnFiles):
    """A folder of Arrow files, with the interface of `sources.Source`."""

    version, format, one_size, random_access = "arrow", "Arrow files", False, True

    def __init__(self, directory: Path):
        """Opens all files and reads the labels.

        Raises:
            UserError: It is damaged, or its columns are not those of an image classification.
        """
        self.directory = directory
        self._splits = {split: _Part(folder) for split, folder in _folders(directory).items()}
        self.class_names = self._splits[TRAIN].class_names
        for split, part in self._splits.items():
            if part.class_names != self.class_names:
                raise UserError(f"{directory}: the classes of {split} and {TRAIN} differ")
        self._places = {split: np.arange(len(part.labels)) for split, part in self._splits.items()}
        cut = ""
        if set(self._splits) == {TRAIN}:
            self._splits[TEST] = self._splits[TRAIN]
            own, self.too_small = held_out(self._splits[TRAIN].labels, self.class_names)
            self._places = {TRAIN: np.flatnonzero(~own), TEST: np.flatnonzero(own)}
            cut = f" {ABOUT_CUT}"
        self.counts = {split: len(places) for split, places in self._places.items()}
        count = sum(self.counts.values())
        self.note = f"{count:,} images of {len(self.class_names)} classes in the folder {directory.name}.{cut}"
        self.channels = self._channels()

    def labels(self, split: str, first: int | None = None, tell: Callable[[int], None] | None = None) -> np.ndarray:
        """The labels of a split, int32 (n,), -1 for none; of the first `first` examples only, if given."""
        return self._splits[split].labels[self._places[split][:first]]

    def images(self, split: str, ids: np.ndarray) -> Iterator[bytes]:
        """Yields the images with these places in the split, as they are stored."""
        part = self._splits[split]
        for index in self._places[split][ids].tolist():
            yield part.image(index)

    def files(self, split: str) -> list[Path]:
        """The files of a split."""
        return self._splits[split].files

    def identity(self, split: str) -> list[tuple[str, str]]:
        """As of all own files, and the description: it names the columns, and the classes that tests are cut off by."""
        return [*super().identity(split), self._identified(self._splits[split].folder / ABOUT)]

    def lengths(self, split: str) -> list[int]:
        """Examples of the split per file."""
        before = np.searchsorted(self._places[split], np.cumsum([0, *self._splits[split].lengths]))
        return np.diff(before).tolist()

    def example_name(self, split: str, index: int) -> str:
        """What messages call an example."""
        return f"row {self._places[split][index]} of {self._splits[split].folder}"

    def damage(self, error: Exception, about: Path) -> str:
        """Names the file or the folder; the error of an image names its row."""
        return f"damaged image in {about}: {in_one_line(error)}"

    def _channels(self) -> int:
        labels = self.labels(TRAIN)
        firsts = np.array([np.flatnonzero(labels == label)[0] for label in np.unique(labels)])
        every = (self.images(split, np.arange(count)) for split, count in self.counts.items())
        return decoding.common_channels(map(io.BytesIO, self.images(TRAIN, firsts)), map(io.BytesIO, chain(*every)))


class _Part:
    """The files of one split.

    Attributes:
        folder: Where they are.
        files: In the order of the rows.
        lengths: Rows per file.
        class_names: By label.
        labels: int32 (n,); -1 where a row has none, as in ImageNet's test split: `partition` judges whether it may.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        features = _features(folder)
        image, label = _column(folder, features, "Image"), _column(folder, features, "ClassLabel")
        self.class_names = tuple(str(name) for name in features[label]["names"])
        self.files = _files(folder)
        tables = [_table(path) for path in self.files]
        self.lengths = [len(table) for table in tables]
        columns = [[table.column(name) for table in tables] for name in (image, label)]
        self._images, found = ([chunk for column in own for chunk in column.chunks] for own in columns)
        self._ends = np.cumsum([len(chunk) for chunk in self._images])
        self.labels = np.concatenate([np.asarray(chunk.to_numpy(zero_copy_only=False)) for chunk in found])
        if not len(self.labels):
            raise UserError(f"{folder} has no rows")
        last = len(self.class_names) - 1
        if self.labels.dtype.kind not in "iu" or not -1 <= self.labels.min() <= self.labels.max() <= last:
            raise UserError(f"{folder}: {label} must be labels from 0 to {last} in every row, or -1 for none")
        self.labels = self.labels.astype(np.int32)

    def image(self, index: int) -> bytes:
        """The content of an image file.

        Raises:
            UserError: The folder has its path alone.
        """
        chunk = int(np.searchsorted(self._ends, index, side="right"))
        held = self._images[chunk][index - int(self._ends[chunk])].as_py() or {}  # counted from the end of the chunk
        if held.get("bytes") is None:
            raise UserError(f"{self.folder}, row {index}: no image, or its path alone: save the set with its images")
        return held["bytes"]


def _folders(directory: Path) -> dict[str, Path]:
    """By split of the bench its folder; one split, `train`, of a set without splits."""
    if not (directory / "dataset_dict.json").is_file():
        return {TRAIN: directory}
    names = [str(name) for name in _json(directory / "dataset_dict.json").get("splits", [])]
    found, others = named_splits(directory, names)
    if TRAIN not in found:
        raise UserError(f"{directory} has no split train, only {', '.join(names)}")
    if others and set(found) == {TRAIN}:  # one of them may be the split for tests
        raise UserError(
            f"{directory} has no split test or validation, but {', '.join(others)}: give the one for tests that name, "
            f"or save the split {found[TRAIN]} alone to test on a part of it"
        )
    return {split: directory / name for split, name in found.items()}


def _features(folder: Path) -> dict[str, dict]:
    found = _json(folder / ABOUT).get("features")
    if not isinstance(found, dict):
        raise UserError(f"{folder / ABOUT} names no features")
    return {name: about for name, about in found.items() if isinstance(about, dict)}


def _column(folder: Path, features: dict[str, dict], kind: str) -> str:
    """The one column of a type; of several of labels the one called `label`."""
    found = [name for name, about in features.items() if about.get("_type") == kind]
    if len(found) > 1 and "label" in found:
        return "label"
    if len(found) != 1:
        types = ", ".join(f"{name}: {about.get('_type')}" for name, about in features.items())
        raise UserError(f"{folder} needs one column of type {kind}, and has {len(found)} ({types})")
    return found[0]


def _files(folder: Path) -> list[Path]:
    """The files of a split, in the order of the rows."""
    listed = _json(folder / "state.json").get("_data_files", [])
    try:
        return [folder / Path(one["filename"]).name for one in listed]
    except (TypeError, KeyError):
        raise UserError(f"{folder / 'state.json'} names no files") from None


def _table(path: Path) -> Any:
    import pyarrow

    try:
        return pyarrow.ipc.open_stream(pyarrow.memory_map(str(path))).read_all()
    except (pyarrow.ArrowException, OSError) as error:
        raise UserError(f"{path} is not a whole Arrow file ({in_one_line(error)})") from None


def _json(path: Path) -> dict:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"{path} can't be read ({in_one_line(error)})") from None
    if not isinstance(found, dict):
        raise UserError(f"{path} holds no object")
    return found
