"""Runs a model in inference, in the way that is fastest on the active backend."""

import contextlib

import keras
import numpy as np

from inception_keras.graph.without_weights import without_weights


def forward(model: keras.Model, images: np.ndarray):
    """Returns the outputs in inference, as arrays.

    On TensorFlow one eager pass takes less time than tracing a graph. On JAX an eager pass compiles each operation by
    itself, which takes longer than compiling the whole model.
    """
    if keras.backend.backend() == "jax":
        return model.predict(images, verbose=0)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(images, training=False))


def no_random_weights() -> contextlib.AbstractContextManager:
    """A context in which a model is built, gets all its weights assigned, and runs: none are drawn before.

    On JAX they are drawn all the same, since a compiled model can't run in it.
    """
    return contextlib.nullcontext() if keras.backend.backend() == "jax" else without_weights()
