"""Local response normalisation against its formula, written out."""

import keras
import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.layers.response_normalization import LocalResponseNormalization
from tests.support.forward import forward

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


@pytest.mark.parametrize("size", [0, -3, 4, 5.0, True, "5"])
def test_a_window_has_a_centre(size):
    with pytest.raises(UserError, match="size must be an odd whole number above 0"):
        LocalResponseNormalization(size=size)


def test_bfloat16_keeps_its_type_and_comes_near():
    x = np.random.default_rng(0).normal(0, 50, (1, 2, 2, 8)).astype("float32")
    got = LocalResponseNormalization(dtype="bfloat16")(keras.ops.cast(x, "bfloat16"))
    assert keras.backend.standardize_dtype(got.dtype) == "bfloat16"
    expected = lrn(x.astype("float64"), size=5, alpha=1e-4, beta=0.75, k=1.0)
    # 8 bits of mantissa: about 1% after two products
    np.testing.assert_allclose(np.asarray(keras.ops.cast(got, "float32")), expected, rtol=0.02)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
@pytest.mark.parametrize("form", ["call", "neutral"])
def test_a_narrow_type_sums_in_float32(precision, form):
    """1,000 squared is no number of float16, and 2e-5, the weight of a square, only a rough one."""
    x = np.linspace(500, 1000, 16).reshape(1, 1, 1, 16).astype("float32")
    narrow = keras.ops.cast(x, precision)
    layer = LocalResponseNormalization(dtype=precision)
    layer.build(x.shape)
    expected = lrn(np.asarray(keras.ops.cast(narrow, "float32")).astype("float64"), 5, 1e-4, 0.75, 1.0)
    got = np.asarray(keras.ops.cast(getattr(layer, form)(narrow), "float32"))
    np.testing.assert_allclose(got, expected, rtol=2e-3 if precision == "float16" else 1e-2)


def test_a_white_image_in_mixed_float16():
    """Prepared as Caffe does, its first maps reach thousands."""
    keras.config.set_dtype_policy("mixed_float16")
    try:
        toggles = {"input_shape": (64, 64, 3), "width": 0.125, "branches": ("1x1",), "classes": 3}
        model = create_model("googlenet", classifier_activation=None, **toggles)
    finally:
        keras.config.set_dtype_policy("float32")
    model.get_layer("conv1_7x7_s2").kernel.assign(0.05 * np.ones((7, 7, 3, 8)))
    white = np.broadcast_to(np.float32([151.1, 138.2, 131.3]), (1, 64, 64, 3))
    assert np.isfinite(forward(model, white)).all()


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the compiled form is TensorFlow's")
def test_what_keras_exports_has_no_xla_program(tmp_path):
    """No format but TensorFlow's own has one: ONNX Runtime refuses it."""
    import tensorflow as tf

    model = keras.Sequential([keras.Input((4, 4, 6)), LocalResponseNormalization()])
    x = np.random.default_rng(0).normal(0, 50, (2, 4, 4, 6)).astype("float32")
    traced = tf.function(model).get_concrete_function(tf.TensorSpec(x.shape)).graph
    assert xla_programs(traced)  # not exported: the fast form

    model.export(tmp_path / "saved", format="tf_saved_model", verbose=False)
    saved = tf.saved_model.load(str(tmp_path / "saved"))
    assert not xla_programs(saved.signatures["serving_default"].graph)
    np.testing.assert_allclose(saved.serve(x), model(x), rtol=2e-5)


def xla_programs(graph) -> list[str]:
    functions = graph.as_graph_def().library.function
    return [function.signature.name for function in functions if function.attr["_XlaMustCompile"].b]


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
