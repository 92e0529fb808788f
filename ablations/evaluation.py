"""Top-1, top-5 and loss on a split; every example counts exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ablations.datasets import Split, evaluation_batches

if TYPE_CHECKING:  # the tables need the results, not Keras
    import keras


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


def evaluate(model: keras.Model, split: Split, batch_size: int) -> Evaluation:
    """Evaluates a model that puts out logits `(batch, classes)`."""
    logits, labels = [], []
    for images, batch_labels in evaluation_batches(split, batch_size):
        logits.append(_predict(model, images, batch_size))
        labels.append(batch_labels)
    return judge(np.concatenate(logits), np.concatenate(labels))


def judge(logits: np.ndarray, labels: np.ndarray) -> Evaluation:
    """The results that logits `(n, classes)` give for labels `(n,)`; among equal logits the lower class comes first."""
    logits = logits.astype("float64")
    examples = np.arange(len(labels))
    predictions = np.argsort(-logits, axis=1, kind="stable")[:, :5]
    right = predictions == labels[:, None]
    top1, top5 = right[:, 0], right.any(axis=1)
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[examples, labels]
    metrics = {"top1": float(top1.mean()), "loss": float(losses.mean())}
    if logits.shape[1] > 5:
        metrics["top5"] = float(top5.mean())
    return Evaluation(metrics, top1, top5, predictions.astype("uint16"))


def _predict(model: keras.Model, images: np.ndarray, batch_size: int) -> np.ndarray:
    """Logits of one batch; a short batch is filled up, so that the graph is traced for one shape."""
    missing = batch_size - len(images)
    padded = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)]) if missing else images
    return np.asarray(model.predict_on_batch(padded))[: len(images)]
