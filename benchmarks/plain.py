"""Plain Keras: the same network of Keras's layers alone, as a Keras user would write and compile it."""

import itertools
from collections.abc import Iterator

import keras

from ablations.training.devices import Devices
from benchmarks import ours
from benchmarks.cases import AUX_WEIGHT, LEARNING_RATE, MOMENTUM, Case
from benchmarks.contestants import Task
from benchmarks.images import batch
from inception_keras import GoogLeNet, complexity
from inception_keras.layers.convolution import Conv2D
from inception_keras.layers.response_normalization import LocalResponseNormalization


class NaiveResponseNormalization(keras.layers.Layer):
    """The obvious implementation: TensorFlow's operation on TensorFlow, elsewhere a sum over shifted channels."""

    def __init__(self, size=5, alpha=1e-4, beta=0.75, k=1.0, **kwargs):
        super().__init__(**kwargs)
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def call(self, x):
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            wide = tf.cast(x, "float32")  # the operation has no bfloat16 on a CPU
            alpha = self.alpha / self.size  # TensorFlow does not divide alpha by the window
            return tf.cast(tf.nn.local_response_normalization(wide, self.size // 2, self.k, alpha, self.beta), x.dtype)
        near, channels = self.size // 2, x.shape[-1]
        padded = keras.ops.pad(keras.ops.square(x), [[0, 0], [0, 0], [0, 0], [near, near]])
        total = sum(padded[..., shift : shift + channels] for shift in range(self.size))
        return x * keras.ops.power(self.k + self.alpha / self.size * total, -self.beta)


def build(case: Case) -> keras.Model:
    """GoogLeNet with Keras's layers instead of those that this repository wrote for speed; outputs are logits."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if case.precision == "bfloat16" else "float32")
    try:
        shape = (case.side, case.side, 3)
        model = GoogLeNet(input_shape=shape, classes=case.classes, classifier_activation=None, **case.base)
        return keras.models.clone_model(model, clone_function=put_back)
    finally:
        keras.config.set_dtype_policy(before)


def put_back(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A new layer of Keras that computes the same.

    Raises:
        TypeError: A layer of this repository for which this function has no equivalent.
    """
    config = layer.get_config()
    if isinstance(layer, LocalResponseNormalization):
        return NaiveResponseNormalization(**config)
    if isinstance(layer, Conv2D):
        return keras.layers.Conv2D.from_config(config)
    if isinstance(layer, keras.layers.BatchNormalization):
        known = keras.layers.BatchNormalization().get_config()
        return keras.layers.BatchNormalization.from_config({key: config[key] for key in known if key in config})
    if type(layer).__module__.split(".")[0] != "keras":
        raise TypeError(f"what is {type(layer).__name__} in plain Keras? say so in {__name__}.put_back")
    return type(layer).from_config(config)


def compiled(case: Case) -> keras.Model:
    """The network with the loss and the optimizer of `ours`; Keras chooses `jit_compile`."""
    model = build(case)
    heads = list(model.output) if isinstance(model.output, dict) else None
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(
        keras.optimizers.SGD(LEARNING_RATE, momentum=MOMENTUM, nesterov=True),
        loss={name: loss for name in heads} if heads else loss,
        loss_weights={name: 1.0 if name == "main" else AUX_WEIGHT for name in heads} if heads else None,
        metrics={"main": ["accuracy"]} if heads else ["accuracy"],
    )
    return model


def prepare(case: Case, setting: str) -> Task:
    """Plain Keras at the work of a case; `setting` is not used."""
    model = compiled(case)
    images, labels = batch(case, case.classes)
    target = keras.utils.to_categorical(labels, case.classes)
    seeds = itertools.count()

    def forever() -> Iterator[tuple]:
        heads = model.output
        while True:
            yield images, {name: target for name in heads} if isinstance(heads, dict) else target

    def train(steps: int, model: keras.Model = model):
        # with a Python iterator Keras waits at the end of `fit`, and that wait is not part of the steps
        model.fit(Devices().feed(forever, steps), steps_per_epoch=steps, shuffle=False, verbose=0)

    def another_seed(times: int):
        for _ in range(times):  # Keras's only way to weights, optimizer and dropout from another seed
            keras.utils.clear_session()
            keras.utils.set_random_seed(next(seeds))
            train(1, compiled(case))

    def infer(steps: int):
        for _ in range(steps):
            model.predict_on_batch(images)

    run = {"infer": infer, "seed": another_seed}.get(case.work, train)
    return Task(run=run, params=complexity(model).params, images=case.batch, device=ours.device())
