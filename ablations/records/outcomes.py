"""How a trial can end, and what it returns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

STATUSES = ("done", "diverged", "failed", "out of memory", "killed", "timed out")
FINAL = ("done", "diverged")  # these are results; a trial with another status runs again with the next `run`
NO_ROOM = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")  # Python's, TensorFlow's, Torch's


class Stopped(Exception):
    """A trial stopped after an epoch because it was asked to; its checkpoint holds its state."""


class Diverged(Exception):
    """A loss of the trial is not finite, or explodes; the message says which loss, and when."""


@dataclass
class Outcome:
    """The result of a trial, or why it has none.

    Attributes:
        status: One of `STATUSES`.
        reason: Why the status is not `done`.
        history: One row per epoch: training loss and top-1 (augmented images, with dropout), validation metrics.
        metrics: By split, after the last epoch.
        by_class: By name of the class its accuracy on the test split; empty if the trial ended before it was evaluated.
        test: The results on the test split; `None` if the trial ended before it was evaluated.
        times: In seconds: `compile`, `step` (median), `input` (making batches, in parallel with the steps), `training`,
            `evaluation`, `total`. For a resumed trial, `step` is of the last process, the others sum over all of them.
        began: When the trial began, in ISO format, UTC; for a resumed trial, when its first process began it.
        load: The machine's load average over a minute when this process began and ended the trial; empty where the
            system has none.
        weights: The content of an HDF5 file of the final weights, if they are to be kept and the trial is done.
    """

    status: str = "done"
    reason: str = ""
    history: list[dict] = field(default_factory=list)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    by_class: dict[str, float] = field(default_factory=dict)
    test: Evaluation | None = None
    times: dict[str, float] = field(default_factory=dict)
    began: str = ""
    load: list[float] = field(default_factory=list)
    weights: bytes | None = None


def of_error(error: Exception) -> Outcome:
    """The outcome of a trial that raised: `out of memory` or `failed`, with the exception as its reason."""
    text = f"{type(error).__name__}: {error}"
    no_room = type(error).__name__ in NO_ROOM or "RESOURCE_EXHAUSTED" in text  # JAX has no class for it
    return Outcome("out of memory" if no_room else "failed", text.splitlines()[0])


@dataclass(frozen=True)
class Evaluation:
    """Results on one split.

    Attributes:
        metrics: Over all examples: `top1`, `top5` (with more than five classes), `loss` (cross-entropy in nats).
        top1, top5: Whether each example was right, bool `(n,)`, in the order of the split.
        predictions: The five classes with the highest logits, best first, uint16 `(n, 5)`; fewer with fewer classes.
        labels: uint16 `(n,)`.
        confidences: The softmax probability of the predicted class, float32 `(n,)`.
    """

    metrics: dict[str, float]
    top1: np.ndarray
    top5: np.ndarray
    predictions: np.ndarray
    labels: np.ndarray
    confidences: np.ndarray
