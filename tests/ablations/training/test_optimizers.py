"""The optimizers that a recipe names: Keras's numbers, and the rate of the biases of batch normalisation."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from ablations.study.recipe import OPTIMIZERS
from ablations.training.learning_rate import learning_rate
from ablations.training.optimizers import make_optimizer
from inception_keras import UserError
from tests.support.bench import TINY

pytestmark = pytest.mark.jax
RECIPE = replace(TINY.recipe, epochs=2, learning_rate=0.01, momentum=0.8, weight_decay=0.1)
STEPS = 5
KERAS = {
    "sgd": (keras.optimizers.SGD, {"momentum": 0.8, "nesterov": True}),
    "adamw": (keras.optimizers.AdamW, {"beta_1": 0.8, "beta_2": 0.95}),
    "lion": (keras.optimizers.Lion, {"beta_1": 0.8, "beta_2": 0.95}),
    "rmsprop": (keras.optimizers.RMSprop, {"momentum": 0.8, "rho": 0.95}),
}


def network() -> keras.Model:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(7), keras.layers.BatchNormalization(), keras.layers.Dense(3)]
    return keras.Sequential([keras.Input((5,)), *layers])


def trained(optimizer, model: keras.Model, epochs: int = 2) -> dict[str, np.ndarray]:
    """The weights of a small network after five steps per epoch."""
    draw = np.random.default_rng(0)
    images, labels = draw.normal(size=(40, 5)).astype("float32"), draw.integers(3, size=40)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(images, labels, batch_size=8, epochs=epochs, shuffle=False, verbose=0)
    return {f"{number} {v.name}": np.asarray(v) for number, v in enumerate(model.weights)}


def made(recipe, epochs: int = 2) -> dict[str, np.ndarray]:
    model = network()
    return trained(make_optimizer(recipe, STEPS, model.trainable_variables), model, epochs)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_numbers_are_those_of_keras(name):
    second = {} if name == "sgd" else {"second_momentum": 0.95}
    ours = made(replace(RECIPE, optimizer=name, **second))
    kind, settings = KERAS[name]
    theirs = kind(learning_rate(RECIPE, STEPS), weight_decay=0.1, **settings)
    theirs.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    expected = trained(theirs, network())
    for path, values in expected.items():
        np.testing.assert_allclose(ours[path], values, rtol=1e-5, atol=1e-6, err_msg=path)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_weights_need_not_decay(name):
    optimizer = make_optimizer(replace(RECIPE, optimizer=name, weight_decay=0.0), STEPS, [keras.Variable([1.0])])
    assert not optimizer.weight_decay


def test_without_a_second_momentum_it_is_that_of_keras():
    expected = {"adamw": 0.999, "lion": 0.99}
    for name, value in expected.items():
        optimizer = make_optimizer(replace(RECIPE, optimizer=name), STEPS, network().trainable_variables)
        assert optimizer.beta_2 == value


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_step_of_a_beta_is_so_many_times_as_large_and_no_other_is(name):
    """After one step: from then on the gradients differ too. Beta starts at 0, so a step is its value."""
    recipe = replace(RECIPE, optimizer=name, epochs=1, schedule="constant")
    model = network()
    images, labels = np.eye(5, dtype="float32"), np.array([0, 1, 2, 0, 1])
    found = []
    for factor in (1.0, 64.0):
        model = network()
        optimizer = make_optimizer(replace(recipe, beta_rate=factor), STEPS, model.trainable_variables)
        model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
        model.fit(images, labels, batch_size=5, epochs=1, shuffle=False, verbose=0)
        found.append({f"{place} {v.name}": np.asarray(v) for place, v in enumerate(model.weights)})
    plain, scaled = found
    (beta,) = [path for path in plain if path.endswith("beta")]
    assert np.abs(plain[beta]).max() > 0
    np.testing.assert_allclose(scaled[beta], 64 * plain[beta], rtol=1e-5)
    for path in plain.keys() - {beta}:
        np.testing.assert_array_equal(scaled[path], plain[path], err_msg=path)


def test_a_rate_for_biases_that_are_not_there_is_refused():
    variables = [keras.Variable(np.ones(3, "float32"), name="kernel")]
    with pytest.raises(UserError, match="beta_rate=64.0 changes nothing: the network has no batch normalisation"):
        make_optimizer(replace(RECIPE, beta_rate=64.0), STEPS, variables)
