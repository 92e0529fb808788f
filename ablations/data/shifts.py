"""Moves each test image by a few pixels, to measure how much a network depends on the object's position.

Each image moves in one of eight directions. They are drawn once and are the same for every variant, seed and distance,
so that all are compared on the same moves. What enters from outside is the mirror image of the edge, as in the
augmentation `crop`. That augmentation moves training images by up to an eighth of their side, so larger shifts are new
to a network that was trained with it.
"""

import numpy as np

from ablations.data.splits import Examples, Split
from ablations.seeds import stream
from ablations.study.measures import SHIFTS
from inception_keras.errors import UserError

DIRECTIONS = np.array([(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)])


def check_shifts(split: Examples, pixels: int = max(SHIFTS)) -> Split:
    """The split, if its images can be moved by `pixels`.

    Raises:
        UserError: The images are too small, or the split is streamed from disk.
    """
    if not isinstance(split, Split):
        raise UserError("shifts need a data set that fits in memory: drop evaluations=('shifts',) or set a fraction")
    height, width = split.images.shape[1:3]
    if pixels >= min(height, width):
        raise UserError(
            f"images of {height}x{width} can't be shifted by {pixels} pixels: set image_size to {pixels + 1} or more, "
            "or drop 'shifts' from evaluations"
        )
    return split


def shifted(split: Examples, pixels: int) -> Split:
    """The split with every image moved by `pixels`, up, down, left, right or along a diagonal.

    Raises:
        UserError: As `check_shifts`.
    """
    still = check_shifts(split, pixels)
    count, height, width, _ = still.images.shape
    directions = DIRECTIONS[np.random.PCG64(stream(0, "shift")).random_raw(count) % np.uint64(len(DIRECTIONS))]
    rows, columns = (_moved(side, pixels * directions[:, axis]) for axis, side in enumerate((height, width)))
    every = np.arange(count)[:, None, None]
    return Split(still.images[every, rows[:, :, None], columns[:, None, :]], still.labels, still.ids)


def _moved(side: int, offsets: np.ndarray) -> np.ndarray:
    """The source position of every pixel for each offset, `(offsets, side)`; mirrored at the edges."""
    positions = np.abs(np.arange(side) - offsets[:, None])
    return (side - 1) - np.abs((side - 1) - positions)
