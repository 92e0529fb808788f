"""Several devices for one trial: every batch is split over replicas of the network, and what they learn is summed.

The batch size of a recipe is that of all replicas together, and batch normalisation takes its statistics over all of
it: up to rounding, a trial ends in the same weights on one device and on eight. What differs is which masks dropout
draws on TensorFlow, where each replica has a stream of its own; JAX runs one program over all devices.
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
    """Whether the switch has a value that it knows; asks no framework.

    Raises:
        UserError: It has not.
    """
    if distribute not in CHOICES:
        raise unknown("--distribute", distribute, CHOICES)


def find_devices(distribute: str, batch_size: int) -> "Devices":
    """The devices that a trial of this process is trained on.

    Args:
        distribute: `none` for one device, as Keras takes it; `data` for all that the backend sees in this process.
        batch_size: Of a step, over all devices together.

    Raises:
        UserError: The switch has another value, the backend can't, or the batch can't be split evenly.
    """
    check_distribute(distribute)
    devices = _all() if distribute == "data" else Devices()
    devices.distribute = distribute
    if devices.replicas == 1 and accelerator() == "gpu":
        devices.dispatch = "scan"
    if batch_size % devices.replicas:
        fitting = -(-batch_size // devices.replicas) * devices.replicas
        raise UserError(
            f"batch_size={batch_size} can't be split evenly over {devices.replicas} devices: allowed are multiples of "
            f"{devices.replicas}, such as --set batch_size={fitting}; or drop `--distribute data`"
        )
    return devices


class Devices:
    """One device, and Keras as it comes: what `Trainer` asks for, and what the others do in another way.

    Attributes:
        distribute: The switch.
        replicas: Parts into which a batch is split.
        dispatch: `step`: Keras's `fit` asks the device for one step at a time; `scan`: for many (`training.jax_scan`).
    """

    distribute, replicas, dispatch = "none", 1, "step"

    @property
    def rounding(self) -> Rounding:
        """What the number of devices and the dispatch add to the address of a trial."""
        return Rounding(environment.backend(), self.replicas, self.dispatch)

    def scope(self) -> contextlib.AbstractContextManager:
        """In which a model is built, compiled, trained and evaluated; the global state is as before after it."""
        return contextlib.nullcontext()

    def prepare(self, model):
        """Makes a model that was just built count over the whole batch; before anything of it is traced."""

    def feed(self, batches: Callable[[], Iterator], steps: int):
        """What `fit` reads, from a function that begins an epoch of whole batches as NumPy arrays, and their number."""
        import keras

        return pipeline(batches, steps) if keras.backend.backend() == "tensorflow" else batches()

    def predictor(self, model):
        """What evaluates batches of full size by `predict_on_batch`: each image once, in order."""
        return model


class Sharded(Devices):
    """JAX: one program whose arrays are spread over the devices. Sums over the batch are over all of it by nature."""

    def __init__(self, names: list[str]):
        import keras

        # every process reads whole batches: there is nothing that Keras should split once more
        self._parallel = keras.distribution.DataParallel(devices=names, auto_shard_dataset=False)
        self.replicas = len(names)

    def scope(self):
        return self._parallel.scope()


class Mirrored(Devices):
    """TensorFlow: the variables stand on every device, and each runs the network on its part of the batch."""

    def __init__(self, strategy):
        self._strategy = strategy
        self.replicas = strategy.num_replicas_in_sync

    def scope(self):
        return self._strategy.scope()

    def prepare(self, model):
        """Set on built layers: builders, costs and addresses know nothing of it."""
        import keras

        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.synchronized = True
            if hasattr(layer, "seed_generator"):
                _draw_apart(layer.seed_generator)

    # Keras hands the pipeline of `feed` to the strategy, which cuts each batch into equal parts, in order.

    def predictor(self, model):
        return _Split(model, self._strategy)


class _Split:
    """Evaluates a part of each batch on each replica: `predict_on_batch` of Keras gives all of it to every one."""

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


def _all() -> Devices:
    """All devices of this process's backend; one is used as without the switch, and ends in the same bits."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        names = keras.distribution.list_devices()
        return Sharded(names) if len(names) > 1 else Devices()
    if backend == "tensorflow":
        strategy = _strategy()
        return Mirrored(strategy) if strategy.num_replicas_in_sync > 1 else Devices()
    raise UserError(
        f"--distribute data works with the backends tensorflow and jax, not with {backend}: set KERAS_BACKEND=jax, or "
        "drop `--distribute data`"
    )


def accelerator() -> str | None:
    """What JAX computes on: `gpu`, `tpu`, `cpu`; `None` on another backend."""
    import keras

    if keras.backend.backend() != "jax":
        return None
    import jax

    return jax.default_backend()


def _strategy():
    """Over the TPU of this machine where there is one, else over its GPUs, else over the (logical) processors."""
    import tensorflow as tf

    if tf.config.list_physical_devices("TPU"):
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu="local")
        tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    devices = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def _draw_apart(generator):
    """Gives each replica seeds of its own: from the same ones, the n-th images of all parts would be masked alike."""
    import tensorflow as tf

    draw = generator.next

    def draw_on_replica(ordered: bool = True):
        seed, context = draw(ordered), tf.distribute.get_replica_context()
        replica = context.replica_id_in_sync_group if context else 0
        return seed + tf.stack([tf.cast(replica, seed.dtype), tf.zeros([], seed.dtype)])

    generator.next = draw_on_replica
