"""A folder of pictures as a data set: `folder:PATH`, with `PATH/train/CLASS/*.jpg` or `PATH/CLASS/*.jpg`.

Without a split for tests, a fifth of each class is cut off for them, by a random stream of its own: the same pictures
for every seed, variant and machine, as long as the files keep their names. Hidden files and folders are left out, and
so is what the suffix does not call a picture.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ablations.data import decoding
from ablations.data.held_out import ABOUT_CUT, held_out
from ablations.data.own_files import OwnFiles, typed_path
from ablations.study.data_sets import FOLDER, SAVED
from inception_keras.errors import UserError, in_one_line

PREFIX = FOLDER
SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".avif")
TRAIN, TEST, VALIDATION = "train", "test", "validation"
SPLITS = {
    "train": TRAIN,
    "training": TRAIN,
    "test": TEST,
    "testing": TEST,
    "val": VALIDATION,
    "validation": VALIDATION,
}
ALSO_VALIDATION = ("valid", "dev", "eval", "evaluation")  # one of them, if no split is called as above
Example = tuple[Path, int]  # a picture and its label


def check_folder(name: str) -> Path:
    """The folder of `folder:PATH`.

    Raises:
        UserError: There is no such folder.
    """
    typed, path = name.removeprefix(PREFIX), typed_path(name, PREFIX)
    if path is None or not path.is_dir():
        raise UserError(f"dataset {name!r}: there is no folder {typed!r}; type folder:PATH, with PATH/CLASS/*.jpg")
    if any((path / saved).is_file() for saved in SAVED):
        raise UserError(f"{path} is a folder of Hugging Face's datasets: type arrow:{typed}")
    return path


class Folder(OwnFiles):
    """A folder of pictures, with the interface of `sources.Source`; an example's place is that of its file's name."""

    version, format, one_size, random_access = "folder", "pictures", False, True

    def __init__(self, directory: Path):
        """Looks at the names of all files.

        Raises:
            UserError: It is no such folder: no classes, a class without pictures, or splits of different classes.
        """
        self.directory = directory
        found = _splits(directory)
        names = {split: tuple(classes) for split, classes in found.items()}
        self.class_names = names.get(TRAIN) or next(iter(names.values()))
        for split, own in names.items():
            if own != self.class_names:
                differ = ", ".join(sorted(set(own) ^ set(self.class_names)))
                raise UserError(f"{directory}: the classes of {split} and {TRAIN} differ: {differ}")
        self._examples = {split: _examples(classes) for split, classes in found.items()}
        cut = ""
        if set(self._examples) == {TRAIN}:
            self._examples, self.too_small = _cut(self._examples[TRAIN], self.class_names)
            cut = f" {ABOUT_CUT}"
        self.counts = {split: len(examples) for split, examples in self._examples.items()}
        pictures = sum(self.counts.values())
        self.note = f"{pictures:,} pictures of {len(self.class_names)} classes in the folder {directory.name}.{cut}"
        self.channels = self._channels()

    def labels(self, split: str, first: int | None = None, tell: Callable[[int], None] | None = None) -> np.ndarray:
        """The labels of a split, int32 (n,); of the first `first` examples only, if given."""
        return np.array([label for _, label in self._examples[split][:first]], np.int32)

    def images(self, split: str, ids: np.ndarray) -> Iterator[bytes]:
        """Yields the content of the pictures with these places in the split."""
        for index in ids.tolist():
            with self.damage_reported([path := self._examples[split][index][0]]):
                content = path.read_bytes()
            yield content

    def files(self, split: str) -> list[Path]:
        """The pictures of a split."""
        return [path for path, _ in self._examples[split]]

    def lengths(self, split: str) -> list[int]:
        """One example per file."""
        return [1] * self.counts[split]

    def example_name(self, split: str, index: int) -> str:
        """The path of a picture."""
        return str(self._examples[split][index][0])

    def damage(self, error: Exception, about: Path) -> str:
        """Names a picture that can't be read; the error of a damaged image names its file."""
        if isinstance(error, OSError):
            return f"{about} can't be read: {error.strerror or in_one_line(error)}"
        return f"damaged picture: {in_one_line(error)}; mend or delete it"

    def _channels(self) -> int:
        firsts = {label: path for path, label in reversed([one for own in self._examples.values() for one in own])}
        return decoding.common_channels(firsts.values(), (path for own in self._examples.values() for path, _ in own))


def named_splits(directory: Path, names: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """By split of the bench the name that means it, in capitals or not, and the names that mean none.

    Raises:
        UserError: Two names beside `train` mean the same split.

    >>> named_splits(Path("pets"), ["train", "Val", "extra"])
    ({'train': 'train', 'validation': 'Val'}, ['extra'])
    >>> named_splits(Path("pets"), ["train", "valid"])
    ({'train': 'train', 'validation': 'valid'}, [])
    >>> named_splits(Path("pets"), ["train", "valid", "dev"])
    ({'train': 'train'}, ['valid', 'dev'])
    """
    found = {SPLITS[name.lower()]: name for name in names if name.lower() in SPLITS}
    if TRAIN in found:  # else they are classes
        _check_once(directory, [name for name in names if name.lower() in SPLITS])
    others = [name for name in names if name.lower() not in SPLITS]
    also = [name for name in others if name.lower() in ALSO_VALIDATION]
    if VALIDATION not in found and len(also) == 1:
        found[VALIDATION] = also[0]
        others.remove(also[0])
    return found, others


def _check_once(directory: Path, names: list[str]):
    by_split: dict[str, list[str]] = {}
    for name in names:
        by_split.setdefault(SPLITS[name.lower()], []).append(name)
    for split, own in by_split.items():
        if len(own) > 1:
            raise UserError(
                f"{directory}: {' and '.join(own)} mean the same split, {split}: join them, or take one out of "
                "the data set"
            )


def _splits(directory: Path) -> dict[str, dict[str, list[Path]]]:
    """By split, the pictures of each class; one split, `train`, if the folder has none."""
    splits, others = named_splits(directory, [folder.name for folder in _folders(directory)])
    if TRAIN not in splits:
        return {TRAIN: _classes(directory)}
    if others:
        raise UserError(
            f"{directory} has the splits {', '.join(splits.values())}, and {', '.join(others)} beside them: put every "
            "class into a split, and name splits train, test and validation"
        )
    return {split: _classes(directory / name) for split, name in splits.items()}


def _classes(directory: Path) -> dict[str, list[Path]]:
    found = {folder.name: _pictures(folder) for folder in _folders(directory)}
    if len(found) < 2:
        raise UserError(
            f"{directory} needs a folder of pictures for each of two classes or more: {directory}/CLASS/*.jpg"
        )
    for name, pictures in found.items():
        if not pictures:
            raise UserError(f"{directory / name} has no pictures ({', '.join(SUFFIXES)})")
    return found


def _folders(directory: Path) -> list[Path]:
    try:
        entries = sorted(directory.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise UserError(f"{directory} can't be read ({error.strerror})") from None
    return [path for path in entries if path.is_dir() and not _is_hidden(path)]


def _pictures(folder: Path) -> list[Path]:
    entries = sorted(folder.iterdir(), key=lambda path: path.name)
    return [path for path in entries if path.suffix.lower() in SUFFIXES and path.is_file() and not _is_hidden(path)]


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "__MACOSX"))


def _examples(classes: dict[str, list[Path]]) -> list[Example]:
    return [(path, label) for label, pictures in enumerate(classes.values()) for path in pictures]


def _cut(examples: list[Example], names: Sequence[str]) -> tuple[dict[str, list[Example]], tuple[str, ...]]:
    """Training and test examples, and the classes that are too small to cut."""
    cut, too_small = held_out(np.array([label for _, label in examples]), names)
    parts = {
        split: [one for one, out in zip(examples, cut.tolist(), strict=True) if out == (split == TEST)]
        for split in (TRAIN, TEST)
    }
    return parts, too_small
