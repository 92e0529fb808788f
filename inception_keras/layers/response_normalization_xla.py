"""Local response normalisation with TensorFlow and XLA: one loop over the map and one for its gradient.

Without XLA, TensorFlow passes over the memory for every square, sum and root, which takes longer than the arithmetic.
On a CPU XLA makes a whole network slower, because of its convolutions, but these loops faster.
"""

import functools
from collections.abc import Callable

import tensorflow as tf


@functools.cache
def compiled(size: int, alpha: float, beta: float, k: float) -> Callable[[tf.Tensor], tf.Tensor]:
    """The normalisation as a function with its gradient, computed in float32 or wider.

    The arguments are those of `LocalResponseNormalization`.
    """

    def over_window(values):
        channels, near = values.shape[-1], size // 2
        padded = tf.pad(values, [[0, 0]] * (values.shape.rank - 1) + [[near, near]])
        shifted = (padded[..., shift : shift + channels] for shift in range(size))
        return functools.reduce(tf.add, shifted)

    def inverse_and_scale(x):
        """1 / base and base ** -beta, for base = k + alpha / size * window."""
        base = k + alpha / size * over_window(tf.square(x))
        if beta == 0.75:  # two square roots instead of a power
            root = tf.math.rsqrt(base)
            return tf.square(root), root * tf.sqrt(root)
        return 1 / base, tf.pow(base, -beta)

    def wide(x):
        return tf.cast(x, tf.float32) if x.dtype.size < 4 else x

    @tf.function(jit_compile=True, autograph=False)
    def forward(x):
        _, scale = inverse_and_scale(wide(x))
        return tf.cast(wide(x) * scale, x.dtype)

    @tf.function(jit_compile=True, autograph=False)
    def backward(x, upstream):
        inverse, scale = inverse_and_scale(wide(x))
        direct = wide(upstream) * scale
        neighbours = over_window(direct * wide(x) * inverse)
        return tf.cast(direct - 2 * beta * alpha / size * wide(x) * neighbours, x.dtype)

    @tf.custom_gradient
    def normalize(x):
        return forward(x), functools.partial(backward, x)

    return normalize
