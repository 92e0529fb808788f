"""What JAX compiles, kept between runs and shared by processes: GoogLeNet takes it half a minute, a minute on a GPU.

It is in the user's cache, beside the decoded images; JAX finds its programs again by their content, its version and the
device. TensorFlow traces a graph in seconds and has nothing to keep.
"""

import os
from pathlib import Path

import keras

from ablations import cache


def keep():
    """Sets the folder, unless `JAX_COMPILATION_CACHE_DIR` or the user's code has; none where it can't be written."""
    if keras.backend.backend() != "jax":
        return
    import jax

    folder = cache.folder() / "compiled"
    if jax.config.jax_compilation_cache_dir is None and _is_writable(folder):
        jax.config.update("jax_compilation_cache_dir", str(folder))


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
