"""Downloads and prepares a data set of TFDS in this process, without the `tfds` command and without Apache Beam."""

import os
from collections.abc import Callable

from ablations.data import datasets, tfds_reader
from inception_keras.errors import UserError, in_one_line


def prepare_dataset(name: str, data_dir: str | os.PathLike | None, tell: Callable[[str], None]):
    """Prepares a data set unless it is prepared already.

    Args:
        name: As TFDS writes it: `cifar10`, `imagenette/160px-v2`; or `digits`.
        data_dir: Where data sets are; `None` for the environment's TFDS_DATA_DIR, else TFDS's default.
        tell: Called with a sentence before something is downloaded.

    Raises:
        UserError: TFDS does not have the set, can't download it, or can't write it.
    """
    try:
        datasets.check_dataset(name, data_dir)
    except UserError:
        directory = tfds_reader.data_directory(data_dir)
        tell(f"{name} is not prepared in {directory}: it is downloaded and prepared there, once")
        _prepare(name, directory)
        datasets.check_dataset(name, data_dir)


def _prepare(name: str, directory: os.PathLike):
    """Stores the set as ArrayRecord, which every backend reads in random order."""
    import tensorflow_datasets as tfds

    try:
        tfds.builder(name, data_dir=directory, file_format="array_record").download_and_prepare()
    except Exception as error:  # of the network, the disk, TFDS's registry and its builders
        raise UserError(
            f"{name} can't be prepared in {directory}: {in_one_line(error)}; if it is prepared elsewhere, name its "
            "directory with --data-dir or TFDS_DATA_DIR"
        ) from error
