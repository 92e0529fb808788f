"""Data parallelism: a trial on several devices splits every batch over replicas of the network and sums the gradients.

A recipe's batch size is that of all replicas together, and batch normalisation computes its statistics over the whole
batch: up to rounding, a trial ends in the same weights on one device and on eight. Dropout's masks are the exception on
TensorFlow, where each replica has its own random stream; JAX runs one program over all devices.
"""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np

from ablations import environment
from ablations.records.rounding import Rounding
from ablations.training.tf_pipeline import pipeline
from inception_keras.errors import UserError, unknown

CHOICES = ("none", "data")


def check_distribute(distribute: str):
    """Checks the value of `--distribute`, without loading a framework.

    Raises:
        UserError: It is unknown.
    """
    if distribute not in CHOICES:
        raise unknown("--distribute", distribute, CHOICES)


def find_devices(distribute: str, *batch_sizes: int) -> "Devices":
    """The devices on which this process trains a trial.

    Args:
        distribute: `none` for Keras's default device; `data` for all that the backend sees in this process.
        batch_sizes: Images per step, over all devices together, of every trial that is trained here.

    Raises:
        UserError: `distribute` is unknown, the backend does not support it, or the batch can't be split evenly.
    """
    check_distribute(distribute)
    devices = _all_devices() if distribute == "data" else Devices()
    devices.distribute = distribute
    if devices.replicas == 1 and accelerator() == "gpu":
        devices.dispatch = "scan"
    for batch_size in (size for size in batch_sizes if size % devices.replicas):
        fitting = -(-batch_size // devices.replicas) * devices.replicas
        raise UserError(
            f"batch_size={batch_size} can't be split evenly over {devices.replicas} devices: set it to a multiple of "
            f"{devices.replicas}, such as --set batch_size={fitting}; or drop `--distribute data`"
        )
    return devices


class Devices:
    """One device, used as Keras does by default. The interface that `Trainer` needs; subclasses use several devices.

    Attributes:
        distribute: The value of `--distribute`.
        replicas: Number of parts into which a batch is split.
        dispatch: `step`: Keras's `fit` dispatches one step at a time; `scan`: many at once (`training.jax_scan`).
    """

    distribute, replicas, dispatch = "none", 1, "step"

    @property
    def rounding(self) -> Rounding:
        """The settings of these devices that change rounding, and therefore the address of a trial."""
        return Rounding(environment.backend(), self.replicas, self.dispatch)

    def scope(self) -> contextlib.AbstractContextManager:
        """The context in which a model is built, compiled, trained and evaluated; restores the global state on exit."""
        return contextlib.nullcontext()

    def prepare(self, model):
        """Adapts a model that was just built to several replicas; call it before any of its graph is traced."""

    def feed(self, batches: Callable[[], Iterator], steps: int):
        """The data of one epoch in the form that `fit` reads.

        Args:
            batches: Begins the epoch: returns an iterator over its whole batches, in NumPy arrays.
            steps: Number of batches.
        """
        import keras

        return pipeline(batches, steps) if keras.backend.backend() == "tensorflow" else batches()

    def predictor(self, model):
        """An object whose `predict_on_batch` evaluates a batch of full size: each image once, in order."""
        return model


class Sharded(Devices):
    """JAX: one program whose arrays are sharded over the devices, so that sums over the batch cover the whole batch."""

    def __init__(self, names: list[str]):
        import keras

        # this process reads whole batches, so Keras must not shard the data set
        self._parallel = keras.distribution.DataParallel(devices=names, auto_shard_dataset=False)
        self.replicas = len(names)

    def scope(self):
        return self._parallel.scope()


class Mirrored(Devices):
    """TensorFlow: every device has a copy of the variables and runs the network on its part of the batch."""

    def __init__(self, strategy):
        self._strategy = strategy
        self.replicas = strategy.num_replicas_in_sync

    def scope(self):
        return self._strategy.scope()

    def prepare(self, model):
        """Synchronises batch normalisation and separates dropout's streams, on built layers: no builder knows of it."""
        import keras

        for layer in model.layers:
            for inner in layer._flatten_layers():  # the layer itself, and those that a user's layer is made of
                if isinstance(inner, keras.layers.BatchNormalization):
                    inner.synchronized = True
                for part in vars(inner).values():
                    if isinstance(part, keras.random.SeedGenerator):
                        _seed_per_replica(part)

    # `feed` is inherited: Keras passes the pipeline to the strategy, which splits each batch in order into equal parts.

    def predictor(self, model):
        return _SplitPredictor(model, self._strategy)


class _SplitPredictor:
    """Evaluates part of each batch on each replica; Keras's `predict_on_batch` would give every replica all of it."""

    def __init__(self, model, strategy):
        self._model, self._strategy = model, strategy

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        import tensorflow as tf

        parts = np.split(images, self._strategy.num_replicas_in_sync)
        spread = self._strategy.experimental_distribute_values_from_function(
            lambda context: tf.constant(parts[context.replica_id_in_sync_group])
        )
        self._model.make_predict_function()
        return self._model.predict_function([(spread,)]).numpy()


def _all_devices() -> Devices:
    """All devices of this process's backend. A single one is used as without `--distribute` and gives the same bits."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        names = keras.distribution.list_devices()
        return Sharded(names) if len(names) > 1 else Devices()
    if backend == "tensorflow":
        strategy = _tensorflow_strategy()
        return Mirrored(strategy) if strategy.num_replicas_in_sync > 1 else Devices()
    raise UserError(
        f"--distribute data works with the backends tensorflow and jax, not with {backend}: set KERAS_BACKEND=jax or "
        "drop `--distribute data`"
    )


def accelerator() -> str | None:
    """The kind of device that JAX uses: `gpu`, `tpu` or `cpu`; `None` on another backend."""
    import keras

    if keras.backend.backend() != "jax":
        return None
    import jax

    return jax.default_backend()


def _tensorflow_strategy():
    """A TensorFlow strategy over this machine's TPU if it has one, else over its GPUs, else over its logical CPUs."""
    import tensorflow as tf

    if tf.config.list_physical_devices("TPU"):
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="local")
        tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def _seed_per_replica(generator):
    """Gives each replica different seeds: with equal ones the n-th image of every part would get the same mask."""
    import tensorflow as tf

    draw = generator.next

    def draw_on_replica(ordered: bool = True):
        seed, context = draw(ordered), tf.distribute.get_replica_context()
        replica = context.replica_id_in_sync_group if context else 0
        return seed + tf.stack([tf.cast(replica, seed.dtype), tf.zeros([], seed.dtype)])

    generator.next = draw_on_replica
