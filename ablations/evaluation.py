"""Top-1, top-5 and loss on a split; every example counts exactly once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ablations.batches import evaluation_batches

if TYPE_CHECKING:  # the tables need the results, not Keras
    import keras

    from ablations.splits import Examples


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


def evaluate(model: keras.Model, split: Examples, batch_size: int) -> Evaluation:
    """Evaluates a model that puts out logits `(batch, classes)`."""
    parts = []
    for images, labels in evaluation_batches(split, batch_size):
        logits = predict(model, images, batch_size)
        parts.append(_judge(logits, labels))  # at once: the logits of 128,000 images in 1,000 classes are a gigabyte
    return _together(parts, logits.shape[1])


def judge(logits: np.ndarray, labels: np.ndarray) -> Evaluation:
    """The results that logits `(n, classes)` give for labels `(n,)`; among equal logits the lower class comes first."""
    return _together([_judge(logits, labels)], logits.shape[1])


def _judge(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each example the best five classes, which of them are right, and the loss."""
    logits = logits.astype("float64")
    predictions = np.argsort(-logits, axis=1, kind="stable")[:, :5]
    shifted = logits - logits.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    return predictions.astype("uint16"), predictions == labels[:, None], losses


def _together(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]], classes: int) -> Evaluation:
    predictions, right, losses = map(np.concatenate, zip(*parts, strict=True))
    top1, top5 = right[:, 0], np.asarray(right.any(axis=1))
    metrics = {"top1": float(top1.mean()), "loss": float(losses.mean())}
    if classes > 5:
        metrics["top5"] = float(top5.mean())
    return Evaluation(metrics, top1, top5, predictions)


def predict(model: keras.Model, images: np.ndarray, batch_size: int) -> np.ndarray:
    """Logits of one batch; a short batch is filled up, so that the graph is traced for one shape."""
    missing = batch_size - len(images)
    padded = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)]) if missing else images
    return np.asarray(model.predict_on_batch(padded))[: len(images)]
