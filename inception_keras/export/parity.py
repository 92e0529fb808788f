"""Whether two engines compute the same: the greatest difference of their outputs, and their top-1."""

from dataclasses import dataclass

import numpy as np

LIMIT = 1e-3  # of logits in float32
TELLING = 100  # times the limit that logits should vary over the images, for the limit to mean something


@dataclass(frozen=True)
class Parity:
    """An exported model's outputs beside Keras's on the same images.

    Attributes:
        greatest: Greatest absolute difference of an output; `nan` where an output is no number.
        agreeing: Images whose top-1 is the same.
        images: How many there were.
        limit: What `greatest` may be.
        deviation: Standard deviation of Keras's outputs over the images, the mean over the classes: what a difference
            is to be seen beside.
        classes: How many classes are top-1 of some image in Keras: with one, agreement says little.
        margin: Keras's smallest distance between the best and the second class; `None` with one class.
    """

    greatest: float
    agreeing: int
    images: int
    limit: float
    deviation: float
    classes: int
    margin: float | None

    def __bool__(self) -> bool:
        return self.greatest <= self.limit and self.agreeing == self.images

    @property
    def telling(self) -> bool:
        """Whether the outputs vary so much that a difference over the limit would be a small one."""
        return self.deviation >= TELLING * self.limit

    def __str__(self) -> str:
        return (
            f"top-1 equal on {self.agreeing} of {self.images} images, greatest difference {self.greatest:.2g} "
            f"(limit {self.limit:g}; the logits vary by {self.deviation:.2g}, {self.classes} classes are met)"
        )


def compare_outputs(expected: np.ndarray, got: np.ndarray, limit: float = LIMIT) -> Parity:
    """Compares outputs `(images, classes)` with those expected.

    >>> compare(np.array([[0.0, 1.0]]), np.array([[0.0, 1.5]])).greatest
    0.5
    """
    if expected.shape != got.shape:
        raise ValueError(f"outputs of the shape {got.shape} beside {expected.shape}")
    expected, got = expected.astype("float64"), got.astype("float64")
    best = expected.argmax(axis=1)
    ordered = np.sort(expected, axis=1)
    return Parity(
        greatest=float(np.abs(expected - got).max()),
        agreeing=int((best == got.argmax(axis=1)).sum()),
        images=len(expected),
        limit=limit,
        deviation=float(expected.std(axis=0).mean()),
        classes=len(np.unique(best)),
        margin=float((ordered[:, -1] - ordered[:, -2]).min()) if expected.shape[1] > 1 else None,
    )
