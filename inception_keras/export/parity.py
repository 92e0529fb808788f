"""Compares the outputs of two engines: their greatest difference, and their top-1 classes."""

from dataclasses import dataclass

import numpy as np

LIMIT = 1e-3  # greatest difference of logits in float32
TIE = 1e-3  # two of Keras's outputs closer than this have no order: rounding ranks them one way or the other
TELLING = 100  # the logits must vary over the images by this many limits for the limit to mean something


@dataclass(frozen=True)
class Parity:
    """An exported model's outputs compared with Keras's on the same images.

    Attributes:
        greatest: Greatest absolute difference of an output; `nan` if an output is not a number.
        agreeing: Number of images with the same top-1 class.
        tied: Number of images with another top-1 class whose output in Keras is within `TIE` of the best: with enough
            images, some always have two classes so close that the engine's order of summation decides between them.
        images: Number of images.
        limit: The greatest difference that passes.
        deviation: Standard deviation of Keras's outputs over the images, averaged over the classes: the scale on which
            to judge a difference.
        classes: Number of classes that Keras predicts for at least one image; with only one, agreement says little.
        margin: Smallest difference between Keras's best and second-best output; `None` with one class.
    """

    greatest: float
    agreeing: int
    tied: int
    images: int
    limit: float
    deviation: float
    classes: int
    margin: float | None

    def __bool__(self) -> bool:
        return self.greatest <= self.limit and self.agreeing + self.tied == self.images

    @property
    def telling(self) -> bool:
        """Whether the outputs vary so much that a difference of `limit` is small: by at least `TELLING` limits."""
        return self.deviation >= TELLING * self.limit

    def __str__(self) -> str:
        ties = f" and tied on {self.tied}" if self.tied else ""
        return (
            f"top-1 equal on {self.agreeing} of {self.images} images{ties}, greatest difference {self.greatest:.2g} "
            f"(limit {self.limit:g}; the logits vary by {self.deviation:.2g}, {self.classes} classes are predicted)"
        )


def compare_outputs(expected: np.ndarray, got: np.ndarray, limit: float = LIMIT) -> Parity:
    """Compares outputs `(images, classes)` with the expected ones.

    >>> compare_outputs(np.array([[0.0, 1.0]]), np.array([[0.0, 1.5]])).greatest
    0.5
    """
    if expected.shape != got.shape:
        raise ValueError(f"the outputs have the shape {got.shape}; expected {expected.shape}")
    expected, got = expected.astype("float64"), got.astype("float64")
    best, chosen = expected.argmax(axis=1), got.argmax(axis=1)
    behind = expected.max(axis=1) - np.take_along_axis(expected, chosen[:, None], axis=1)[:, 0]
    ordered = np.sort(expected, axis=1)
    return Parity(
        greatest=float(np.abs(expected - got).max()),
        agreeing=int((best == chosen).sum()),
        tied=int(((best != chosen) & (behind < TIE)).sum()),
        images=len(expected),
        limit=limit,
        deviation=float(expected.std(axis=0).mean()),
        classes=len(np.unique(best)),
        margin=float((ordered[:, -1] - ordered[:, -2]).min()) if expected.shape[1] > 1 else None,
    )
