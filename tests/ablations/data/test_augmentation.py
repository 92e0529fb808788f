"""Augmentation against NumPy's padding and mirroring."""

import numpy as np
import pytest

from ablations.data import augmentation

IMAGES = np.random.default_rng(0).integers(0, 256, (200, 16, 16, 3), dtype=np.uint8)


def test_flip_mirrors_half_of_the_images():
    flipped = augmentation.augment(IMAGES, ("flip",), 0, 0, 0)
    mirrored = [np.array_equal(new, old[:, ::-1]) for new, old in zip(flipped, IMAGES, strict=True)]
    untouched = [np.array_equal(new, old) for new, old in zip(flipped, IMAGES, strict=True)]
    assert all(one != other for one, other in zip(mirrored, untouched, strict=True)), "nothing but mirrored or not"
    assert 70 < sum(mirrored) < 130, "200 fair coins: four standard deviations are 28"


def test_crop_is_a_window_of_the_mirrored_image():
    cropped = augmentation.augment(IMAGES, ("crop",), 0, 0, 0)
    offsets = set()
    for new, old in zip(cropped, IMAGES, strict=True):
        padded = np.pad(old, ((2, 2), (2, 2), (0, 0)), mode="reflect")  # 16 / 8 = 2
        found = [(y, x) for y in range(5) for x in range(5) if np.array_equal(new, padded[y : y + 16, x : x + 16])]
        assert len(found) == 1, "a window of the padded image, at one place"
        offsets.update(found)
    assert len(offsets) == 25, "200 images reach all 25 offsets"


def test_crop_then_flip_is_the_flip_of_the_crop():
    cropped = augmentation.augment(IMAGES, ("crop",), 3, 1, 2)
    both = augmentation.augment(IMAGES, ("crop", "flip"), 3, 1, 2)
    same = [np.array_equal(a, b) or np.array_equal(a, b[:, ::-1]) for a, b in zip(both, cropped, strict=True)]
    assert all(same), "the flip does not change the offsets of the crop"


@pytest.mark.parametrize("side", [1, 2, 7, 8])
def test_small_images_move_by_a_pixel(side):
    images = np.arange(50 * side * side, dtype=np.int64).reshape(50, side, side, 1)
    cropped = augmentation.augment(images, ("crop",), 0, 0)
    assert cropped.shape == images.shape
    assert np.array_equal(cropped, images) == (side == 1), "a single pixel can't move"


def test_no_names_no_change():
    assert augmentation.augment(IMAGES, (), 0) is IMAGES
