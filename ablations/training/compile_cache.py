"""What JAX compiles, kept between runs and shared by processes: GoogLeNet takes it half a minute, a minute on a GPU.

It is in the user's cache, beside the decoded images; JAX finds its programs again by their content, its version and the
device. TensorFlow traces a graph in seconds and has nothing to keep.
"""

import keras

from ablations.files import prove_writable
from inception_keras.errors import UserError
from inception_keras.io.user_cache import cache_folder


def keep():
    """Sets the folder, unless `JAX_COMPILATION_CACHE_DIR` or the user's code has; none where it can't be written."""
    if keras.backend.backend() != "jax":
        return
    import jax

    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = cache_folder() / "compiled"
    try:
        prove_writable(folder)
    except UserError:
        return  # a cache is no reason to end a run
    jax.config.update("jax_compilation_cache_dir", str(folder))
