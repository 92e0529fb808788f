"""Trains epochs on JAX in a few dispatches: one program runs many steps, and the images are in the device's memory.

A GPU finishes a step of a small network before Python has dispatched the next one. So `jax.lax.scan` runs a chunk of
steps, for which the host sends only the index of each image, the source rows and columns of its pixels, and the corner
of its cutout: a few bytes per image.

The trial is the same as with `fit`. Its images have the same bits, in the same order; its step is the `train_step` that
`fit` runs, with loss, heads, metrics and the states of the seed generators. But another program rounds differently, so
the dispatch is part of a trial's address (`records.rounding`).

The host also sends each step its learning rate and how far the averaged weights move. So the program does not depend on
the schedule: one compilation, a minute on a GPU, serves every budget of epochs and every learning rate.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeGuard

import jax
import jax.numpy as jnp
import keras
import numpy as np

from ablations.data import augmentation
from ablations.data.augmentation import Augmentation, Moment
from ablations.data.batches import normalize, order, training_pixels
from ablations.data.splits import Examples, Split
from ablations.study.recipe import Recipe
from ablations.training.averaging import WeightAverage
from ablations.training.callback import TrialCallback, main_logs
from ablations.training.chunks import chunk_length, prefetch_one, stack
from ablations.training.devices import Devices
from ablations.training.keras_fit import classes
from ablations.training.learning_rate import given_rate
from ablations.training.networks import targets

CHUNK_BYTES = 2**28  # most bytes of a chunk's pixels on the device, which holds two chunks at a time
MEMORY_SHARE = 0.25  # fraction of the device's memory that a split may take; the rest is for the network


class JaxScan:
    """Trains as `keras_fit.KerasFit` does, with one dispatch per chunk of steps. See there for the arguments.

    The state is donated to the program while an epoch is trained: after an epoch that raised, the model's variables are
    undefined, until the next trial sets them all.
    """

    def __init__(
        self,
        model: keras.Model,
        split: Examples,
        recipe: Recipe,
        devices: Devices,
        average: WeightAverage | None = None,
    ):
        self._model, self._classes, self._average = model, classes(model), average
        self._program: Callable | None = None
        self._rate = given_rate(model.optimizer)
        self._rates = jax.jit(jax.vmap(self._rate.schedule))
        self._source = Resident(split, recipe) if fits(split, recipe) else Sent(split, recipe)
        pixels = recipe.batch_size * int(np.prod(model.input_shape[1:]))
        self.together = chunk_length(len(split) // recipe.batch_size, max(1, CHUNK_BYTES // pixels))

    def train(self, seed: int, epoch: int, callback: TrialCallback, steps: int) -> dict[str, float]:
        """As `KerasFit.train`. In a chunk in which the loss diverges, the first diverged step counts as the last."""
        self._model.reset_metrics()
        callback.on_epoch_begin(epoch)
        done = 0
        for logs, count in prefetch_one(self._dispatches(seed, epoch, callback, steps)):
            columns = {name: np.asarray(values)[:count] for name, values in logs.items()}  # waits for the chunk
            rows = [main_logs({name: column[step] for name, column in columns.items()}) for step in range(count)]
            diverged = next((step for step, row in enumerate(rows) if callback.diverged(row["loss"])), count)
            rows, done = rows[: diverged + 1], done + count
            if callback.ended(done - count + len(rows) - 1, rows):
                break
        for variables, values in zip(self._variables(), self._state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        callback.on_epoch_end(epoch)
        return rows[-1]

    def _dispatches(self, seed: int, epoch: int, callback: TrialCallback, steps: int) -> Iterator[tuple[dict, int]]:
        """Dispatches one chunk after another; yields the logs of its steps, maybe not ready yet, and their number."""
        self._state = tuple([variable.value for variable in variables] for variables in self._variables())
        batches = islice(self._source.batches(seed, epoch), steps)
        done = int(self._model.optimizer.iterations.value)
        while True:
            begun = time.perf_counter()
            stacked, count = stack(islice(batches, self.together), self.together)
            callback.input_seconds += time.perf_counter() - begun
            if not count:
                return
            *which, labels = stacked
            paces, counts = self._paces(done), np.arange(self.together) < count
            arguments = self._state, self._source.pixels(*which), labels, paces, counts
            done += count
            if self._program is None:
                with callback.tracing():
                    self._program = jax.jit(self._chunk, donate_argnums=0).lower(*arguments).compile()
            self._state, logs = self._program(*arguments)
            yield logs, count

    def _paces(self, done: int) -> "Paces":
        """What the schedules say for each step of a chunk that follows `done` steps."""
        steps = done + np.arange(self.together)
        rates, average = self._rates(steps), self._average
        if not average:
            return Paces(rates, np.zeros(self.together, bool), np.zeros(self.together, np.float32))
        after = steps + 1
        shares = np.broadcast_to(average.share(after), after.shape).astype("float32")
        return Paces(rates, after % average.every == 0, shares)

    def _chunk(self, state, images, labels, paces, counts):
        """Runs the steps of a chunk.

        Args:
            state: The values of `_variables`.
            images: uint8 (steps, batch, height, width, channels).
            labels: int32 (steps, batch).
            paces: `Paces` of arrays (steps,).
            counts: bool (steps,). Steps where it is false change nothing: they pad the last chunk, so that one program
                serves all chunks.

        Returns:
            The state after the chunk, and the logs of each step.
        """
        # a table of the 256 values, since XLA's division would round differently
        shades = jnp.asarray(normalize(np.arange(256, dtype=np.uint8)))

        def step(state, batch):
            (*trained, averages), (images, labels, pace, counts) = state, batch
            self._rate.now = pace.rate
            y = targets(self._model, jax.nn.one_hot(labels, self._classes))
            logs, after = self._model.train_step(tuple(trained), (shades[images], y))
            after = self._averaged([*map(list, after)], averages, pace)
            return jax.tree.map(lambda new, old: jnp.where(counts, new, old), after, state), logs

        return jax.lax.scan(step, state, (images, labels, paces, counts))

    def _averaged(self, trained: list[list], averages: list, pace: "Paces") -> tuple[list, ...]:
        """The state after a step, with the averages updated if it is time; `trained` is what `train_step` returns."""
        average = self._average
        if not average:
            return (*trained, averages)
        places = {id(v): (part, place) for part, own in enumerate(self._variables()) for place, v in enumerate(own)}
        sources = [places[id(source)] for source in average.sources]
        weights = [trained[part][place] for part, place in sources]
        # no `cond`, for which a GPU would wait in every step
        moved = average.updated(averages, weights, pace.share)
        averages = [jnp.where(pace.moves, new, old) for new, old in zip(moved, averages, strict=True)]
        if average.leads:
            for (part, place), value, weight in zip(sources, averages, weights, strict=True):
                trained[part][place] = jnp.where(pace.moves, value, weight)
        return (*trained, averages)

    def _variables(self) -> tuple[list, ...]:
        """The variables in the order of `train_step`, then the averages of the weights.

        The non-trainable ones include the seed generators' states.
        """
        model = self._model
        return (
            model.trainable_variables,
            model.non_trainable_variables,
            model.optimizer.variables,
            model.metrics_variables,
            self._average.variables if self._average else [],
        )


class Paces(NamedTuple):
    """What the schedules of a recipe say for a step, or for each step of a chunk.

    Attributes:
        rate: The learning rate.
        moves: Whether the averages of the weights move after the step.
        share: How far, from 0 to 1.
    """

    rate: Any
    moves: Any
    share: Any


class Resident:
    """A split in the device's memory, where the pixels of each chunk are gathered."""

    def __init__(self, split: Split, recipe: Recipe):
        self._split, self._recipe, self._images = split, recipe, jax.device_put(split.images)
        # the smallest unsigned type: coordinates are most of what is sent to the device
        self._index_type = np.min_scalar_type(max(split.images.shape[1:3]))

    def batches(self, seed: int, epoch: int) -> Iterator[tuple[np.ndarray, ...]]:
        """Yields for each batch its images' indices, source rows and columns of their augmented pixels, and labels.

        The shapes are (batch,), (batch, height), (batch, width) and (batch,). With cutout, the corners of its squares,
        (batch, 2), come before the labels.
        """
        size, positions = self._recipe.batch_size, order(len(self._split), seed, epoch).astype(np.int32)
        shape, chosen = (size, *self._split.images.shape[1:3]), Augmentation.of(self._recipe)
        for batch in range(len(positions) // size):
            places = positions[batch * size : (batch + 1) * size]
            moment = Moment(seed, epoch, batch, places)
            indices = [*augmentation.coordinates(shape, chosen, moment)]
            indices += [augmentation.corners(shape, chosen, moment)] if chosen.cutout else []
            yield places, *(index.astype(self._index_type) for index in indices), self._split.labels[places]

    def pixels(self, places: np.ndarray, rows: np.ndarray, columns: np.ndarray, *corners: np.ndarray) -> jax.Array:
        """The pixels of stacked batches, uint8 (steps, batch, height, width, channels)."""
        return _gather(self._images, places, rows, columns, *corners, cutout=self._recipe.cutout)


class Sent:
    """A split that stays on the host, which crops and augments the images and sends each chunk as uint8."""

    def __init__(self, split: Examples, recipe: Recipe):
        self._split, self._recipe = split, recipe

    def batches(self, seed: int, epoch: int) -> Iterator[tuple[np.ndarray, ...]]:
        """Yields for each batch its images, uint8, and labels."""
        size, chosen = self._recipe.batch_size, Augmentation.of(self._recipe)
        return iter(training_pixels(self._split, size, seed=seed, epoch=epoch, augmentation=chosen))

    def pixels(self, images: np.ndarray) -> jax.Array:
        return jax.device_put(images)


@partial(jax.jit, static_argnames="cutout")
def _gather(images, places, rows, columns, corners=None, *, cutout: int):
    places, rows, columns = (index.astype("int32") for index in (places, rows, columns))
    where = places[..., None, None], rows[..., :, None], columns[..., None, :]
    pixels = images.at[where].get(mode="promise_in_bounds")
    return augmentation.cover(pixels, corners.astype("int32"), cutout) if cutout else pixels


def fits(split: Examples, recipe: Recipe) -> TypeGuard[Split]:
    """Whether a split can be kept on the device: decoded, of its final size, not too large, and augmented there."""
    if not isinstance(split, Split) or split.size is not None or augmentation.is_own(Augmentation.of(recipe)):
        return False
    memory = jax.devices()[0].memory_stats() or {}  # a CPU reports none
    return split.images.nbytes <= MEMORY_SHARE * memory.get("bytes_limit", float("inf"))
