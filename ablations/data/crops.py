"""The crops of the paper: patches of many sizes to train on, the centre to evaluate on.

Sources: arXiv 1409.4842, section 6: "sampling of various sized patches of the image whose size is distributed evenly
between 8% and 100% of the image area and whose aspect ratio is chosen randomly between 3/4 and 4/3", and "random
interpolation methods (bilinear, area, nearest neighbor and cubic, with equal probability) for resizing". Section 7: the
shorter side resized to 256 (and to three larger sizes), of which squares of 224 are taken; here the one in the centre.

Not the paper's: its photometric distortions are left out. What it leaves open is as in torchvision's RandomResizedCrop:
the logarithm of the aspect ratio is even, so that upright is as likely as lying; a patch that does not fit into the
image is drawn anew, which makes the largest ones rarer; and after ten that don't, the largest in the middle is taken.
Pillow's interpolation takes the average over what a pixel covers where the patch shrinks, so bilinear and cubic give no
moiré there.
"""

import math

import numpy as np
from PIL import Image

AREA = (0.08, 1.0)
RATIO = (3 / 4, 4 / 3)
SHORTER_SIDE = 256 / 224  # of the side of the crop: at 224, 256
ATTEMPTS = 10
DRAWS = 2 * ATTEMPTS + 3  # numbers an image: area and ratio of each attempt, two for the place, one for the method
METHODS = (Image.Resampling.BILINEAR, Image.Resampling.BOX, Image.Resampling.NEAREST, Image.Resampling.BICUBIC)

Box = tuple[int, int, int, int]  # left, top, right, bottom


def draw(count: int, seed: int) -> np.ndarray:
    """The random numbers of `count` patches, float64 (count, DRAWS) in [0, 1).

    They are drawn before an image is read, so that it does not matter which thread reads which image first. From raw
    bits, which NumPy promises to be the same in every release.
    """
    raw = np.random.PCG64(seed).random_raw(count * DRAWS)
    return ((raw >> np.uint64(11)) * 2.0**-53).reshape(count, DRAWS)


def patch(width: int, height: int, draws: np.ndarray) -> Box:
    """The patch of an image of so many pixels that a row of `draw` stands for."""
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


def inception_crop(image: Image.Image, draws: np.ndarray, side: int) -> Image.Image:
    """A random patch of the image, resized to a square of `side` pixels by a random method."""
    method = METHODS[int(draws[-1] * len(METHODS))]
    return image.resize((side, side), method, box=patch(*image.size, draws))


def centre(image: Image.Image, side: int) -> Image.Image:
    """The square of `side` pixels in the middle of the image whose shorter side is SHORTER_SIDE times that.

    Both in one step: only the square is resized (bilinear).
    """
    width, height = image.size
    window = side * min(width, height) / round(side * SHORTER_SIDE)  # in pixels of the stored image
    left, top = (width - window) / 2, (height - window) / 2
    return image.resize((side, side), Image.Resampling.BILINEAR, box=(left, top, left + window, top + window))
