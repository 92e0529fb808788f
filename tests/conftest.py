"""Small, on a CPU, without a network; golden numbers are in `golden/`."""

import csv
import gc
import os
import shutil
import sys

import pytest

from tests.support.paths import GOLDEN
from tests.support.stages import pytest_addoption, pytest_configure  # noqa: F401  pytest calls these

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as the command lines have it, on processors without AVX-512 too
if "PYTEST_XDIST_WORKER" in os.environ:  # a process per core: threads that wait for each other would only take time
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
# A program that sets up a framework for itself; the search for doctests would import it.
collect_ignore = ["support/devices.py"]


@pytest.fixture(autouse=True)
def _fresh_names():
    """Each test starts with Keras's automatic names at zero and without the graphs of the test before."""
    yield
    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()
        # Graphs are cycles of many small objects. Left to itself, the collector walks again and again through all that
        # libraries keep; what is still there after a collection is theirs, and frozen it is not walked through.
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def _weights_left_out(request, _fresh_names):
    """Under the marker `counts` networks are built without their weights, which take most of a network's time."""
    if not request.node.get_closest_marker("counts"):
        yield
        return
    from inception_keras.graph.without_weights import without_weights

    with without_weights():
        yield


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory):
    """Nothing of the user's cache is read or written."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def reference() -> dict[tuple[str, str], dict[str, str]]:
    """The rows of `golden/architectures.csv` by (family, variant): counts measured on the reference implementations."""
    with open(GOLDEN / "architectures.csv", newline="", encoding="utf-8") as file:
        return {(row["family"], row["variant"]): row for row in csv.DictReader(file)}


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory):
    """A directory that holds `digits` as ArrayRecord."""
    from ablations.data import digits

    root = tmp_path_factory.mktemp("data")
    digits.prepare(root)
    return root


@pytest.fixture(scope="session")
def tfrecord_dir(tmp_path_factory):
    """A directory that holds `digits` as TFRecord."""
    pytest.importorskip("tensorflow")
    import tensorflow_datasets as tfds

    from ablations.data import digits

    root = tmp_path_factory.mktemp("tfrecord")
    # Several files, because TFDS takes turns between them unless it is told not to.
    config = tfds.download.DownloadConfig(num_shards=3)
    digits.Digits(data_dir=root, file_format="tfrecord").download_and_prepare(download_config=config)
    return root


@pytest.fixture(scope="session")
def digits_data(data_dir):
    """`digits` from there, loaded."""
    from ablations.data import datasets

    return datasets.load("digits", data_dir=data_dir)


@pytest.fixture
def digits_copy(data_dir, tmp_path):
    """A copy of the prepared set to damage: its data directory and the directory of its version."""
    root = shutil.copytree(data_dir, tmp_path / "copy")
    return root, root / "digits" / "1.0.0"
