"""Does the network care where the object is? The test images, each moved a few pixels.

The direction of each image is one of eight, drawn once for all: the same for every variant, seed and distance, so that
a distance is compared with itself. What moves in from outside is the mirror image of the edge, as in the augmentation
`crop`. That augmentation moves training images by up to an eighth of their side, so larger shifts are new to a network
that was trained with it.
"""

import numpy as np

from ablations.data.splits import Examples, Split
from ablations.seeds import stream
from inception_keras.errors import UserError

DIRECTIONS = np.array([(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)])


def shifted(split: Examples, pixels: int) -> Split:
    """The split with every image moved by `pixels`, up, down, left, right or along a diagonal.

    Raises:
        UserError: The images are too small, or stay on disk.
    """
    if not isinstance(split, Split):
        raise UserError("shifts need a data set that fits in memory: leave evaluations=('shifts',) or set a fraction")
    count, height, width, _ = split.images.shape
    if pixels >= min(height, width):
        raise UserError(f"images of {height}x{width} can't be shifted by {pixels} pixels: set image_size")
    directions = DIRECTIONS[np.random.PCG64(stream(0, "shift")).random_raw(count) % np.uint64(len(DIRECTIONS))]
    rows, columns = (_moved(side, pixels * directions[:, axis]) for axis, side in enumerate((height, width)))
    every = np.arange(count)[:, None, None]
    return Split(split.images[every, rows[:, :, None], columns[:, None, :]], split.labels, split.ids)


def _moved(side: int, offsets: np.ndarray) -> np.ndarray:
    """For each offset the position that every pixel comes from, `(offsets, side)`; mirrored at the edges."""
    positions = np.abs(np.arange(side) - offsets[:, None])
    return (side - 1) - np.abs((side - 1) - positions)
