"""Common random numbers in layers of a user's own: layers of layers, and streams that are not called as Keras's are."""

import keras
import numpy as np
import pytest

from ablations.records.checkpoints import capture, restore
from ablations.training.seeding import check_initializers, seed_model


class TwoDense(keras.layers.Layer):
    """Two layers whose kernels have one name, and dropout between them."""

    kernel_initializer = keras.initializers.GlorotUniform()
    bias_initializer = keras.initializers.Zeros()

    def __init__(self, **options):
        super().__init__(**options)
        self.inner = [keras.layers.Dense(4), keras.layers.Dense(4)]
        self.dropout = keras.layers.Dropout(0.5)

    def build(self, shape):
        for layer in self.inner:
            layer.build(shape)

    def call(self, x, training=False):
        first, second = self.inner
        return second(self.dropout(first(x), training=training))


@pytest.fixture
def model():
    image = keras.Input((4, 4, 4))
    x = keras.layers.RandomTranslation(0.5, 0.5, fill_mode="constant", name="translated")(image)
    made = keras.Model(image, TwoDense(name="two")(x))
    made.compile("sgd", "mse")
    return made


def draw(model):
    """What the network gives in training: its weights, a translation and a mask."""
    return np.array(model(np.arange(64, dtype="float32").reshape(1, 4, 4, 4), training=True))


def test_weights_of_one_name_in_a_layer_differ(model):
    seed_model(model, 0)
    one, other = (np.array(layer.kernel) for layer in model.get_layer("two").inner)
    assert not np.array_equal(one, other)


def test_every_random_state_follows_from_the_seed(model):
    drawn = []
    for seed in (0, 1, 0):
        seed_model(model, seed)
        drawn.append([draw(model), draw(model)])
    assert np.array_equal(drawn[0], drawn[2])
    assert not np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(*drawn[0]), "a state moves on"


def test_a_checkpoint_has_every_random_state(model):
    seed_model(model, 0)
    draw(model)
    state = capture(model)
    expected = draw(model)
    restore(model, state)
    assert np.array_equal(draw(model), expected)


class Scaled(keras.initializers.Initializer):
    """An initializer of a user's own that can be made again."""

    def __init__(self, scale, seed=None):
        self.scale, self.seed = scale, seed

    def __call__(self, shape, dtype=None):
        return self.scale * keras.random.normal(shape, dtype=dtype, seed=self.seed)

    def get_config(self):
        return {"scale": self.scale, "seed": self.seed}


def test_an_initializer_of_ones_own_keeps_its_arguments_and_follows_the_seed():
    inputs = keras.Input((50,))
    made = keras.Model(inputs, keras.layers.Dense(50, kernel_initializer=Scaled(0.01), name="last")(inputs))
    check_initializers(made)
    kernels = []
    for seed in (0, 1, 0):
        seed_model(made, seed)
        kernels.append(np.array(made.get_layer("last").kernel))
    assert np.array_equal(kernels[0], kernels[2]) and not np.array_equal(kernels[0], kernels[1])
    assert 0.009 < kernels[0].std() < 0.011


def test_the_forget_gate_of_an_lstm_starts_at_one():
    """Keras does not draw it with the layer's initializer of biases, which gives zeros."""
    inputs = keras.Input((5, 3))
    x = keras.layers.LSTM(4, name="lstm")(inputs)
    made = keras.Model(inputs, x)
    built = np.array(made.get_layer("lstm").cell.bias)
    seed_model(made, 0)
    assert np.array_equal(np.array(made.get_layer("lstm").cell.bias), built)
    assert built.tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8
