"""Local response normalisation, which Keras lacks."""

import sys

import keras
import numpy as np
from keras import ops

from inception_keras.errors import UserError

NARROW = ("float16", "bfloat16")
CONVERTERS = ("keras.src.export.", "tf2onnx.", "tensorflow.lite.")  # modules that trace a model for another program


@keras.saving.register_keras_serializable(package="inception_keras")
class LocalResponseNormalization(keras.layers.Layer):
    """Local response normalisation across channels, as Caffe computes it.

    `x / (k + alpha / size * sum of x squared over `size` neighbouring channels) ** beta`. The constants are those of
    BVLC GoogLeNet; AlexNet's paper has k = 2 and does not divide alpha (the same as `alpha=5e-4` here).

    The sum over neighbours is a product with a banded matrix of ones, which every backend can compute. On TensorFlow
    the compiled form in `response_normalization_xla.py` replaces it, with the same numbers within rounding, except in
    what Keras exports: no other format has an XLA program among its operations.

    Sums and powers are computed in float32 or wider: activations above 256 have squares that float16 does not have.

    Args:
        size: Number of neighbouring channels in the window, odd.
        alpha: Weight of the mean square in the window.
        beta: Exponent.
        k: Constant added.

    Raises:
        UserError: `size` is not a positive odd integer. Backends differ on an even window, which has no centre.
    """

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(size, (int, np.integer)) or isinstance(size, bool) or size < 1 or size % 2 == 0:
            raise UserError(f"size must be an odd whole number above 0, such as 5; got {size!r}")
        self.size, self.alpha, self.beta, self.k = int(size), alpha, beta, k

    def build(self, input_shape):
        channel = np.arange(input_shape[-1])
        near = np.abs(channel[:, None] - channel[None, :]) <= self.size // 2
        self._band = (near * (self.alpha / self.size)).astype("float32")

    def call(self, x):
        if keras.backend.backend() == "tensorflow" and not _is_converted():
            from inception_keras.layers.response_normalization_xla import compiled

            return compiled(self.size, self.alpha, self.beta, self.k)(x)
        return self.neutral(x)

    def neutral(self, x):
        """The form for every backend."""
        dtype = keras.backend.standardize_dtype(x.dtype)
        if dtype in NARROW:
            return ops.cast(self._normalized(ops.cast(x, "float32")), dtype)
        return self._normalized(x)

    def _normalized(self, x):
        band = ops.convert_to_tensor(self._band, dtype=x.dtype)
        base = self.k + ops.matmul(ops.square(x), band)
        if self.beta == 0.75:  # two square roots instead of a power
            root = ops.rsqrt(base)
            return x * root * ops.sqrt(root)
        return x * ops.power(base, -self.beta)

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        own = {"size": self.size, "alpha": self.alpha, "beta": self.beta, "k": self.k}
        return {**super().get_config(), **own}


def _is_converted() -> bool:
    """Whether a converter traces the model, which frameworks tell a layer in no other way."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(CONVERTERS):
            return True
        frame = frame.f_back  # type: ignore[assignment]  # None ends the stack
    return False
