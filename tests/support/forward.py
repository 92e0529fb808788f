"""A model on images, in the way that takes the least time on the backend that runs."""

import keras
import numpy as np


def forward(model: keras.Model, images: np.ndarray):
    """The outputs in inference, as arrays.

    Tracing a graph takes TensorFlow longer than one pass without it; JAX compiles each operation by itself where it is
    not given the whole, which takes it longer still.
    """
    if keras.backend.backend() == "jax":
        return model.predict(images, verbose=0)
    return keras.tree.map_structure(keras.ops.convert_to_numpy, model(images, training=False))
