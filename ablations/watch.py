"""What is seen of a trial while it trains: its steps, their seconds, and a loss that runs away."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np

from ablations.progress import Lane


class Watch(keras.callbacks.Callback):
    """Tells the lane about each step, times the parts of a trial, and stops it where the loss diverges.

    Args:
        lane: Is told.
        exploding: A loss above it counts as diverged.
    """

    def __init__(self, lane: Lane, exploding: float):
        super().__init__()
        self.lane, self.exploding = lane, exploding
        self.input_seconds = self.training_seconds = self.evaluation_seconds = 0.0
        self._steps: list[float] = []

    def diverged(self, loss: float) -> bool:
        return not math.isfinite(loss) or loss > self.exploding

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        begun = time.perf_counter()
        yield
        self.evaluation_seconds += time.perf_counter() - begun

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._epoch_started = epoch, time.perf_counter()
        self._last = self._epoch_started

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self._steps.append(now - self._last)
        self._last = now
        logs = main_logs(logs)
        self.lane.step(self._epoch, batch, logs["loss"], logs["top1"])
        if self.diverged(logs["loss"]):
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        self.training_seconds += time.perf_counter() - self._epoch_started

    def times(self, before: dict[str, float], total: float) -> dict[str, float]:
        """The seconds of each part, with those that a trial which was resumed spent `before`."""
        step = float(np.median(self._steps)) if self._steps else before["step"]
        # the first step traces the graph, if nobody did before
        tracing = max(0.0, self._steps[0] - step) if self._steps else 0.0
        spent = {
            "compile": tracing,
            "input": self.input_seconds,
            "training": self.training_seconds,
            "evaluation": self.evaluation_seconds,
            "total": total,
        }
        return {"step": step, **{name: seconds + before.get(name, 0.0) for name, seconds in spent.items()}}


class Glance(Watch):
    """A watch that has seen enough after `LEAST` steps and `SECONDS`, whichever comes last."""

    LEAST, SECONDS = 2, 10.0

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if len(self._steps) > self.LEAST and sum(self._steps[1:]) > self.SECONDS:  # the first one traces the graph
            self.model.stop_training = True


def main_logs(logs: dict) -> dict[str, float]:
    """Loss and top-1 of the main output; with several outputs Keras puts their name before the metric's."""
    return {"loss": float(logs["loss"]), "top1": float(logs["main_top1"] if "main_top1" in logs else logs["top1"])}
