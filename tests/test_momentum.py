"""SGD with momentum in one operation: Keras's numbers, and when it is left to Keras."""

import keras
import numpy as np
import pytest

from ablations.momentum import MomentumSGD

TENSORFLOW = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the operation is TensorFlow's")


def trained(optimizer: keras.optimizers.Optimizer, dtype: str = "float32") -> list[np.ndarray]:
    """Weights and momenta of a small network after ten steps."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(7, "tanh", dtype=dtype), keras.layers.Dense(3, dtype=dtype)]
    model = keras.Sequential([keras.Input((5,)), *layers])
    draw = np.random.default_rng(0)
    images, labels = draw.normal(size=(40, 5)).astype("float32"), draw.integers(3, size=40)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(images, labels, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return [np.asarray(keras.ops.cast(variable, "float32")) for variable in model.weights + optimizer.variables]


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("nesterov", [True, False])
def test_the_numbers_are_those_of_keras(nesterov, dtype):
    settings = {"momentum": 0.9, "nesterov": nesterov, "weight_decay": 1e-3}
    rate = keras.optimizers.schedules.CosineDecay(0.3, 10)
    ours, theirs = (trained(kind(rate, **settings), dtype) for kind in (MomentumSGD, keras.optimizers.SGD))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_without_momentum_it_is_keras_alone():
    ours, theirs = trained(MomentumSGD(0.1)), trained(keras.optimizers.SGD(0.1))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@TENSORFLOW
def test_a_variable_takes_one_operation(monkeypatch):
    import tensorflow as tf

    taken = []
    operation = tf.raw_ops.ResourceApplyKerasMomentum
    monkeypatch.setattr(
        tf.raw_ops, "ResourceApplyKerasMomentum", lambda **given: taken.append(given["var"]) or operation(**given)
    )
    trained(MomentumSGD(0.1, momentum=0.9))
    assert taken and len(taken) % 4 == 0, "two kernels and two biases, however often Keras traces its first step"


@TENSORFLOW
def test_rows_of_a_gradient_are_left_to_keras():
    """The gradient of a table of embeddings names rows."""
    import tensorflow as tf

    assert not MomentumSGD(0.1, momentum=0.9)._can_fuse(tf.IndexedSlices(tf.ones((1, 2)), tf.constant([0]), (3, 2)))
