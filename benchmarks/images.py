"""The batch that every contestant works on, made without a framework."""

import numpy as np

from ablations.data.synthetic import RandomImages
from benchmarks.cases import Case


def batch(case: Case, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Random images, float32 (batch, side, side, 3) in [-1, 1], and labels, int32 (batch,)."""
    noise = RandomImages(case.batch, classes, (case.side, case.side, 3))
    images, labels = noise.take(np.arange(case.batch))
    return images.astype("float32") / 127.5 - 1, labels
