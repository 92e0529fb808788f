"""Measures of a classifier from labels and predictions, and from probabilities where they are known."""

from collections.abc import Sequence

import numpy as np

BINS = 15  # of confidence, as in Guo et al., arXiv 1706.04599


def accuracy_by_class(labels: Sequence | np.ndarray, predictions: Sequence | np.ndarray) -> dict[object, float]:
    """By class that occurs among the labels, the share of its examples that are predicted right.

    >>> accuracy_by_class(["a", "a", "b"], ["a", "b", "b"])
    {'a': 0.5, 'b': 1.0}
    """
    truth, right = _checked(labels, predictions)
    return {name: float(right[truth == name].mean()) for name in np.unique(truth).tolist()}


def balanced_accuracy(labels: Sequence | np.ndarray, predictions: Sequence | np.ndarray) -> float:
    """The mean of the accuracies of the classes, each with one vote however many examples it has."""
    return float(np.mean(list(accuracy_by_class(labels, predictions).values())))


def macro_f1(
    labels: Sequence | np.ndarray, predictions: Sequence | np.ndarray, classes: Sequence | None = None
) -> float:
    """The mean over the classes of F1, the harmonic mean of precision and recall; 0 for a class that is never right.

    Args:
        labels: Classes, `(n,)`.
        predictions: Classes, `(n,)`.
        classes: Those to average over, each of which occurs; by default all that occur among labels or predictions, as
            scikit-learn has it.
    """
    truth, right = _checked(labels, predictions)
    given = np.asarray(predictions)
    scores = []
    for name in np.unique(np.concatenate([truth, given])).tolist() if classes is None else classes:
        both = int((right & (truth == name)).sum())
        scores.append(2 * both / (int((truth == name).sum()) + int((given == name).sum())))
    return float(np.mean(scores))


def log_loss(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Minus the mean natural logarithm of the probability of the label.

    Args:
        labels: Places of the classes, `(n,)`.
        probabilities: `(n, classes)`; a probability of 0 for a label gives infinity.
    """
    own = np.asarray(probabilities, "float64")[np.arange(len(labels)), labels]
    with np.errstate(divide="ignore"):
        return float(-np.log(own).mean())


def calibration_error(
    confidences: Sequence[float] | np.ndarray, right: Sequence[bool] | np.ndarray, bins: int = BINS
) -> float:
    """The expected calibration error: how far confidence and accuracy lie apart, over bins of equal width.

    Args:
        confidences: Probability of the predicted class, `(n,)`.
        right: Whether it was right, `(n,)`.
        bins: How many.
    """
    places = np.clip(np.ceil(np.asarray(confidences) * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(places, np.asarray(right, "float64") - np.asarray(confidences), minlength=bins)
    return float(np.abs(gaps).sum() / len(places))


def _checked(labels, predictions) -> tuple[np.ndarray, np.ndarray]:
    truth, given = np.asarray(labels), np.asarray(predictions)
    if truth.ndim != 1 or truth.shape != given.shape or not len(truth):
        raise ValueError(f"needs one prediction per label, (n,) each, not {truth.shape} and {given.shape}")
    return truth, truth == given
