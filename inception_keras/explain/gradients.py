"""Gradients, the one thing that `keras.ops` lacks: a function for each backend."""

from collections.abc import Callable

import keras
import numpy as np

from inception_keras.errors import UserError


def gradient(function: Callable, x: np.ndarray) -> np.ndarray:
    """Of a number with respect to an array.

    Args:
        function: From a tensor like `x` to a tensor without axes, made of `keras.ops` and layers.
        x: Where, float32.

    Returns:
        The shape of `x`, float32.

    Raises:
        UserError: The backend has no gradients.
    """
    backend = keras.backend.backend()
    if backend not in _OF:
        raise UserError(f"gradients need KERAS_BACKEND={', '.join(_OF)}; it is {backend}")
    return np.asarray(_OF[backend](function, np.asarray(x, "float32")), "float32")


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


_OF = {"tensorflow": _tensorflow, "jax": _jax, "torch": _torch}
