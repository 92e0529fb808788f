"""JAX's compilation cache, kept between runs and shared by processes: GoogLeNet compiles in 30 s, for a GPU in 60 s.

It is in the user's cache folder, beside the decoded images. JAX finds a program by its content, JAX's version and the
device. TensorFlow needs no such cache: it traces a graph in seconds.
"""

import keras

from ablations.files import prove_writable
from inception_keras.errors import UserError
from inception_keras.io.user_cache import cache_folder


def keep():
    """Sets the cache folder, unless `JAX_COMPILATION_CACHE_DIR` or the user's code has, or it can't be written."""
    if keras.backend.backend() != "jax":
        return
    import jax

    if jax.config.jax_compilation_cache_dir is not None:
        return
    folder = cache_folder() / "compiled"
    try:
        prove_writable(folder)
    except UserError:
        return  # a run does not fail for lack of a cache
    jax.config.update("jax_compilation_cache_dir", str(folder))
