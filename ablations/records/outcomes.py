"""How a trial can end, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

STATUSES = ("done", "diverged", "failed", "out of memory", "killed", "timed out")
FINAL = ("done", "diverged")  # results; a trial that ended in another way runs again with the next `run`
NO_ROOM = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")  # Python's, TensorFlow's, Torch's


class Stopped(Exception):
    """A trial left off after an epoch because it was asked to; its checkpoint has all of it."""


@dataclass
class Outcome:
    """What came of a trial.

    Attributes:
        status: One of `STATUSES`.
        reason: Why it is not done.
        history: A row an epoch: training loss and top-1 (augmented images, with dropout), validation metrics.
        metrics: By split, after the last epoch.
        test: The results on the test split, or `None` where the trial did not come to them.
        times: In seconds: `compile`, `step` (median), `input` (making batches, beside the steps), `training`,
            `evaluation`, `total`; of a trial that was resumed, over all its processes.
        weights: The final weights as an HDF5 file, where they are to be kept and the trial is done.
    """

    status: str = "done"
    reason: str = ""
    history: list[dict] = field(default_factory=list)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    test: Evaluation | None = None
    times: dict[str, float] = field(default_factory=dict)
    weights: bytes | None = None


def of_error(error: Exception) -> Outcome:
    """`out of memory` or `failed`, with the exception for a reason."""
    text = f"{type(error).__name__}: {error}"
    no_room = type(error).__name__ in NO_ROOM or "RESOURCE_EXHAUSTED" in text  # JAX has no class of its own for it
    return Outcome("out of memory" if no_room else "failed", text.splitlines()[0])


@dataclass(frozen=True)
class Evaluation:
    """Results on one split.

    Attributes:
        metrics: Over all examples: `top1`, `top5` (with more than five classes), `loss` (cross-entropy in nats).
        top1, top5: Whether each example was right, bool `(n,)`, in the order of the split.
        predictions: The five classes with the highest logits, best first, uint16 `(n, 5)`; fewer with fewer classes.
    """

    metrics: dict[str, float]
    top1: np.ndarray
    top5: np.ndarray
    predictions: np.ndarray
