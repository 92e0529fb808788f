"""Top-1, top-5 and loss on a split; every example counts exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ablations.data.batches import evaluation_batches
from ablations.records.outcomes import Evaluation

if TYPE_CHECKING:
    import keras

    from ablations.data.splits import Examples


def evaluate(model: keras.Model, split: Examples, batch_size: int, *, mirrored: bool = False) -> Evaluation:
    """Evaluates a model whose output is logits `(batch, classes)`.

    Args:
        model: The model.
        split: What it is evaluated on.
        batch_size: Images per call of the model.
        mirrored: Whether to take the mean of the logits of each image and its mirror image, as `infer_mirror` of
            KellerJordan/cifar10-airbench, legacy/airbench94.py, does.
    """
    parts = []
    for images, labels in evaluation_batches(split, batch_size):
        logits = predict_logits(model, images, batch_size)
        if mirrored:
            logits = (logits + predict_logits(model, images[:, :, ::-1], batch_size)) / 2
        parts.append(
            _judge_batch(logits, labels)
        )  # batch by batch: the logits of 128,000 images in 1,000 classes are a gigabyte
    return _combine(parts, logits.shape[1])


def judge(logits: np.ndarray, labels: np.ndarray) -> Evaluation:
    """The results of logits `(n, classes)` for labels `(n,)`; among equal logits the lower class ranks first."""
    return _combine([_judge_batch(logits, labels)], logits.shape[1])


def _judge_batch(logits: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each example: the best five classes `(n, 5)`, whether each is the label `(n, 5)`, and the loss `(n,)`."""
    logits = logits.astype("float64")
    predictions = np.argsort(-logits, axis=1, kind="stable")[:, :5]
    with np.errstate(invalid="ignore"):  # infinite logits: the loss is not finite, which the caller checks
        shifted = logits - logits.max(axis=1, keepdims=True)
        losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    return predictions.astype("uint16"), predictions == labels[:, None], losses


def _combine(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]], classes: int) -> Evaluation:
    predictions, right, losses = map(np.concatenate, zip(*parts, strict=True))
    top1, top5 = right[:, 0], np.asarray(right.any(axis=1))
    metrics = {"top1": float(top1.mean()), "loss": float(losses.mean())}
    if classes > 5:
        metrics["top5"] = float(top5.mean())
    return Evaluation(metrics, top1, top5, predictions)


def predict_logits(model: keras.Model, images: np.ndarray, batch_size: int) -> np.ndarray:
    """Logits of one batch; a short batch is padded, so that the graph is traced for only one shape."""
    missing = batch_size - len(images)
    padded = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)]) if missing else images
    return np.asarray(model.predict_on_batch(padded))[: len(images)]
