"""The initialiser that lets a convolution pass its input on."""

import keras
import numpy as np
import pytest

from inception_keras.layers.partial_identity import PartialIdentity

pytestmark = pytest.mark.jax


@pytest.mark.parametrize("patch", [3, 5])
@pytest.mark.parametrize(("inputs", "filters"), [(4, 6), (6, 4), (4, 4)])
def test_the_first_filters_copy_the_input(patch, inputs, filters):
    layer = keras.layers.Conv2D(filters, patch, padding="same", kernel_initializer=PartialIdentity(seed=1))
    images = np.random.default_rng(0).normal(size=(2, 7, 7, inputs)).astype("float32")
    copied = min(inputs, filters)
    np.testing.assert_allclose(np.asarray(layer(images))[..., :copied], images[..., :copied], atol=1e-5)


def test_the_other_filters_are_drawn():
    drawn = np.asarray(keras.initializers.LecunUniform(seed=1)((3, 3, 4, 6)))
    found = np.asarray(PartialIdentity(seed=1)((3, 3, 4, 6)))
    np.testing.assert_array_equal(found[..., 4:], drawn[..., 4:])
    assert np.unique(found[..., :4]).tolist() == [0, 1]


def test_its_configuration_makes_it_again():
    one = PartialIdentity(seed=3)
    other = keras.initializers.deserialize(keras.initializers.serialize(one))
    np.testing.assert_array_equal(np.asarray(one((3, 3, 2, 8))), np.asarray(other((3, 3, 2, 8))))
