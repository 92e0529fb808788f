"""Local response normalisation against its formula, written out."""

import keras
import numpy as np
import pytest

from inception_keras.layers.response_normalization import LocalResponseNormalization

pytestmark = pytest.mark.jax
CONSTANTS = [
    {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1.0},  # BVLC GoogLeNet
    {"size": 5, "alpha": 5e-4, "beta": 0.75, "k": 2.0},  # AlexNet's paper
    {"size": 3, "alpha": 0.1, "beta": 0.5, "k": 1.0},
]


def lrn(x: np.ndarray, size: int, alpha: float, beta: float, k: float) -> np.ndarray:
    """Caffe's definition, channel by channel (src/caffe/layers/lrn_layer.cpp)."""
    out = np.empty_like(x)
    for channel in range(x.shape[-1]):
        window = x[..., max(0, channel - size // 2) : channel + size // 2 + 1]
        out[..., channel] = x[..., channel] / (k + alpha / size * (window**2).sum(-1)) ** beta
    return out


@pytest.mark.parametrize("constants", CONSTANTS)
@pytest.mark.parametrize("channels", [2, 7, 64])
def test_it_is_caffes_formula(constants, channels):
    x = np.random.default_rng(0).normal(0, 50, (2, 3, 4, channels)).astype("float32")
    got = np.asarray(LocalResponseNormalization(**constants)(x))
    np.testing.assert_allclose(got, lrn(x.astype("float64"), **constants), rtol=2e-5)


def test_the_default_is_googlenets():
    x = np.random.default_rng(0).normal(0, 50, (1, 2, 2, 8)).astype("float32")
    expected = lrn(x.astype("float64"), size=5, alpha=1e-4, beta=0.75, k=1.0)
    np.testing.assert_allclose(np.asarray(LocalResponseNormalization()(x)), expected, rtol=2e-5)


def test_its_configuration_makes_it_again():
    layer = LocalResponseNormalization(size=3, alpha=0.1, beta=0.5, k=2.0, name="norm")
    again = LocalResponseNormalization.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()


def test_bfloat16_keeps_its_type_and_comes_near():
    x = np.random.default_rng(0).normal(0, 50, (1, 2, 2, 8)).astype("float32")
    got = LocalResponseNormalization(dtype="bfloat16")(keras.ops.cast(x, "bfloat16"))
    assert keras.backend.standardize_dtype(got.dtype) == "bfloat16"
    expected = lrn(x.astype("float64"), size=5, alpha=1e-4, beta=0.75, k=1.0)
    # 8 bits of mantissa: about 1% after two products
    np.testing.assert_allclose(np.asarray(keras.ops.cast(got, "float32")), expected, rtol=0.02)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the compiled form is TensorFlow's")
@pytest.mark.parametrize("constants", CONSTANTS)
@pytest.mark.parametrize("precision", ["float32", "float64", "bfloat16"])
def test_the_compiled_form_is_the_neutral_one(constants, precision):
    """Values and gradients; TensorFlow derives the gradient of `neutral`, that of `call` is written by hand."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    x, upstream = (tf.constant(rng.normal(0, 5, (2, 3, 3, 9)), tf.float64) for _ in range(2))
    layer = LocalResponseNormalization(**{**constants, "alpha": 0.1}, dtype="float64")
    layer.build(x.shape)

    def both(function, dtype):
        own = tf.cast(x, dtype)
        with tf.GradientTape() as tape:
            tape.watch(own)
            y = function(own)
        assert y.dtype == dtype
        return [np.array(tf.cast(part, "float64")) for part in (y, tape.gradient(y, own, tf.cast(upstream, dtype)))]

    limit = {"float32": 1e-5, "float64": 1e-7, "bfloat16": 0.03}[precision]  # the banded matrix of `neutral` is float32
    for got, expected in zip(both(layer.call, precision), both(layer.neutral, "float64"), strict=True):
        np.testing.assert_allclose(got, expected, rtol=limit, atol=limit * np.abs(expected).max())
