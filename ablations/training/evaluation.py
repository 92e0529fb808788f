"""Top-1, top-5 and loss on a split; every example counts exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ablations.data.batches import evaluation_batches
from ablations.records.outcomes import Evaluation
from ablations.statistics import classification

if TYPE_CHECKING:
    import keras

    from ablations.data.splits import Examples

Judged = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


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


def measures_by_class(found: Evaluation, class_names: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
    """What the answers show beside accuracy: measures over all examples, and accuracy by name of the class."""
    predictions = found.predictions[:, 0]
    overall = {
        "balanced_accuracy": classification.balanced_accuracy(found.labels, predictions),
        "macro_f1": classification.macro_f1(found.labels, predictions),
        "calibration_error": classification.calibration_error(found.confidences, found.top1),
    }
    own = classification.accuracy_by_class(found.labels, predictions)
    return overall, {name: own[label] for label, name in enumerate(class_names) if label in own}


def _judge_batch(logits: np.ndarray, labels: np.ndarray) -> Judged:
    """For each example: the best five classes, whether each is the label, `(n, 5)`; the loss, the label, and the
    probability of the best class, `(n,)`.
    """
    logits = logits.astype("float64")
    predictions = np.argsort(-logits, axis=1, kind="stable")[:, :5]
    with np.errstate(invalid="ignore"):  # infinite logits: the loss is not finite, which the caller checks
        shifted = logits - logits.max(axis=1, keepdims=True)
        total = np.exp(shifted).sum(axis=1)
        losses = np.log(total) - shifted[np.arange(len(labels)), labels]
    confidences = (1 / total).astype("float32")
    return predictions.astype("uint16"), predictions == labels[:, None], losses, labels.astype("uint16"), confidences


def _combine(parts: list[Judged], classes: int) -> Evaluation:
    predictions, right, losses, labels, confidences = map(np.concatenate, zip(*parts, strict=True))
    top1, top5 = right[:, 0], np.asarray(right.any(axis=1))
    metrics = {"top1": float(top1.mean()), "loss": float(losses.mean())}
    if classes > 5:
        metrics["top5"] = float(top5.mean())
    return Evaluation(metrics, top1, top5, predictions, labels, confidences)


def predict_logits(model: keras.Model, images: np.ndarray, batch_size: int) -> np.ndarray:
    """Logits of one batch; a short batch is padded, so that the graph is traced for only one shape."""
    missing = batch_size - len(images)
    padded = np.concatenate([images, np.repeat(images[-1:], missing, axis=0)]) if missing else images
    return np.asarray(model.predict_on_batch(padded))[: len(images)]
