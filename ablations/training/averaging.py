"""Averages of a network's weights over its steps, which are evaluated in place of the weights.

Both kinds move the average towards the weights every few steps, `average += (weights - average) * share`. They average
every floating-point variable of the network, also the moving statistics of batch normalisation.

- `ema`: an exponential moving average, beside the training. `share` is `1 - decay ** every`. Source: davidcpage/
  cifar10-fast, bag_of_tricks.ipynb: a decay of 0.99, every 5 steps.
- `lookahead`: the training goes on from the average, which follows closely at first and slowly at the end: `share` is
  `1 - decay ** every * (step / steps) ** 3`. Source: KellerJordan/cifar10-airbench, legacy/airbench94.py: 0.95, every
  5 steps; arXiv 1907.08610 has a constant share.

As in the sources the average is what is evaluated and kept at the end. In between, this bench validates it too.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
from keras import ops

from ablations.study import Recipe
from ablations.study.decimals import counted
from inception_keras.errors import UserError


class WeightAverage:
    """The average of a network's weights, or, where the recipe has none, nothing at all.

    Args:
        model: Whose weights.
        recipe: For `averaging`, `average_every` and `average_decay`.
        steps: Of the whole training.

    Attributes:
        sources: The variables of the network that are averaged.
        variables: Their averages, part of a trial's state.
        every: Steps between two updates.
        leads: Whether the training goes on from the average.

    Raises:
        UserError: The training has fewer steps than lie between two updates: what is evaluated would be untrained.
    """

    def __init__(self, model: keras.Model, recipe: Recipe, steps: int):
        self.every, self._decay, self._steps = recipe.average_every, recipe.average_decay, steps
        if recipe.averaging != "none" and self.every > steps:
            raise UserError(
                f"average_every={self.every} is more than all {counted(steps, 'steps')} of the training, so the "
                "average would never move: set fewer, or more epochs or images"
            )
        self.leads = recipe.averaging == "lookahead"
        self.sources = [] if recipe.averaging == "none" else [v for v in model.weights if "float" in v.dtype]
        self.variables = [
            keras.Variable(ops.convert_to_numpy(v), trainable=False, dtype=v.dtype, name=f"average_{place}")
            for place, v in enumerate(self.sources)
        ]

    def __bool__(self) -> bool:
        return bool(self.sources)

    def reset(self):
        """Starts from the network's present weights, as before the first step."""
        _assign(self.variables, self.sources)

    def share(self, done):
        """How far an update after `done` steps goes towards the weights, from 0 to 1; `done` may be a tensor."""
        progress = (done / self._steps) ** 3 if self.leads else 1.0
        return 1.0 - self._decay**self.every * progress

    def updated(self, averages: Sequence, weights: Sequence, share) -> list:
        """The averages after an update; all are tensors, in the order of `sources`."""
        pairs = zip(averages, weights, strict=True)
        return [average + (value - average) * ops.cast(share, average.dtype) for average, value in pairs]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The network has the average as its weights, until the end of the context."""
        weights = [ops.copy(source) for source in self.sources]
        self.keep()
        try:
            yield
        finally:
            _assign(self.sources, weights)

    def keep(self):
        """Gives the network the average as its weights: it is trained."""
        _assign(self.sources, self.variables)


class AverageCallback(keras.callbacks.Callback):
    """Updates an average while `fit` trains.

    Args:
        average: What to update.
        steps: Of an epoch.
    """

    def __init__(self, average: WeightAverage, steps: int):
        super().__init__()
        self._average, self._steps = average, steps
        self._update = _compiled(average)

    def on_epoch_begin(self, epoch, logs=None):
        self._done = epoch * self._steps

    def on_train_batch_end(self, batch, logs=None):
        self._done += 1
        if self._done % self._average.every == 0:
            if keras.backend.backend() == "jax":
                self.model.jax_state_sync()  # `fit` keeps the state outside of the variables until the epoch ends
            self._update(self._average.share(self._done))


def _compiled(average: WeightAverage):
    """A function that updates an average, and its network if the average leads, given the share of the update."""
    compute = average.updated
    if keras.backend.backend() == "jax":
        import jax

        compute = jax.jit(average.updated)

    def update(share):
        after = compute([v.value for v in average.variables], [v.value for v in average.sources], share)
        _assign(average.variables, after)
        if average.leads:
            _assign(average.sources, after)

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        function = tf.function(update, autograph=False, jit_compile=False)
        return lambda share: function(tf.constant(share, tf.float32))
    return update


def _assign(variables: Sequence[keras.Variable], values: Sequence):
    """Assigns copies: on JAX a training step deletes the buffers of the state that it is given."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(ops.copy(value))
