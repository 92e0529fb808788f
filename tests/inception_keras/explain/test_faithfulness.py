"""Deletion and insertion areas of right, wrong and random maps, for a network whose answers are known."""

import keras
import numpy as np
import pytest
from keras import layers

from inception_keras import UserError, score_maps
from inception_keras.explain.faithfulness import blurred, random_maps, softmax


@pytest.fixture(scope="module")
def corner():
    """A network that sees only the upper left 4x4 pixels: the brighter they are, the more probable is class 1."""
    image = keras.Input((16, 16, 3))
    seen = np.zeros((16, 16, 3, 2), "float32")
    seen[:4, :4, :, 1] = 1
    dense = layers.Dense(2, use_bias=False)
    maps = layers.Conv2D(3, 1, use_bias=False, name="same")(image)
    model = keras.Model(image, layers.Softmax()(dense(layers.Flatten()(maps))))
    model.get_layer("same").set_weights([np.eye(3, dtype="float32")[None, None]])
    dense.set_weights([seen.reshape(-1, 2) / 12])
    return model


@pytest.fixture(scope="module")
def images():
    images = np.zeros((2, 16, 16, 3), "float32")
    images[:, :4, :4] = [[[[1.0]]], [[[0.5]]]]
    return images


def test_right_maps_score_better_than_random_ones_and_those_than_wrong_ones(corner, images):
    right = images[..., 0]
    found = [score_maps(corner, images, maps, steps=16) for maps in (right, random_maps(2, (4, 4), (16, 16)), -right)]
    deletion, insertion = (np.stack([getattr(one, name) for one in found]) for name in ("deletion", "insertion"))
    assert (np.diff(deletion, axis=0) > 0).all() and (np.diff(insertion, axis=0) < 0).all()


def test_the_curves_by_hand(corner, images):
    found = score_maps(corner, images, images[..., 0], 1, steps=16)
    whole = 1 / (1 + np.exp(-np.array([4.0, 2.0])))  # 48 values of 1/12, and of half of that
    np.testing.assert_allclose(found.shares, np.arange(17) / 16)
    np.testing.assert_allclose(found.deleted[:, 0], whole, rtol=1e-5)
    np.testing.assert_allclose(found.deleted[:, 1:], 0.5, rtol=1e-5)  # a sixteenth of the pixels is all it sees
    np.testing.assert_allclose(found.deletion, 0.5 + (whole - 0.5) / 32, rtol=1e-5)
    np.testing.assert_allclose(found.inserted[:, 1:], whole[:, None] + 0 * found.inserted[:, 1:], rtol=1e-5)
    assert (found.inserted[:, 0] < whole).all() and (found.classes == 1).all()
    other = score_maps(corner, images, images[..., 0], 0, steps=16)
    np.testing.assert_allclose(other.deletion, 1 - found.deletion, rtol=1e-5)


def test_pixels_of_equal_rank_go_from_the_upper_left_and_steps_may_be_uneven(corner, images):
    found = score_maps(corner, images, np.zeros((2, 16, 16)), 1, steps=3, fill=[9.0, 9.0, 9.0])
    np.testing.assert_allclose(found.shares, np.array([0, 85, 171, 256]) / 256)
    assert found.deleted[0, 1] == pytest.approx(1, abs=1e-4)  # the corner is filled with 9


def test_images_beyond_a_batch(corner, images, monkeypatch):
    whole = score_maps(corner, np.repeat(images, 2, axis=0)[:3], np.ones((3, 16, 16)), steps=2)
    monkeypatch.setattr("inception_keras.explain.faithfulness.BATCH", 2)
    parts = score_maps(corner, np.repeat(images, 2, axis=0)[:3], np.ones((3, 16, 16)), steps=2)
    np.testing.assert_allclose(parts.inserted, whole.inserted, rtol=1e-6)


def test_random_maps_and_the_canvas():
    maps = random_maps(3, (4, 5), (32, 40))
    assert maps.shape == (3, 32, 40) and 0 <= maps.min() < maps.max() <= 1
    np.testing.assert_array_equal(maps, random_maps(3, (4, 5), (32, 40)))
    noise = np.random.default_rng(0).normal(size=(1, 32, 32, 1)).astype("float32")
    assert blurred(noise).std() < 0.3 * noise.std() and blurred(noise).shape == noise.shape
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4]])), 0.5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"maps": np.zeros((2, 8, 8))}, r"maps must be \(2, 16, 16\)"),
        ({"steps": 0}, "1 to the image's 256 pixels; got 0"),
        ({"steps": 257}, "256 pixels"),
        ({"class_index": 2}, "classes 0 to 1"),
    ],
)
def test_what_does_not_fit(corner, images, change, words):
    with pytest.raises(UserError, match=words):
        score_maps(corner, images, **{"maps": np.zeros((2, 16, 16)), **change})


def test_a_model_with_one_output_is_refused(images):
    """Softmax makes 1 of it at every step."""
    image = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3)(image))
    model = keras.Model(image, layers.Dense(1, "sigmoid")(x))
    with pytest.raises(UserError, match=r"has one output, and score_maps needs two classes or more: end it in Dense"):
        score_maps(model, images, images[..., 0])
