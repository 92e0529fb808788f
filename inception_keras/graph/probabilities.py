"""Probabilities of a network's logits."""

import numpy as np


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities in float64, `(n, classes)`."""
    powers = np.exp(logits.astype("float64") - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
