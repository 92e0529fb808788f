"""Keras callbacks that report the steps of a trial, time its parts, and stop it when the loss diverges."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np

from ablations.training.progress import TrialListener


class TrialCallback(keras.callbacks.Callback):
    """Reports each dispatch of steps to the listener, times the parts of a trial, and stops it when the loss diverges.

    Args:
        listener: Receives the steps.
        exploding: A loss above it counts as diverged.
    """

    _last: float  # when the latest dispatch ended; reset at the start of each epoch

    def __init__(self, listener: TrialListener, exploding: float):
        super().__init__()
        self.listener, self.exploding = listener, exploding
        self.input_seconds = self.training_seconds = self.evaluation_seconds = 0.0
        self._tracing = 0.0
        self._dispatches: list[tuple[float, int]] = []  # seconds and steps of each

    def diverged(self, loss: float) -> bool:
        return not math.isfinite(loss) or loss > self.exploding

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.evaluation_seconds += time.perf_counter() - begun

    @contextmanager
    def tracing(self) -> Iterator[None]:
        """Times the compilation of a program, where it is separate from the program's first step."""
        begun = time.perf_counter()
        yield
        seconds = time.perf_counter() - begun
        self._tracing += seconds
        self._last += seconds

    def ended(self, last: int, rows: list[dict[str, float]]) -> bool:
        """Records the steps of a dispatch that has just ended.

        Args:
            last: The number of its last step in the epoch, from 0.
            rows: For each step, the loss and top-1 of the epoch so far.

        Returns:
            Whether to stop the training here.
        """
        now = time.perf_counter()
        self._dispatches.append((now - self._last, len(rows)))
        self._last = now
        self.listener.step(self._epoch, last, rows[-1]["loss"], rows[-1]["top1"])
        return any(self.diverged(row["loss"]) for row in rows)

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._epoch_started = epoch, time.perf_counter()
        self._last = self._epoch_started

    def on_train_batch_end(self, batch, logs=None):
        if self.ended(batch, [main_logs(logs)]):
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        self.training_seconds += time.perf_counter() - self._epoch_started

    def times(self, before: dict[str, float], total: float) -> dict[str, float]:
        """Seconds of each part of the trial.

        Args:
            before: The result of this method when the checkpoint was saved that the trial resumed from; else empty.
            total: Seconds of the whole trial in this process.

        Returns:
            `step`, the median; and `compile`, `input`, `training`, `evaluation` and `total`, with those of `before`.
        """
        paces = [seconds / steps for seconds, steps in self._dispatches for _ in range(steps)]
        step = float(np.median(paces)) if paces else before["step"]
        # the first step includes tracing the graph, unless an earlier trial of this network has traced it
        first, steps = self._dispatches[0] if self._dispatches else (0.0, 0)
        tracing = self._tracing + max(0.0, first - steps * step)
        spent = {
            "compile": tracing,
            "input": self.input_seconds,
            "training": self.training_seconds,
            "evaluation": self.evaluation_seconds,
            "total": total,
        }
        return {"step": step, **{name: seconds + before.get(name, 0.0) for name, seconds in spent.items()}}


class ProbeCallback(TrialCallback):
    """A callback that stops the training after `LEAST` dispatches and `SECONDS`, whichever comes last."""

    LEAST, SECONDS = 2, 10.0

    def ended(self, last, rows):
        over = super().ended(last, rows)
        spent = [seconds for seconds, _ in self._dispatches[1:]]  # the first one includes tracing the graph
        return over or (len(spent) >= self.LEAST and sum(spent) > self.SECONDS)


def main_logs(logs: dict) -> dict[str, float]:
    """Loss and top-1 of the main output; with several outputs Keras prefixes a metric with its output's name."""
    return {"loss": float(logs["loss"]), "top1": float(logs["main_top1"] if "main_top1" in logs else logs["top1"])}
