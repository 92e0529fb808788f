"""The `tf.data` pipeline that `fit` reads on TensorFlow."""

import keras
import numpy as np
import pytest

from ablations.training.devices import Devices

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="others read the iterator itself")
BATCHES = [(np.full((2, 3), n, "float32"), {"main": np.array([n, n])}) for n in range(4)]


def test_an_epoch_comes_as_it_was_and_can_begin_again():
    epoch = Devices().feed(lambda: iter(BATCHES), 4)
    for _ in range(2):
        for (images, targets), (expected, labels) in zip(epoch.as_numpy_iterator(), BATCHES, strict=True):
            np.testing.assert_array_equal(images, expected)
            np.testing.assert_array_equal(targets["main"], labels["main"])


def test_two_readers_do_not_take_batches_from_each_other():
    epoch = Devices().feed(lambda: iter(BATCHES), 4)
    first, second = epoch.as_numpy_iterator(), epoch.as_numpy_iterator()
    seen = [int(next(reader)[0][0, 0]) for reader in (first, second, first, second, first)]
    assert seen == [0, 0, 1, 1, 2]


def test_no_more_is_read_than_the_steps():
    def forever():
        n = 0
        while True:
            assert n < 5, "read too far"
            yield np.float32(n)
            n += 1

    assert [float(value) for value in Devices().feed(forever, 5)] == [0, 1, 2, 3, 4]


def test_nothing_tunes_it():
    """The tuning thread sleeps for as long as it has lived, and `fit` would wait for it after every epoch."""
    assert Devices().feed(lambda: iter(BATCHES), 4).options().autotune.enabled is False


def test_shapes_are_known_to_the_graph():
    images, targets = Devices().feed(lambda: iter(BATCHES), 4).element_spec
    assert images.shape == (2, 3) and targets["main"].shape == (2,)
