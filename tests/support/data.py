"""What the tests of the data layer share."""

import subprocess
import sys

import numpy as np

from ablations.data import datasets
from tests.support.paths import ROOT

# What an environment without TensorFlow looks like: the import system does not find it. None in sys.modules would not
# do, because TFDS takes any entry there for a loaded TensorFlow.
WITHOUT_TENSORFLOW = """
import sys
from importlib.machinery import PathFinder
class Finder:
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] == "tensorflow" else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""


def a_split(count, side=8, channels=1):
    """Image i is filled with the value i, and its label is i, so that a batch tells what is in it."""
    images = np.broadcast_to(
        np.arange(count, dtype=np.uint8)[:, None, None, None], (count, side, side, channels)
    ).copy()
    return datasets.Split(images, np.arange(count, dtype=np.int32), np.arange(count))


def run(code, timeout=120, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=timeout, env=environment or None
    )
