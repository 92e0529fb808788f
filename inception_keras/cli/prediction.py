"""Predicts the classes of prepared images, with the class names of a weights file."""

from typing import NamedTuple

import numpy as np

from inception_keras.errors import UserError
from inception_keras.weights.sources import Source

BATCH = 32


class Answer(NamedTuple):
    """A class and its probability, from 0 to 1."""

    class_index: int
    name: str
    probability: float


def predict_classes(model, images: np.ndarray, source: Source, top: int = 5) -> list[list[Answer]]:
    """The `top` most probable classes of each prepared image, best first; all classes if there are fewer.

    Raises:
        UserError: An output is not finite.
    """
    from inception_keras.explain.tails import to_numpy
    from inception_keras.graph.probabilities import softmax

    batches = (images[start : start + BATCH] for start in range(0, len(images), BATCH))
    logits = np.concatenate([to_numpy(model(batch, training=False)) for batch in batches])
    if not np.isfinite(logits).all():
        raise UserError(
            f"{source.path} gives outputs that are not finite: its weights are corrupt, or their training diverged"
        )
    probabilities = softmax(logits)
    order = np.argsort(-probabilities, axis=1, kind="stable")[:, :top].tolist()
    return [
        [Answer(index, source.name(index), float(row[index])) for index in best]
        for row, best in zip(probabilities, order, strict=True)
    ]
