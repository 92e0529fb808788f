"""The embedded data set: the 1,797 handwritten digits that come with scikit-learn, as a TFDS builder.

It needs no network, so continuous integration and first runs use it. The builder yields encoded PNG files, not arrays:
TFDS encodes arrays with TensorFlow, and this set must be prepared without it.

Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998;
scikit-learn contains its test part, 8 x 8 pixels in 17 grey levels.

This module imports TFDS because a builder is a subclass of TFDS's; `ablations.data.datasets` imports it only when a
study uses this set.
"""

import contextlib
import getpass
import hashlib
import io
import operator
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import tensorflow_datasets as tfds

from ablations.data.decoding import decode
from inception_keras.errors import UserError
from inception_keras.io.own_folder import own_folder
from inception_keras.io.user_cache import cache_folder

GREY_LEVELS = 16  # load_digits counts the set pixels of a 4 x 4 block: 0 to 16
CONTENT = "171e1fa961321400"  # of the set as this module prepares it: see `content`
TEST_STEP = 5  # every fifth of the examples, sorted by class, is a test example: 360 of 1,797


class Digits(tfds.core.GeneratorBasedBuilder):
    """Builder of `digits`: splits `train` (1,437) and `test` (360), grey images of 8 x 8 pixels, 10 classes."""

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES: ClassVar[dict[str, str]] = {"1.0.0": "1,437 training and 360 test images."}

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            description=(
                "Handwritten digits of scikit-learn (part of UCI Optical Recognition of Handwritten Digits): "
                "1,437 training and 360 test images of 8x8, 17 grey levels scaled to 0..255."
            ),
            features=tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(8, 8, 1), encoding_format="png"),
                    "label": tfds.features.ClassLabel(names=[str(digit) for digit in range(10)]),
                    "index": tfds.features.Scalar(dtype=np.int64),  # the row in load_digits
                }
            ),
            supervised_keys=("image", "label"),
            homepage="https://archive.ics.uci.edu/dataset/80",
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager) -> dict:
        from sklearn.datasets import load_digits

        # One stride over the examples sorted by class takes a fifth of every class, to within one example.
        by_class = np.argsort(load_digits().target, kind="stable")
        is_test = np.arange(len(by_class)) % TEST_STEP == 0
        return {
            "train": self._generate_examples(np.sort(by_class[~is_test])),
            "test": self._generate_examples(np.sort(by_class[is_test])),
        }

    def _generate_examples(self, rows: np.ndarray) -> Iterator[tuple[int, dict]]:
        from PIL import Image
        from sklearn.datasets import load_digits

        digits = load_digits()
        pixels = np.round(digits.images * (255 / GREY_LEVELS)).astype(np.uint8)
        for row in rows.tolist():
            file = io.BytesIO()
            Image.fromarray(pixels[row]).save(file, format="PNG")
            file.seek(0)
            yield row, {"image": file, "label": int(digits.target[row]), "index": row}


def prepare(data_dir: Path) -> Path:
    """Returns the directory of the prepared set; prepares the set (about a second) if it is missing.

    It is stored as ArrayRecord in the first of these directories that has it or can be written to: `data_dir`, the
    user's cache, the directory for temporary files.

    Args:
        data_dir: Where data sets are, as TFDS lays them out.

    Returns:
        The directory of the version, which holds `dataset_info.json`.

    Raises:
        UserError: None of the three can be written to, or the prepared set has other images or labels than it should.
    """
    failures = []
    for root in _roots(data_dir):
        try:
            if root.parent == Path(tempfile.gettempdir()):
                own_folder(root)
            if not (_directory(root) / "dataset_info.json").is_file():
                return _prepare_in(root)
            _check_content(_directory(root))
            return _directory(root)
        except OSError as error:
            failures.append(f"{root} ({error.strerror or error})")
    raise UserError(
        f"can't prepare 'digits': none of these directories can be written to: {', '.join(failures)}; set --data-dir"
    )


def content(directory: Path) -> str:
    """16 hexadecimal digits over the pixels and labels of a prepared set, by split and row of `load_digits`."""
    builder = tfds.builder_from_directory(directory)
    encoded = {"image": tfds.decode.SkipDecoding()}  # TFDS decodes with what is installed, and says so
    digest = hashlib.sha256()
    for split in ("train", "test"):
        source = builder.as_data_source(split=split, decoders=encoded)
        examples = sorted(source, key=operator.itemgetter("index"))
        for name in ("index", "label"):
            digest.update(np.stack([example[name] for example in examples]).astype("<i8").data)
        images = [decode(example["image"], channels=1) for example in examples]
        digest.update(np.stack(images).astype("<i8").data)
    return digest.hexdigest()[:16]


def _check_content(directory: Path):
    """Checks a set that another process or user has prepared; one that can't be read is left to its reader."""
    try:
        found = content(directory)
    except Exception:
        return
    if found != CONTENT:
        raise UserError(
            f"{directory} holds other images or labels than the digits of scikit-learn: remove this folder, and the "
            "set is prepared again"
        )


def _roots(data_dir: Path) -> list[Path]:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may run a user without a name
        user = str(os.getuid())
    # The user's name is in the last, since another user's directory can't be written to.
    return [data_dir, cache_folder(), Path(tempfile.gettempdir()) / f"inception_keras-{user}"]


def _directory(root: Path) -> Path:
    return root / "digits" / str(Digits.VERSION)


def _prepare_in(root: Path) -> Path:
    """Prepares the set in a temporary directory and renames it, so that two processes can do so at once.

    A reader sees a whole set or none. The second process finds the name taken, drops its copy and uses the first.
    """
    target = _directory(root)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".digits-", dir=root) as own:
        builder = Digits(data_dir=own, file_format="array_record")
        # TFDS prints its progress to standard output, where the user may be piping a table.
        with _no_bars(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            builder.download_and_prepare()
        try:
            os.rename(builder.data_dir, target)
        except OSError:
            if not (target / "dataset_info.json").is_file():
                raise
    return target


@contextlib.contextmanager
def _no_bars() -> Iterator[None]:
    """Without TFDS's progress bars: in a worker process they take a semaphore, which is leaked when the worker ends."""
    from tensorflow_datasets.core.utils import tqdm_utils

    before = tqdm_utils._active
    tqdm_utils.display_progress_bar(False)
    try:
        yield
    finally:
        tqdm_utils.display_progress_bar(before)
