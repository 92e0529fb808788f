"""A `tf.data` pipeline that feeds batches of NumPy arrays to `fit`."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np

AHEAD = 2  # batches that are prefetched while one is trained on


def pipeline(batches: Callable[[], Iterator], steps: int):
    """An epoch as a `tf.data.Dataset` that can be iterated again, since Keras reads one batch before it trains.

    Keras also makes a data set of a Python iterator (seen in Keras 3.15 on TensorFlow 2.21), which is slow in two ways:

    - Autotuning, which has nothing to tune here. Its thread wakes after 10 ms, 20, 40 and so on, and `fit` returns only
      after its next wake-up: an epoch of 41 seconds ends after 82.
    - The operation behind `from_generator` makes the memory allocator of the whole process return freed memory at once:
      every large tensor of a step is then allocated on new pages, which takes a twentieth of the step's time.

    Args:
        batches: Begins an epoch: returns an iterator. A batch is any nest of arrays; all batches have the same shapes.
        steps: Number of batches of the epoch.
    """
    import tensorflow as tf

    example = next(batches())
    specs = tf.nest.map_structure(lambda array: tf.TensorSpec(array.shape, array.dtype), example)
    numbers, begun = itertools.count(), {}

    def begin() -> np.int64:
        number = next(numbers)
        begun[number] = enumerate(batches(), 1)
        return np.int64(number)

    def read(number) -> list[np.ndarray]:
        step, arrays = next(begun[int(number)])
        if step == steps:  # lets the iterator's threads end; TensorFlow keeps this function for longer
            del begun[int(number)]
        return tf.nest.flatten(arrays)

    def batch(number):
        flat = tf.nest.flatten(specs)
        parts = tf.numpy_function(read, [number], [spec.dtype for spec in flat])
        return tf.nest.pack_sequence_as(
            specs, [tf.ensure_shape(part, spec.shape) for part, spec in zip(parts, flat, strict=True)]
        )

    options = tf.data.Options()
    options.autotune.enabled = False
    return (
        tf.data.Dataset.range(1)
        .map(lambda _: tf.numpy_function(begin, [], tf.int64))
        .flat_map(lambda number: tf.data.Dataset.range(steps).map(lambda _: batch(number)))
        .prefetch(AHEAD)
        .with_options(options)
    )
