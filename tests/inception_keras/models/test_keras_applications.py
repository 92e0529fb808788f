"""What the wrapper adds to Keras Applications: stable names, the zoo's head, an input tensor."""

import re

import keras
import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.graph.without_weights import without_weights
from inception_keras.models.keras_applications import _snake_case
from tests.support.forward import forward


@pytest.mark.counts
def test_the_second_model_of_a_process_has_the_names_of_the_first():
    small = {"input_shape": (64, 64, 3), "classes": 10}
    first = create_model("mobilenet_v3_small", **small)
    keras.layers.Conv2D(2, 3)(first.input)  # moves Keras's counters
    second = create_model("mobilenet_v3_small", **small)
    assert [o.name for o in first.operations] == [o.name for o in second.operations]
    assert [v.path for v in first.trainable_variables] == [v.path for v in second.trainable_variables]


@pytest.mark.counts
def test_the_head_is_the_zoos():
    model = create_model("resnet50", input_shape=(64, 64, 3), classes=10)
    assert [layer.name for layer in model.layers[-4:]] == ["head_pool", "head_dropout", "head_classifier", "main"]
    model = create_model("mobilenet_v3_large", input_shape=(64, 64, 3), classes=10)
    hidden = model.get_layer("head_fc1")
    assert (hidden.units, hidden.activation) == (1280, keras.activations.hard_swish)


def test_an_input_tensor_is_built_on():
    image = keras.Input((64, 64, 3))
    doubled = keras.layers.Rescaling(2.0, name="doubled")(image)
    model = create_model("mobilenet_v2", input_tensor=doubled, width=0.25, classes=10)
    assert model.input is image
    plain = create_model("mobilenet_v2", input_shape=(64, 64, 3), width=0.25, classes=10)
    plain.set_weights(model.get_weights())
    x = np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(np.array(model(x)), np.array(plain(2 * x)), rtol=1e-6)


def test_whole_numbers_are_taken_where_the_network_rescales_them():
    image = keras.Input((64, 64, 3), dtype="uint8")
    model = create_model("mobilenet_v3_small", input_tensor=image, width=0.25, classes=10)
    assert model(np.zeros((1, 64, 64, 3), "uint8")).shape == (1, 10)
    for name, toggles in (("mobilenet_v2", {}), ("mobilenet_v3_small", {"stem": "small"})):
        with pytest.raises(UserError, match="input_tensor is uint8: cast or rescale it first"):
            create_model(name, input_tensor=image, width=0.25, classes=10, **toggles)


def test_an_input_tensor_of_two_inputs_gets_one_line():
    left, right = (keras.Input((64, 64, 3), name=name) for name in ("left", "right"))
    with pytest.raises(UserError, match="MobileNetV2 needs an input_tensor .* one input; got one from 'left', 'right'"):
        create_model("mobilenet_v2", input_tensor=keras.layers.add([left, right]), width=0.25, classes=10)


def test_automatic_names_are_known_as_keras_writes_them():
    for layer in (keras.layers.ReLU(), keras.layers.BatchNormalization(), keras.layers.Conv2D(1, 1)):
        assert re.sub(r"_\d+$", "", layer.name) == _snake_case(type(layer).__name__)


OPEN = (None, None)


@pytest.mark.parametrize(
    ("name", "all_sides"),
    [
        *((name, (OPEN,)) for name in ("mobilenet", "mobilenet_v3_small", "efficientnet_b0")),
        ("mobilenet_v2", (OPEN, (None, 98))),
        pytest.param("mobilenet_v2", ((75, None),), marks=pytest.mark.slow),
    ],
)
def test_open_sides_compute_the_same_as_fixed_ones(name, all_sides):
    """Keras pads by the parity of a side, which an open side does not have."""
    toggles = {"width": 0.25, "classes": 3, "classifier_activation": None}
    keras.utils.set_random_seed(0)
    shape = (75, 98, 3)  # on both sides some maps are odd and some even
    fixed = create_model(name, input_shape=shape, **toggles)
    x = np.random.default_rng(0).normal(size=(1, *shape)).astype("float32")
    weights, expected = fixed.get_weights(), forward(fixed, x)
    for sides in all_sides:
        with without_weights():
            opened = create_model(name, input_shape=(*sides, 3), **toggles)
            opened.set_weights(weights)
            got = forward(opened, x)
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5, err_msg=str(sides))
