"""SGD with momentum in one operation: Keras's numbers, and when it is left to Keras."""

import keras
import numpy as np
import pytest

from ablations.training.optimizer import MomentumSGD

pytestmark = pytest.mark.jax
TENSORFLOW = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the operation is TensorFlow's")


def trained(optimizer: keras.optimizers.Optimizer, dtype: str = "float32") -> list[np.ndarray]:
    """Weights and momenta of a small network after ten steps."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(7, "tanh", dtype=dtype), keras.layers.Dense(3, dtype=dtype)]
    model = keras.Sequential([keras.Input((5,)), *layers])
    draw = np.random.default_rng(0)
    images, labels = draw.normal(size=(40, 5)).astype("float32"), draw.integers(3, size=40)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), jit_compile=False)
    model.fit(images, labels, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return [np.asarray(keras.ops.cast(variable, "float32")) for variable in model.weights + optimizer.variables]


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
@pytest.mark.parametrize("nesterov", [True, False])
def test_the_numbers_are_those_of_keras(nesterov, dtype):
    settings = {"momentum": 0.9, "nesterov": nesterov, "weight_decay": 1e-3}
    rate = keras.optimizers.schedules.CosineDecay(0.3, 10)
    ours, theirs = (trained(kind(rate, **settings), dtype) for kind in (MomentumSGD, keras.optimizers.SGD))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_without_momentum_it_is_keras_alone():
    ours, theirs = trained(MomentumSGD(0.1)), trained(keras.optimizers.SGD(0.1))
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


class Asked(keras.optimizers.schedules.LearningRateSchedule):
    """A schedule that counts how often it is asked for a rate."""

    times = 0

    def __call__(self, step):
        self.times += 1
        return 0.1 / (keras.ops.cast(step, "float32") + 1.0)

    def get_config(self):
        return {}


def test_a_step_asks_the_schedule_once():
    variables = [keras.Variable(np.ones(3, "float32"), name=name) for name in ("kernel", "bias", "gamma")]
    optimizer = MomentumSGD(rate := Asked(), momentum=0.9, weight_decay=1e-2)
    optimizer.build(variables)
    for step in range(3):
        before = rate.times
        optimizer.apply([keras.ops.ones(3)] * 3, variables)
        assert rate.times == before + 1
        assert float(optimizer.learning_rate) == pytest.approx(0.1 / (step + 2)), "between steps it is the next step's"


def test_a_step_that_fails_leaves_no_rate_behind():
    (variable,) = variables = [keras.Variable(np.ones(3, "float32"))]
    optimizer = MomentumSGD(rate := Asked(), momentum=0.9)
    optimizer.build(variables)
    with pytest.raises(Exception):  # noqa: B017  the backend's
        optimizer.apply([keras.ops.ones(4)], variables)
    before = rate.times
    assert float(optimizer.learning_rate) == pytest.approx(0.1)
    assert rate.times == before + 1
    np.testing.assert_array_equal(np.asarray(variable), np.ones(3))


def test_a_rate_may_be_set():
    optimizer = MomentumSGD(0.1, momentum=0.9)
    optimizer.learning_rate = 0.5
    assert float(optimizer.learning_rate) == 0.5


@TENSORFLOW
def test_a_variable_takes_one_operation(monkeypatch):
    import tensorflow as tf

    taken = []
    operation = tf.raw_ops.ResourceApplyKerasMomentum
    monkeypatch.setattr(
        tf.raw_ops, "ResourceApplyKerasMomentum", lambda **given: taken.append(given["var"]) or operation(**given)
    )
    trained(MomentumSGD(0.1, momentum=0.9))
    assert taken and len(taken) % 4 == 0, "two kernels and two biases, however often Keras traces its first step"


@TENSORFLOW
def test_rows_of_a_gradient_are_left_to_keras():
    """The gradient of an embedding is sparse: it names rows."""
    import tensorflow as tf

    assert not MomentumSGD(0.1, momentum=0.9)._can_fuse(tf.IndexedSlices(tf.ones((1, 2)), tf.constant([0]), (3, 2)))
