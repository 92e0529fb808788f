"""Several seeds of a variant in one program: `jax.vmap` over the chunks of steps that `JaxScan` runs for one seed.

Each seed has its own weights, batches and masks, and ends in the same result as a single trial, up to rounding. The
bench does not train this way: `vmap` turns a convolution into one with a group per seed, and this module times that.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import jax
import jax.numpy as jnp
import numpy as np

from ablations.training.chunks import stack
from ablations.training.jax_scan import JaxScan
from ablations.training.seeding import reset_optimizer, seed_model

SEEDS = 4


class Together(JaxScan):
    """Trains several seeds at once. See `JaxScan` for the arguments."""

    def begin(self, seeds: Sequence[int]):
        """Puts each seed at its first step."""
        self.seeds, states = seeds, []
        for seed in seeds:
            seed_model(self._model, seed)
            reset_optimizer(self._model.optimizer)
            states.append(tuple([variable.value for variable in variables] for variables in self._variables()))
        self.states = jax.tree.map(lambda *values: jnp.stack(values), *states)

    def train_all(self, epoch: int, steps: int) -> np.ndarray:
        """Trains the first steps of an epoch; returns the losses of the last chunk, float32 (seeds, steps)."""
        losses, done = np.zeros((len(self.seeds), 0), np.float32), epoch * steps
        for arguments, counts in self._chunks(epoch, steps):
            if self._program is None:
                self._program = jax.jit(jax.vmap(self._chunk, in_axes=(0, 0, 0, None, None)), donate_argnums=0)
            self.states, logs = self._program(self.states, *arguments, self._paces(done), counts)
            done += int(counts.sum())
            losses = logs["loss"][:, : counts.sum()]
        return np.asarray(losses)  # waits for the result

    def _chunks(self, epoch: int, steps: int) -> Iterator[tuple[tuple, np.ndarray]]:
        """Yields images and labels of all seeds, (seeds, steps, batch, ...), and a mask of the steps that count."""
        feeds = [islice(self._source.batches(seed, epoch), steps) for seed in self.seeds]
        while True:
            chunks = [list(islice(feed, self.together)) for feed in feeds]
            if not chunks[0]:
                return
            stacked = [stack(chunk, self.together)[0] for chunk in chunks]
            *which, labels = (np.stack(parts) for parts in zip(*stacked, strict=True))
            yield (self._source.pixels(*which), labels), np.arange(self.together) < len(chunks[0])
