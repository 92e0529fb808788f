"""Finds data sets that TFDS has prepared on disk, without importing TFDS, and reads their encoded images.

The search looks at directories alone, because importing TFDS takes time and `tfds.load` of a missing set retries its
download for minutes. Nothing here downloads: the user does, with the command that the error gives.

Images are returned as they are stored (JPEG, PNG), and Pillow decodes them in `ablations.data.decoding`. TFDS decodes
with whichever of TensorFlow, OpenCV and Pillow it finds, so the pixels would depend on what is installed.
"""

import contextlib
import difflib
import importlib.util
import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ablations.data import set_folders
from ablations.files import check_folder
from ablations.study.data_sets import ARRAYS, ARROW, FOLDER, SAVED
from inception_keras.errors import UserError, in_one_line

VERSION = re.compile(r"\d+\.\d+\.\d+")
# tensorflow-datasets 4.9.10 imports both in its command line and declares neither.
CLI_NEEDS = "(the tfds command needs: pip install apache-beam mlcroissant)"
NAME = re.compile(r"(?P<set>\w+)(/(?P<config>[\w.\-+]+))?(:(?P<version>\d+\.\d+\.\d+))?")
# Candidates for "did you mean": asking TFDS for its list takes three seconds and tries the network.
COMMON = (
    "cifar10",
    "cifar100",
    "fashion_mnist",
    "food101",
    "imagenet2012",
    "imagenette",
    "mnist",
    "stl10",
    "svhn_cropped",
)
CHUNK = 1024  # examples per read: few calls, and under 200 MB of encoded images of ImageNet's size


def data_directory(data_dir: str | os.PathLike | None = None) -> Path:
    """The directory of data sets: `data_dir`, else the environment's TFDS_DATA_DIR, else `~/tensorflow_datasets`.

    Raises:
        UserError: It is on another machine, or the folder of a single set.
    """
    # TFDS has the same rule, but reads the environment once, when it is imported.
    chosen = data_dir or os.environ.get("TFDS_DATA_DIR") or os.path.join("~", "tensorflow_datasets")
    set_folders.check_local(chosen)
    directory = Path(os.path.expanduser(chosen))
    check_folder(directory, "the folder of data sets", ": set --data-dir or TFDS_DATA_DIR")
    set_folders.check_holds_sets(directory)
    return directory


def find_prepared(name: str, data_dir: Path) -> Path:
    """The directory of the newest prepared version of a data set.

    Args:
        name: As TFDS writes it: `cifar10`, `imagenette/160px-v2`, `cifar10:3.0.2`.
        data_dir: Where data sets are.

    Returns:
        The directory that holds `dataset_info.json`.

    Raises:
        UserError: The name is malformed, the set is not prepared there, or it has configurations and the name has none.
    """
    match = NAME.fullmatch(name)
    if not match:
        own = f"did you mean {found!r}? " if (found := _own_files(name)) else ""
        raise UserError(
            f"data set name {name!r}: {own}expected 'set', 'set/config' or 'set/config:1.2.3' of TFDS, or your own "
            "files: 'folder:PATH', 'arrow:PATH' or 'numpy:FILE.npz'"
        )
    base = data_dir / match["set"]
    configs = sorted({str(found.relative_to(base).parent) for found in _versions(base)} - {"."})
    wanted = base / match["config"] if match["config"] else base
    versions = [found for found in _versions(wanted) if found.parent == wanted]
    if match["version"]:
        versions = [found for found in versions if found.name == match["version"]]
    if versions:
        return max(versions, key=lambda found: tuple(map(int, found.name.split("."))))
    if configs and not match["config"]:
        # TFDS would take the default configuration, which only the builder's code knows.
        choices = ", ".join(repr(f"{match['set']}/{config}") for config in configs)
        raise UserError(f"data set {name!r} is prepared in {data_dir} by configuration; name one of {choices}")
    if match["version"] and (others := [found.name for found in _versions(wanted) if found.parent == wanted]):
        plain = name.removesuffix(f":{match['version']}")
        raise UserError(
            f"data set {plain!r} is prepared in {data_dir} in version {' and '.join(sorted(others))}, not "
            f"{match['version']}: name that version, or {plain!r} for the newest"
        )
    raise _not_prepared(name, data_dir)


def convert_command(directory: Path) -> str:
    """The command that stores a prepared set as ArrayRecord too, beside its present files."""
    return (
        f"tfds convert_format --dataset_version_dir {shlex.quote(str(directory))} --out_file_format array_record "
        f"{CLI_NEEDS}"
    )


class Prepared:
    """An open prepared set.

    Attributes:
        directory: The directory of the version.
        version: The version of the set.
        note: The set's description.
        counts: Examples by TFDS split.
        class_names: Names of the classes, in the order of the labels.
        channels: Channels of every image.
        one_size: Whether the set declares one size for all its images.
        format: The file format that is read, by TFDS's name: `array_record`, `tfrecord`.
        random_access: Whether examples can be read in any order (ArrayRecord).
        damage_hint: What to do about an image that can't be decoded.
        too_small: None: its test split is its own.
    """

    damage_hint = "the picture that it was made from may be damaged: replace that first"
    too_small: tuple[str, ...] = ()

    def __init__(self, directory: Path):
        """Opens `directory`.

        Raises:
            UserError: The files that describe the set are damaged, it is stored in a format that can't be read here, or
                its examples are not 8-bit images with one class each.
        """
        self.directory = directory
        import tensorflow_datasets as tfds

        array_record = tfds.core.FileFormat.ARRAY_RECORD
        with damage_reported(directory):
            builder = tfds.builder_from_directory(directory)
            info = builder.info
            # tfds convert_format leaves the first format as the default; as_data_source finds the other by itself.
            self.random_access = array_record in (info.file_format, *info.alternative_file_formats)
            features = dict(info.features.items())
        self.format = array_record.value if self.random_access else info.file_format.value
        keys = info.supervised_keys or ("image", "label")
        self._image_key, self._label_key = keys[0], keys[-1]
        image, label = features.get(keys[0]), features.get(keys[-1])
        if not isinstance(image, tfds.features.Image) or not isinstance(label, tfds.features.ClassLabel):
            raise UserError(f"the data set in {directory} does not have one image and one class per example")
        if image.np_dtype != np.uint8:
            raise UserError(f"the images in {directory} are {np.dtype(image.np_dtype)}, only uint8 is read")
        if not self.random_access and importlib.util.find_spec("tensorflow") is None:
            raise UserError(
                f"the data set in {directory} is stored as {self.format}, which needs TensorFlow to read; without "
                f"it, convert the set where TensorFlow is installed: {convert_command(directory)}"
            )
        self._builder = builder
        self._tfds = tfds
        self.version = str(info.version)
        self.note = " ".join((info.description or "").split())
        self.counts = {name: split.num_examples for name, split in info.splits.items()}
        self.class_names = tuple(label.names or map(str, range(label.num_classes)))
        self.channels = image.shape[-1]
        self.one_size = None not in image.shape

    def labels(self, split: str, first: int | None = None, tell: Callable[[int], None] | None = None) -> np.ndarray:
        """The labels of a TFDS split in stored order, int32 (n,); -1 where an example has none.

        Args:
            split: A TFDS split.
            first: How many examples to read, from the first; `None` for all.
            tell: Called every CHUNK examples with the number of examples read so far.
        """
        count = self.counts[split] if first is None else first
        labels = np.empty(count, np.int32)
        with damage_reported(self.directory, self.files(split)):
            for position, example in enumerate(self._examples(split, np.arange(count))):
                labels[position] = example[self._label_key]
                if tell and position % CHUNK == 0:
                    tell(position)
        return labels

    def images(self, split: str, ids: np.ndarray) -> Iterator[bytes]:
        """The encoded images of some examples.

        Args:
            split: A TFDS split.
            ids: Indices of the examples in the split, ascending.

        Yields:
            The bytes of one image file per id, in the order of `ids`.

        Raises:
            UserError: A file of the set is damaged.
        """
        with damage_reported(self.directory, self.files(split)):
            for example in self._examples(split, ids):
                yield example[self._image_key]

    def _examples(self, split: str, ids: np.ndarray) -> Iterator[dict[str, Any]]:
        read = self._read_at_random if self.random_access else self._read_in_order
        count = 0
        for example in read(split, ids):
            count += 1
            yield example
        if count != len(ids):
            raise ValueError(f"split {split!r} ends after {count} of {len(ids)} examples")

    def at_random(self, split: str) -> Callable[[np.ndarray], list[bytes]]:
        """A function from ids to the encoded images in the same order; the set must have random access."""
        source = self._source(split)
        return lambda ids: [example[self._image_key] for example in source.__getitems__(ids.tolist())]

    def _source(self, split: str):
        decoders = {self._image_key: self._tfds.decode.SkipDecoding()}
        return self._builder.as_data_source(split=split, decoders=decoders)

    def _read_at_random(self, split: str, ids: np.ndarray) -> Iterator[dict[str, Any]]:
        source = self._source(split)
        for start in range(0, len(ids), CHUNK):
            yield from source.__getitems__(ids[start : start + CHUNK].tolist())

    def _read_in_order(self, split: str, ids: np.ndarray) -> Iterator[dict[str, Any]]:
        # With a cycle of one, TFDS reads shard after shard, so the position is the example's index in the split.
        stored = self._builder.as_dataset(
            split=split,
            shuffle_files=False,
            decoders={self._image_key: self._tfds.decode.SkipDecoding()},
            read_config=self._tfds.ReadConfig(interleave_cycle_length=1, try_autocache=False),
        )
        wanted = np.zeros(self.counts[split], bool)
        wanted[ids] = True
        for position, example in enumerate(self._tfds.as_numpy(stored)):
            if wanted[position]:
                yield example

    def example_name(self, split: str, index: int) -> str:
        """What messages call an example."""
        return f"image {index} of split {split!r}"

    def damage_reported(self, files: Sequence[Path] = ()) -> contextlib.AbstractContextManager[None]:
        """As `damage_reported` of this module, for this set."""
        return damage_reported(self.directory, files)

    def files(self, split: str) -> list[Path]:
        """The files of a TFDS split, in the order of its examples."""
        filepaths = [Path(path) for path in self._builder.info.splits[split].filepaths]
        return [self._stored_as(path) for path in filepaths]

    def lengths(self, split: str) -> list[int]:
        """The number of examples in each file of a TFDS split."""
        return list(self._builder.info.splits[split].shard_lengths)

    def _stored_as(self, path: Path) -> Path:
        """The file of the format that is read: a converted set names those of its first format."""
        return (
            path if self.format in path.name else path.with_name(re.sub(r"\.\w+-(?=\d)", f".{self.format}-", path.name))
        )


@contextlib.contextmanager
def damage_reported(directory: Path, files: Sequence[Path] = ()) -> Iterator[None]:
    """Turns any error that reading a damaged set raises into a UserError that names the file or the directory."""
    try:
        yield
    except (UserError, ImportError, MemoryError):
        raise
    except PermissionError as error:
        raise UserError(f"the data set in {directory} can't be read: {in_one_line(error)}") from error
    except Exception as error:  # RuntimeError, IndexError, errors of JSON and of protobuf, depending on the format
        missing = [path for path in files if not path.is_file()]
        suspects = missing or (files if len(files) == 1 else [directory])
        detail = in_one_line(error)
        raise UserError(
            f"damaged data set: {', '.join(map(str, suspects))}: {detail}; delete {directory} and prepare the set again"
        ) from error


def _versions(base: Path) -> list[Path]:
    """Directories of the prepared versions of one set, with or without a configuration."""
    found = [path.parent for depth in ("*", "*/*") for path in base.glob(f"{depth}/dataset_info.json")]
    return [path for path in found if VERSION.fullmatch(path.name)]


def _not_prepared(name: str, data_dir: Path) -> UserError:
    known = {"digits"}
    if data_dir.is_dir():
        bases = (base for base in data_dir.iterdir() if base.is_dir() and not base.name.startswith("."))
        known |= {str(found.parent.relative_to(data_dir)) for base in bases for found in _versions(base)}
    catalogued = re.split("[/:]", name)[0] in COMMON
    common = {name}.intersection(COMMON) if catalogued else COMMON
    candidates = {candidate.lower(): candidate for candidate in sorted(known.union(common))}
    nearest = [candidates[lower] for lower in difflib.get_close_matches(name.lower(), candidates, n=1)]
    meant = _own_files(name) or (nearest[0] if nearest else name)
    wanted = meant if meant in COMMON else name
    build = "to download and prepare it" if catalogued or wanted in COMMON else "if it is in the catalogue of TFDS"
    return UserError(
        f"data set {name!r} is not prepared in {data_dir}: available there: {', '.join(map(repr, sorted(known)))}"
        + (f"; did you mean {meant!r}?" if meant != name else "")
        + "; if you prepared it elsewhere, name its directory with --data-dir or TFDS_DATA_DIR"
        + f"; {build}, type: tfds build {shlex.quote(wanted)} --data_dir {shlex.quote(str(data_dir))} "
        + f"--file_format array_record {CLI_NEEDS}"
    )


def _own_files(name: str) -> str | None:
    """The name that a path lacks the prefix for; `None` if there are no files of a kind that is read."""
    path = Path(os.path.expanduser(name))
    if os.path.isfile(path):  # also answers for what no path can be
        return f"{ARRAYS}{name}" if path.suffix == ".npz" else None
    if not os.path.isdir(path) or _versions(path):
        return None
    return f"{ARROW}{name}" if any((path / saved).is_file() for saved in SAVED) else f"{FOLDER}{name}"
