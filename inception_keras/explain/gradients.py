"""Gradients, which `keras.ops` lacks: one function per backend."""

from collections.abc import Callable

import keras
import numpy as np

from inception_keras.errors import UserError


def gradient(function: Callable, x: np.ndarray) -> np.ndarray:
    """The gradient of a scalar function at `x`.

    Args:
        function: Maps a tensor like `x` to a scalar tensor, with `keras.ops` and layers.
        x: float32.

    Returns:
        float32, of the shape of `x`.

    Raises:
        UserError: The backend has no gradients.
    """
    backend = keras.backend.backend()
    if backend not in _GRADIENTS:
        raise UserError(f"gradients need KERAS_BACKEND={' or '.join(_GRADIENTS)}; it is {backend}")
    return np.asarray(_GRADIENTS[backend](function, np.asarray(x, "float32")), "float32")


def _tensorflow(function: Callable, x: np.ndarray):
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)


def _jax(function: Callable, x: np.ndarray):
    import jax

    return jax.grad(function)(jax.numpy.asarray(x))


def _torch(function: Callable, x: np.ndarray):
    import torch

    with torch.enable_grad():
        tensor = keras.ops.convert_to_tensor(x).requires_grad_()
        (slope,) = torch.autograd.grad(function(tensor), tensor, allow_unused=True)
    return np.zeros(x.shape) if slope is None else slope.detach().cpu().numpy()


_GRADIENTS = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
