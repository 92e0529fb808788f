"""Costs of each layer type, counted by hand."""

import keras
import pytest
from keras import layers, ops

from inception_keras import UserError, complexity

pytestmark = pytest.mark.jax


def cost_of(layer, shape=(8, 8, 6)):
    image = keras.Input(shape)
    return complexity(keras.Model(image, layer(image)))


@pytest.mark.parametrize(
    ("layer", "params", "macs", "activations"),
    [
        # 3*3*6 weights for each of 4 filters, at 8*8 positions
        (layers.Conv2D(4, 3, padding="same"), 3 * 3 * 6 * 4 + 4, 3 * 3 * 6 * 4 * 64, 4 * 64),
        (layers.Conv2D(4, 3, padding="valid", use_bias=False), 3 * 3 * 6 * 4, 3 * 3 * 6 * 4 * 36, 4 * 36),
        (layers.Conv2D(4, 3, strides=2, padding="same"), 3 * 3 * 6 * 4 + 4, 3 * 3 * 6 * 4 * 16, 4 * 16),
        # in two groups a filter sees half of the channels
        (layers.Conv2D(4, 3, padding="same", groups=2), 3 * 3 * 3 * 4 + 4, 3 * 3 * 3 * 4 * 64, 4 * 64),
        (layers.DepthwiseConv2D(3, padding="same"), 3 * 3 * 6 + 6, 3 * 3 * 6 * 64, 6 * 64),
        (
            layers.SeparableConv2D(4, 3, strides=2, padding="same", depth_multiplier=2),
            3 * 3 * 12 + 12 * 4 + 4,
            (3 * 3 * 12 + 12 * 4) * 16,
            4 * 16,
        ),
        (layers.MaxPooling2D(2), 0, 0, 0),
        (layers.BatchNormalization(), 12, 0, 0),
        (layers.PReLU(), 8 * 8 * 6, 0, 0),
        (layers.PReLU(shared_axes=(1, 2)), 6, 0, 0),
        (layers.Pipeline([layers.RandomFlip(), layers.Rescaling(1 / 255), layers.BatchNormalization()]), 12, 0, 0),
    ],
)
def test_a_layer_costs_what_the_hand_counts(layer, params, macs, activations):
    cost = cost_of(layer)
    assert (cost.params, cost.macs, cost.activations) == (params, macs, activations)


def test_a_dense_layer():
    cost = cost_of(layers.Dense(5), shape=(7,))
    assert (cost.params, cost.macs, cost.activations) == (40, 35, 5)


def test_a_layer_used_twice_computes_twice_and_has_its_weights_once():
    image = keras.Input((8, 8, 4))
    conv = layers.Conv2D(4, 1, use_bias=False)
    cost = complexity(keras.Model(image, conv(conv(image))))
    assert (cost.params, cost.macs) == (16, 2 * 16 * 64)


@pytest.mark.parametrize("format", ["channels_last", "channels_first"])
def test_the_format_of_a_layer_counts_not_keras_own(format):
    """3*3*6 weights for each of 16 filters, at 16*16 positions."""
    shape = (6, 16, 16) if format == "channels_first" else (16, 16, 6)
    layer = layers.Conv2D(16, 3, padding="same", use_bias=False, data_format=format)
    assert cost_of(layer, shape).macs == 3 * 3 * 6 * 16 * 256


def test_frozen_parameters_are_parameters():
    model = keras.Sequential(
        [keras.Input((8, 8, 6)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Dense(5)]
    )
    whole = complexity(model)
    assert (whole.params, whole.moving_statistics, whole.adapters) == (3 * 3 * 6 * 4 + 4 + 8 + 25, 8, 0)
    model.layers[0].trainable = False
    assert complexity(model) == whole
    model.trainable = False
    assert complexity(model) == whole
    outer = keras.Sequential([keras.Input((8, 8, 6)), model])
    assert (complexity(outer).params, complexity(outer).macs) == (whole.params, whole.macs)


def test_adapters_are_named_apart():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(5), layers.Dense(3)])
    whole = complexity(model)
    model.layers[0].enable_lora(2)
    cost = complexity(model)
    assert (cost.params, cost.macs, cost.adapters) == (whole.params, whole.macs, 8 * 2 + 2 * 5)


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_quantised_parameters_are_as_many(mode):
    """Neither scales nor the packing of int4 count; 5 units are an odd number of them."""
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(5)])
    whole = complexity(model)
    model.layers[-1].quantize(mode)
    assert complexity(model) == whole
    model.layers[-1].enable_lora(2)
    cost = complexity(model)
    assert (cost.params, cost.macs, cost.adapters) == (whole.params, whole.macs, 144 * 2 + 2 * 5)


def test_moving_statistics_are_no_parameters():
    assert cost_of(layers.BatchNormalization()).moving_statistics == 12


def test_rows_add_up_and_have_names():
    image = keras.Input((8, 8, 6))
    x = layers.Conv2D(4, 3, name="a")(image)
    cost = complexity(keras.Model(image, layers.Conv2D(2, 1, name="b")(x)))
    assert [row.name for row in cost.by_layer][-2:] == ["a", "b"]
    assert sum(row.params for row in cost.by_layer) == cost.params
    assert cost.by_layer[-1].output_shape == (6, 6, 2)


def test_a_layer_that_can_not_be_counted_is_refused():
    with pytest.raises(UserError, match="Conv2DTranspose"):
        cost_of(layers.Conv2DTranspose(4, 3))
    with pytest.raises(UserError, match="Conv3D"):
        cost_of(layers.Conv3D(4, 3), shape=(8, 8, 8, 2))
    with pytest.raises(UserError, match="Pipeline .* are not known"):
        cost_of(layers.Pipeline([layers.RandomFlip(), layers.Conv2D(4, 3)]))


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("Conv", lambda x: ops.conv(x, ops.ones((3, 3, 6, 4)))),
        ("DepthwiseConv", lambda x: ops.depthwise_conv(x, ops.ones((3, 3, 6, 1)))),
        ("Matmul", lambda x: x @ ops.ones((6, 4))),
        ("Einsum", lambda x: ops.einsum("bhwc,cd->bhwd", x, ops.ones((6, 4)))),
        ("Dot", lambda x: ops.dot(x, ops.ones((6, 4)))),
        ("Tensordot", lambda x: ops.tensordot(x, ops.ones((6, 4)), axes=1)),
        ("Dot", lambda x: layers.Dot(axes=1)([layers.Flatten()(x)] * 2)),
    ],
)
def test_an_operation_that_multiplies_is_refused(name, operation):
    with pytest.raises(UserError, match=f"multiply-adds of {name} .* are not known"):
        cost_of(operation)
    assert cost_of(lambda x: ops.relu(x * 2 + x)).macs == 0


def test_squeeze_and_excite_counts_its_convolutions_at_one_position():
    image = keras.Input((8, 8, 6))
    x = layers.GlobalAveragePooling2D(keepdims=True)(image)
    x = layers.Conv2D(2, 1)(x)
    x = layers.Conv2D(6, 1, activation="sigmoid")(x)
    cost = complexity(keras.Model(image, layers.Multiply()([image, x])))
    assert (cost.params, cost.macs, cost.activations) == (14 + 18, 12 + 12, 2 + 6)


def test_scaling_inside_a_model_is_neither_parameter_nor_statistics():
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, layers.Normalization()(layers.Rescaling(1 / 255)(image)))
    cost = complexity(model)
    assert (cost.params, cost.moving_statistics, cost.macs) == (0, 0, 0)
    assert model.count_params() == 7  # mean and variance of three colours, and how many images gave them


def test_a_model_in_a_model_is_counted_as_often_as_it_is_used():
    image = keras.Input((8, 8, 4))
    inner = keras.Model(image, layers.Conv2D(4, 1, use_bias=False)(image))
    other = keras.Input((8, 8, 4))
    cost = complexity(keras.Model(other, inner(inner(other))))
    assert (cost.params, cost.macs, cost.activations) == (16, 2 * 16 * 64, 2 * 4 * 64)
    assert complexity(keras.Sequential([other, layers.Conv2D(4, 1, use_bias=False)])).macs == 16 * 64


def test_a_model_with_open_sides_in_a_model_is_counted_at_the_size_of_each_call():
    image = keras.Input((None, None, 4))
    conv = layers.Conv2D(4, 3, strides=2, padding="same", use_bias=False)
    inner = keras.Sequential([keras.Input((None, None, 4)), keras.Model(image, conv(image))])
    other = keras.Input((8, 12, 4))
    model = keras.Model(other, inner(inner(other)))
    calls = len(conv._inbound_nodes)
    cost = complexity(model)
    assert (cost.params, cost.macs, cost.activations) == (144, 144 * (4 * 6 + 2 * 3), 4 * (4 * 6 + 2 * 3))
    assert cost.by_layer[-1].output_shape == (2, 3, 4)
    assert len(conv._inbound_nodes) == calls, "counting notes no calls"
    with pytest.raises(UserError, match="fixed input size"):
        complexity(inner)


def test_every_output_counts():
    image = keras.Input((8, 8, 4))
    outputs = {"a": layers.Conv2D(2, 1, use_bias=False)(image), "b": layers.Conv2D(3, 1, use_bias=False)(image)}
    assert complexity(keras.Model(image, outputs)).macs == (8 + 12) * 64


def test_what_another_model_does_with_a_layer_does_not_count():
    image = keras.Input((8, 8, 4))
    conv = layers.Conv2D(4, 1, use_bias=False)
    model = keras.Model(image, conv(image))
    conv(keras.Input((16, 16, 4)))
    assert complexity(model).macs == 16 * 64


def test_a_model_without_a_graph_is_refused():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(UserError, match="not a functional model"):
        complexity(Own())
