"""Networks without weights: they cost what the same networks with weights cost, and nothing is drawn for them."""

import keras
import pytest

from inception_keras import GoogLeNet, complexity
from inception_keras.graph.without_weights import without_weights

SMALL = {"input_shape": (32, 32, 3), "classes": 10, "width": 0.125, "stem": "small", "aux_heads": True}
ALL = ("1x1", "3x3", "5x5", "pool")


# JAX compiles the draw of each shape of weights
@pytest.mark.parametrize("branches", [ALL, pytest.param(("1x1", "pool"), marks=pytest.mark.jax)])
def test_the_cost_is_that_of_the_network_with_weights(branches):
    small = {**SMALL, "branches": branches, "preset": "batchnorm"}
    with without_weights():
        counted = complexity(GoogLeNet(**small))
    assert counted == complexity(GoogLeNet(**small))


@pytest.mark.jax
def test_no_value_is_drawn():
    def refuse(shape, dtype=None):
        raise AssertionError("a value was drawn")

    with without_weights():
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, kernel_initializer=refuse)])
    with pytest.raises(AssertionError):
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, kernel_initializer=refuse)])
