"""Poolings that round sizes up, against Caffe's definition, and the networks that have them."""

import keras
import numpy as np
import pytest

from inception_keras import create_model
from inception_keras.models.parts.pooling import apply_max_pool
from tests.support.forward import forward
from tests.support.pooling import ceil_max_pool

SIDES = [(8, 8), (7, 7), (8, 7), (7, 12), (3, 2), (15, 9)]


def pooling(shape, patch, stride, padding="ceil") -> keras.Model:
    image = keras.Input((*shape, 2))
    return keras.Model(image, apply_max_pool(image, patch, stride, padding, name="pool"))


@pytest.mark.jax
@pytest.mark.parametrize("patch", [2, 3])
def test_it_is_caffes_pooling_on_fixed_and_open_sides(patch):
    opened = pooling((None, None), patch, 2)
    for height, width in SIDES:
        x = np.random.default_rng(0).uniform(0, 1, (2, height, width, 2)).astype("float32")
        expected = ceil_max_pool(x, patch, 2)
        for shape in [(height, width), (height, None), (None, width)]:
            np.testing.assert_array_equal(np.asarray(pooling(shape, patch, 2)(x)), expected, str(shape))
        np.testing.assert_array_equal(np.asarray(opened(x)), expected)


@pytest.mark.jax
def test_where_same_or_valid_computes_it_nothing_is_added():
    """So that a network at its published size has the layers that its records and exports were made with."""
    kinds = {side: pooling((side, side), 3, 2).get_layer("pool").padding for side in (8, 7)}
    assert kinds == {8: "same", 7: "valid"}
    assert [len(pooling(shape, 3, 2).layers) for shape in ((8, 8), (7, 7), (8, 7))] == [2, 2, 3]


# What each form pools with where its map is odd, from its source.
ROUNDS_UP = ["googlenet", "googlenet_batchnorm", "googlenet_torchvision", "bn_inception", "alexnet", "zfnet"]
TENSORFLOWS = ["googlenet_slim", "inception_v2_slim"]
SMALL = {"stem": "small", "width": 0.05, "classes": 3}


def poolings(model) -> dict[str, tuple]:
    found = [layer for layer in model.layers if type(layer) is keras.layers.MaxPooling2D and layer.strides == (2, 2)]
    return {layer.name: (layer.padding, layer.output.shape[1:3]) for layer in found}


@pytest.mark.counts
@pytest.mark.parametrize("name", ROUNDS_UP + TENSORFLOWS)
def test_every_stem_pools_as_its_source(name):
    """At 97 x 101 pixels most maps have an odd side."""
    model = create_model(name, input_shape=(97, 101, 3), width=0.05, classes=3, include_top=False)
    # 3c and 4e of BN-Inception pool beside convolutions: the Caffe port fails at odd sides
    stem = {layer: pool for layer, pool in poolings(model).items() if not layer.startswith("inception")}
    for layer, (padding, got) in stem.items():
        before = model.get_layer(layer).input
        source = getattr(before._keras_history.operation, "input", before)
        map_ = source if before._keras_history.operation.name == f"{layer}_pad" else before
        up = [-(-side // 2) for side in map_.shape[1:3]]
        caffe = [max(1, -(-(side - 3) // 2) + 1) for side in map_.shape[1:3]]
        assert list(got) == (up if name in TENSORFLOWS or layer.startswith("pool4_2x2") else caffe), layer
        assert padding == "same" or name in ROUNDS_UP


@pytest.mark.counts
@pytest.mark.parametrize("name", ROUNDS_UP + TENSORFLOWS)
def test_the_small_stem_keeps_same(name):
    model = create_model(name, input_shape=(33, 33, 3), **SMALL)
    assert {padding for padding, _ in poolings(model).values()} == {"same"}


@pytest.mark.parametrize(
    ("name", "toggles"),
    [pytest.param("googlenet", {"branches": ("1x1", "pool")}, marks=pytest.mark.jax), ("bn_inception", {})],
    ids=["googlenet", "bn_inception"],  # XLA compiles the second one for half a minute
)
def test_open_sides_compute_the_same_as_fixed_ones(name, toggles):
    toggles = {"width": 0.05, "classes": 3, **toggles}
    opened = create_model(name, input_shape=(None, None, 3), **toggles)
    shape = (75, 113, 3)
    fixed = create_model(name, input_shape=shape, **toggles)
    fixed.set_weights(opened.get_weights())
    x = np.random.default_rng(0).normal(size=(1, *shape)).astype("float32")
    np.testing.assert_allclose(forward(opened, x), forward(fixed, x), rtol=1e-5, atol=1e-6)
