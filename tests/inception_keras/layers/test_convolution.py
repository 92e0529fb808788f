"""The 1x1 convolution that trains as a matrix product gives Keras's numbers: outputs, gradients, files."""

import keras
import numpy as np
import pytest
from keras import ops

from inception_keras import GoogLeNet
from inception_keras.layers.convolution import Conv2D
from tests.support.zoo import ONE_BRANCH

pytestmark = pytest.mark.jax
TENSORFLOW = keras.backend.backend() == "tensorflow"


def pair(policy: str, **options) -> list[keras.layers.Layer]:
    """Keras's layer and ours with the same kernel."""
    made = []
    for cls in (keras.layers.Conv2D, Conv2D):
        layer = cls(**{"filters": 4, "kernel_size": 1, "use_bias": False, **options}, dtype=policy)
        layer.build((None, 5, 5, 6))
        generator = np.random.default_rng(0)
        for variable in layer.weights:
            variable.assign(generator.normal(size=variable.shape))
        made.append(layer)
    return made


def images() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(4, 5, 5, 6)).astype("float32")


def close(ours, theirs):
    ours, theirs = (np.asarray(ops.cast(value, "float32")) for value in (ours, theirs))
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 2**-7 * np.abs(theirs).max(), "bfloat16 has eight bits"


def products(layer: keras.layers.Layer, training: bool) -> int:
    """The matrix products in the graph of a layer."""
    import tensorflow as tf

    called = tf.function(lambda x: layer(x, training=training)).get_concrete_function(tf.TensorSpec((4, 5, 5, 6)))
    return sum(operation.type == "MatMul" for operation in called.graph.get_operations())


@pytest.mark.parametrize("training", [True, False])
def test_outputs_are_those_of_keras(training):
    theirs, ours = pair("mixed_bfloat16")
    mine = ours(images(), training=training)
    assert keras.backend.standardize_dtype(mine.dtype) == "bfloat16"
    close(mine, theirs(images()))


@pytest.mark.skipif(not TENSORFLOW, reason="other backends have Keras's own operation")
def test_gradients_are_those_of_keras():
    """Of its layer in float32: in bfloat16 its own are further off on processors that do not multiply it."""
    import tensorflow as tf

    x, upstream = tf.constant(images()), np.random.default_rng(2).normal(size=(4, 5, 5, 4)).astype("float32")
    gradients = []
    for layer in (pair("float32")[0], pair("mixed_bfloat16")[1]):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.cast(layer(x, training=True), "float32") * upstream)
        gradients.append(tape.gradient(loss, [x, layer.kernel.value]))
    for theirs, ours in zip(*gradients, strict=True):
        close(ours, theirs)


@pytest.mark.skipif(not TENSORFLOW, reason="other backends have Keras's own operation")
def test_only_what_is_faster_as_a_product_is_one():
    (_, ours) = pair("mixed_bfloat16")
    assert products(ours, training=True) == 1
    assert products(ours, training=False) == 0
    for policy, options in (
        ("float32", {}),
        ("mixed_bfloat16", {"kernel_size": 3, "padding": "same"}),
        ("mixed_bfloat16", {"strides": 2}),
        ("mixed_bfloat16", {"use_bias": True}),
        ("mixed_bfloat16", {"activation": "relu"}),
        ("mixed_bfloat16", {"groups": 2}),
    ):
        _, other = pair(policy, **options)
        assert products(other, training=True) == 0, options


def test_a_network_keeps_its_files(tmp_path):
    """The weights of a network of Keras's layers fit, by the layers' places and by their names."""
    ours = GoogLeNet(weights=None, preset="batchnorm", **ONE_BRANCH)

    def put_back(layer):
        cls = keras.layers.Conv2D if isinstance(layer, Conv2D) else type(layer)
        return cls.from_config(layer.get_config())

    theirs = keras.models.clone_model(ours, clone_function=put_back)
    assert not any(isinstance(layer, Conv2D) for layer in theirs.layers)
    theirs.save_weights(path := tmp_path / "theirs.weights.h5")
    ours.load_weights(path)
    for mine, other in zip(ours.weights, theirs.weights, strict=True):
        assert np.array_equal(np.asarray(mine), np.asarray(other)), mine.path
