"""Probabilities from logits."""

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of `logits`, both `(n, classes)`, in float64."""
    powers = np.exp(logits.astype("float64") - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
