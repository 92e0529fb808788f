"""The crops of the paper: patches of many sizes for training, the central square for evaluation.

Sources: arXiv 1409.4842, section 6: "sampling of various sized patches of the image whose size is distributed evenly
between 8% and 100% of the image area and whose aspect ratio is chosen randomly between 3/4 and 4/3", and "random
interpolation methods (bilinear, area, nearest neighbor and cubic, with equal probability) for resizing". Section 7: the
shorter side is resized to 256 (and to three larger sizes) and squares of 224 are cut; here only the central one at 256.

Departures: the paper's photometric distortions are left out. What the paper leaves open is as in torchvision's
RandomResizedCrop: the logarithm of the aspect ratio is uniform, so that portrait is as likely as landscape; a patch
that does not fit into the image is drawn again, which makes the largest patches rarer; after ten that do not fit, the
largest central one is taken. Where Pillow shrinks a patch, bilinear and cubic interpolation average over what a pixel
covers, so they give no moiré.
"""

import math
from fractions import Fraction

import numpy as np
from PIL import Image

from ablations.study.sizes import ImageSize, height_and_width

AREA = (0.08, 1.0)
RATIO = (3 / 4, 4 / 3)
SHORTER_SIDE = 256 / 224  # of the resized image, in sides of the crop
ATTEMPTS = 10
DRAWS = 2 * ATTEMPTS + 3  # numbers per image: area and ratio per attempt, two for the position, one for the method
METHODS = (Image.Resampling.BILINEAR, Image.Resampling.BOX, Image.Resampling.NEAREST, Image.Resampling.BICUBIC)

Box = tuple[int, int, int, int]  # left, top, right, bottom


def draw(count: int, seed: int) -> np.ndarray:
    """The random numbers of `count` patches, float64 (count, DRAWS) in [0, 1).

    They are drawn before any image is read, so the order in which threads read does not matter. They are made from raw
    bits, which NumPy promises to keep the same in every release.
    """
    raw = np.random.PCG64(seed).random_raw(count * DRAWS)
    return ((raw >> np.uint64(11)) * 2.0**-53).reshape(count, DRAWS)


def patch(width: int, height: int, draws: np.ndarray) -> Box:
    """The patch that a row of `draw` selects in an image of `width` x `height` pixels."""
    low, high = map(math.log, RATIO)
    for area, ratio in draws[: 2 * ATTEMPTS].reshape(ATTEMPTS, 2):
        pixels = width * height * (AREA[0] + area * (AREA[1] - AREA[0]))
        aspect = math.exp(low + ratio * (high - low))
        columns, rows = round(math.sqrt(pixels * aspect)), round(math.sqrt(pixels / aspect))
        if 0 < columns <= width and 0 < rows <= height:
            left = int(draws[-3] * (width - columns + 1))
            top = int(draws[-2] * (height - rows + 1))
            return left, top, left + columns, top + rows
    columns = min(width, max(1, round(height * RATIO[1])))
    rows = min(height, max(1, round(width / RATIO[0])))
    left, top = (width - columns) // 2, (height - rows) // 2
    return left, top, left + columns, top + rows


def inception_crop(image: Image.Image, draws: np.ndarray, size: ImageSize) -> Image.Image:
    """A random patch of the image, resized to `size` by a random interpolation method."""
    method, (height, width) = METHODS[int(draws[-1] * len(METHODS))], height_and_width(size)
    return image.resize((width, height), method, box=patch(*image.size, draws))


def centre(image: Image.Image, size: ImageSize) -> Image.Image:
    """Resizes the image until its centre, SHORTER_SIDE times as large as `size`, just fits, and returns that of `size`.

    For squares: resizes the shorter side to SHORTER_SIDE times theirs. In one step: only the centre is resized
    (bilinear).
    """
    height, width = height_and_width(size)
    shorter = min(height, width)
    # pixels of the stored image per pixel of the result; exact, so that a square's box is one division away
    scale = min(Fraction(image.width, width), Fraction(image.height, height)) * shorter / round(shorter * SHORTER_SIDE)
    across, down = float(width * scale), float(height * scale)
    left, top = (image.width - across) / 2, (image.height - down) / 2
    return image.resize((width, height), Image.Resampling.BILINEAR, box=(left, top, left + across, top + down))
