"""Helpers for the tests of `ablations.data`."""

import numpy as np

from ablations.data import datasets

# Hides TensorFlow from the import system, as in an environment without it. `sys.modules["tensorflow"] = None` would not
# do: TFDS takes any entry there for a loaded TensorFlow.
WITHOUT_TENSORFLOW = """
import sys
from importlib.machinery import PathFinder
class Finder:
    def find_spec(name, path=None, target=None):
        return None if name.partition(".")[0] == "tensorflow" else PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = Finder
"""


def a_split(count, side=8, channels=1):
    """A split in which image i is filled with the value i and has the label i, so that a batch shows its examples."""
    images = np.broadcast_to(
        np.arange(count, dtype=np.uint8)[:, None, None, None], (count, side, side, channels)
    ).copy()
    return datasets.Split(images, np.arange(count, dtype=np.int32), np.arange(count))
