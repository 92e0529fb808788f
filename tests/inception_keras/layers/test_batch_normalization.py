"""The fused batch normalisation gives Keras's numbers: outputs, gradients, moving statistics, in every precision."""

import keras
import numpy as np
import pytest
from keras import ops

from inception_keras import GoogLeNet
from inception_keras.layers.batch_normalization import BatchNormalization
from tests.support.forward import forward
from tests.support.zoo import ONE_BRANCH

pytestmark = pytest.mark.jax
TENSORFLOW = keras.backend.backend() == "tensorflow"
# In bfloat16 Keras rounds to eight bits after the shift and at each cast, the fused operation once.
TOLERANCE = {"float32": 2e-5, "mixed_bfloat16": 2**-7, "bfloat16": 2**-6}


def pair(policy: str, channels: int, **options) -> list[keras.layers.Layer]:
    """Keras's layer and ours with the same variables, none of them at its initial value."""
    made = []
    for cls in (keras.layers.BatchNormalization, BatchNormalization):
        layer = cls(momentum=0.9, dtype=keras.dtype_policies.DTypePolicy(policy), **options)
        layer.build((None, None, None, channels))
        generator = np.random.default_rng(0)
        for variable in layer.weights:
            variable.assign(generator.uniform(0.5, 1.5, variable.shape))
        made.append(layer)
    return made


def images(*shape) -> np.ndarray:
    return np.random.default_rng(1).normal(1.0, 2.0, shape).astype("float32")


def close(ours, theirs, policy: str):
    ours, theirs = (np.asarray(ops.cast(value, "float32")) for value in (ours, theirs))
    assert np.abs(ours - theirs).max() <= TOLERANCE[policy] * max(1.0, np.abs(theirs).max())


@pytest.mark.parametrize("policy", TOLERANCE)
@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}, {"epsilon": 1e-5}], ids=str)
def test_training_and_inference_are_those_of_keras(policy, options):
    theirs, ours = pair(policy, 6, **options)
    x = images(4, 5, 5, 6)
    for _ in range(2):  # the second step moves statistics that were moved
        results = [layer(x, training=True) for layer in (ours, theirs)]
        close(*results, policy)
        assert results[0].dtype == results[1].dtype
        for mine, other in zip(ours.weights, theirs.weights, strict=True):
            close(mine, other, policy)
    close(ours(x, training=False), theirs(x, training=False), policy)


@pytest.mark.skipif(not TENSORFLOW, reason="other backends have Keras's own operation")
@pytest.mark.parametrize("policy", TOLERANCE)
@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_those_of_keras(policy, training):
    import tensorflow as tf

    x, upstream = tf.constant(images(4, 5, 5, 6)), images(4, 5, 5, 6)
    gradients = []
    for layer in pair(policy, 6):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.cast(layer(x, training=training), "float32") * upstream)
        gradients.append(tape.gradient(loss, [x, *(variable.value for variable in layer.trainable_weights)]))
    for theirs, ours in zip(*gradients, strict=True):
        close(ours, theirs, policy)


def test_a_frozen_layer_keeps_its_statistics():
    _, layer = pair("float32", 6)
    layer.trainable = False
    before = np.array(layer.moving_mean)
    layer(images(4, 5, 5, 6), training=True)
    assert np.array_equal(before, np.array(layer.moving_mean))


@pytest.mark.parametrize("shape", [(4, 6), (4, 5, 6)])
def test_maps_of_another_rank_are_left_to_keras(shape):
    theirs, ours = (cls(name="bn") for cls in (keras.layers.BatchNormalization, BatchNormalization))
    x = images(*shape)
    close(ours(x, training=True), theirs(x, training=True), "float32")
    close(ours.moving_variance, theirs.moving_variance, "float32")


@pytest.mark.parametrize("policy", TOLERANCE)
def test_a_stateless_call_gives_the_new_statistics_and_changes_nothing(policy):
    x, results = images(4, 5, 5, 6), []
    for layer in pair(policy, 6):
        state = [np.asarray(ops.cast(variable, "float32")) for variable in layer.weights]
        trained, moved = state[:2], state[2:]
        y, after = layer.stateless_call(trained, moved, x, training=True)
        results.append((y, *after))
        assert not np.array_equal(np.asarray(ops.cast(after[0], "float32")), moved[0])
        for variable, before in zip(layer.weights, state, strict=True):
            assert np.array_equal(np.asarray(ops.cast(variable, "float32")), before)
    for theirs, ours in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype
        close(ours, theirs, policy)


def test_a_scope_without_values_keeps_what_the_layer_has():
    _, layer = pair("float32", 6)
    before = np.array(layer.moving_mean)
    with keras.StatelessScope() as scope:
        layer(images(4, 5, 5, 6), training=True)
    assert np.array_equal(np.array(layer.moving_mean), before)
    assert not np.allclose(np.asarray(scope.get_current_value(layer.moving_mean)), before)


def test_a_single_value_has_no_variance():
    layer = BatchNormalization(momentum=0.5)
    layer(images(1, 1, 1, 6), training=True)
    assert np.allclose(layer.moving_variance, 0.5)  # half of the initial 1 and half of 0


def test_a_network_is_saved_and_read_with_it(tmp_path):
    model = GoogLeNet(preset="batchnorm", **ONE_BRANCH)
    kinds = {type(layer) for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)}
    assert kinds == {BatchNormalization}
    model.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    x = images(2, 32, 32, 3)
    assert np.array_equal(forward(model, x), forward(again, x))


@pytest.mark.skipif(not TENSORFLOW, reason="other backends have Keras's own operation")
def test_it_is_in_the_graph():
    """Otherwise every test here would compare Keras with Keras."""
    import tensorflow as tf

    _, layer = pair("float32", 6)
    graph = tf.function(lambda x: layer(x, training=True)).get_concrete_function(tf.TensorSpec((4, 5, 5, 6))).graph
    assert "FusedBatchNormV3" in {node.op for node in graph.as_graph_def().node}
