"""Augmentation against NumPy's padding and mirroring."""

import hashlib

import numpy as np
import pytest

from ablations.data import augmentation
from ablations.data.augmentation import Augmentation, Moment
from ablations.study import Recipe
from inception_keras import UserError

COUNT = 200
IMAGES = np.random.default_rng(0).integers(0, 256, (COUNT, 16, 16, 3), dtype=np.uint8)
CROPPED = Augmentation(("crop",))


def moment(seed=0, epoch=0, batch=0, places=None, count=COUNT) -> Moment:
    return Moment(seed, epoch, batch, np.arange(count) if places is None else places)


def augment(chosen: Augmentation, images=IMAGES, **when) -> np.ndarray:
    return augmentation.augment(images, chosen, moment(count=len(images), **when))


def mirrored(images: np.ndarray, originals: np.ndarray = IMAGES) -> np.ndarray:
    """Which images are the mirror images of the originals, bool (n,); every other one must be its original."""
    found = np.array([np.array_equal(new, old[:, ::-1]) for new, old in zip(images, originals, strict=True)])
    np.testing.assert_array_equal(images[~found], originals[~found])
    return found


def test_flip_mirrors_half_of_the_images():
    found = mirrored(augment(Augmentation(("flip",))))
    assert 70 < found.sum() < 130, "200 fair coins: four standard deviations are 28"


def windows(new: np.ndarray, old: np.ndarray, pixels: int) -> list[tuple[int, int]]:
    """The offsets at which an image is a window of the padded original."""
    side, places = len(old), range(2 * pixels + 1)
    padded = np.pad(old, ((pixels, pixels), (pixels, pixels), (0, 0)), mode="reflect")
    return [(y, x) for y in places for x in places if np.array_equal(new, padded[y : y + side, x : x + side])]


# by default an eighth of the side
@pytest.mark.parametrize(("chosen", "pixels"), [(CROPPED, 2), (Augmentation(("crop",), crop_pixels=1), 1)])
def test_crop_is_a_window_of_the_mirrored_image(chosen, pixels):
    found = [windows(new, old, pixels) for new, old in zip(augment(chosen), IMAGES, strict=True)]
    assert all(len(offsets) == 1 for offsets in found), "a window of the padded image, at one place"
    reached = {offset for offsets in found for offset in offsets}
    assert len(reached) == (2 * pixels + 1) ** 2, "200 images reach all offsets"


def test_crop_then_flip_is_the_flip_of_the_crop():
    when = {"seed": 3, "epoch": 1, "batch": 2}
    mirrored(augment(Augmentation(("crop", "flip")), **when), augment(CROPPED, **when))


@pytest.mark.parametrize("side", [1, 2, 7, 8])
def test_small_images_move_by_a_pixel(side):
    images = np.arange(50 * side * side, dtype=np.int64).reshape(50, side, side, 1)
    cropped = augment(CROPPED, images)
    assert cropped.shape == images.shape
    assert np.array_equal(cropped, images) == (side == 1), "a single pixel can't move"


def test_a_crop_by_more_than_the_mirror_shows_is_refused():
    augment(Augmentation(("crop",), crop_pixels=15))
    with pytest.raises(UserError, match="crop_pixels=16 is too large for images with a side of 16: at most 15"):
        augment(Augmentation(("crop",), crop_pixels=16))


class TestAlternatingFlip:
    FLIP = Augmentation(("alternating_flip",))

    def test_it_alternates(self):
        first, second, third = (mirrored(augment(self.FLIP, epoch=epoch)) for epoch in range(3))
        assert 70 < first.sum() < 130, "half of the images in the first epoch"
        np.testing.assert_array_equal(second, ~first)
        np.testing.assert_array_equal(third, first)

    def test_an_image_alternates_wherever_it_is_in_the_order(self):
        first = mirrored(augment(self.FLIP))
        places = np.random.default_rng(1).permutation(COUNT)
        shuffled = augment(self.FLIP, IMAGES[places], epoch=1, batch=7, places=places)
        np.testing.assert_array_equal(mirrored(shuffled, IMAGES[places]), ~first[places])

    def test_seeds_begin_with_other_images(self):
        first, other = (mirrored(augment(self.FLIP, seed=seed)) for seed in (0, 1))
        assert 50 < (first ^ other).sum() < 150

    def test_it_does_not_stand_beside_random_flips(self):
        with pytest.raises(UserError, match="use one of them"):
            augmentation.check_augmentation(("flip", "alternating_flip"))


class TestCutout:
    def test_it_covers_a_square_of_each_image(self):
        covered = (augment(Augmentation((), cutout=5), images := IMAGES // 2) != images).all(axis=3)
        corners = set()
        for one in covered:
            rows, columns = np.flatnonzero(one.any(axis=1)), np.flatnonzero(one.any(axis=0))
            assert len(rows) == len(columns) == 5 and one[np.ix_(rows, columns)].all() and one.sum() == 25
            corners.add((rows[0], columns[0]))
        assert {axis for corner in corners for axis in corner} == set(range(12)), "from edge to edge, and not beyond"

    def test_its_grey_is_nearly_0_after_normalisation(self):
        from ablations.data.batches import normalize

        image = augment(Augmentation((), cutout=16))
        np.testing.assert_allclose(normalize(image), 0, atol=0.004)

    def test_the_rest_of_the_image_is_cropped_and_flipped_as_without_it(self):
        names = ("crop", "flip")
        plain, cut = augment(Augmentation(names)), augment(Augmentation(names, cutout=4))
        assert cut.dtype == np.uint8
        same = (plain == cut).all(axis=3)
        assert ((~same).sum(axis=(1, 2)) <= 16).all() and not same.all()

    def test_a_square_larger_than_the_image_is_refused(self):
        with pytest.raises(UserError, match="cutout=17 is larger than the images of 16x16"):
            augment(Augmentation((), cutout=17))


def test_no_names_no_change():
    assert augment(Augmentation()) is IMAGES


def test_the_draws_are_those_of_stored_trials():
    digest = hashlib.sha256(augment(Augmentation(("crop", "flip")), seed=3, epoch=1, batch=2))
    assert digest.hexdigest()[:16] == GOLDEN, "a trial that resumes would go on with other images"


GOLDEN = "4e843d1276cb2022"  # of the code before sizes could be chosen


def noise(images, generator):
    return np.clip(images + generator.integers(-16, 16, images.shape), 0, 255).astype(np.uint8)


def halved(images, generator):
    return images[:, ::2]


def as_floats(images, generator):
    return images / 255


def failing(images, generator):
    raise ZeroDivisionError("no images")


def test_a_function_of_ones_own_changes_what_crop_has_moved():
    own = Recipe(1, augmentation=("crop", noise))
    assert own.augmentation[1].startswith(f"{__name__}:noise@")
    moved = augment(CROPPED, seed=3)
    changed = augment(Augmentation.of(own), seed=3)
    difference = changed.astype(int) - moved
    assert np.abs(difference).max() == 16
    assert (difference != 0).mean() > 0.9
    np.testing.assert_array_equal(changed, augment(Augmentation.of(own), seed=3))
    assert not np.array_equal(changed, augment(Augmentation.of(own), seed=3, epoch=1))


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (halved, r"halved must return images like .*, uint8 .200, 16, 16, 3.; got uint8 .200, 8, 16, 3."),
        (as_floats, "must return images like those that it gets, .*; got float64"),
        (failing, "failing failed: ZeroDivisionError: no images"),
    ],
)
def test_what_a_function_of_ones_own_does_wrong_is_said_in_one_line(function, message):
    with pytest.raises(UserError, match=message):
        augment(Augmentation.of(Recipe(1, augmentation=(function,))))


def test_functions_of_ones_own_come_last_and_once():
    with pytest.raises(UserError, match="name them last"):
        augmentation.check_augmentation(Recipe(1, augmentation=(noise, "crop")).augmentation)
    with pytest.raises(UserError, match="appears twice"):
        augmentation.check_augmentation(Recipe(1, augmentation=(noise, noise)).augmentation)


def test_another_source_is_another_recipe_and_never_taken_for_it():
    name = Recipe(1, augmentation=(noise,)).augmentation[0]
    assert Recipe(1, augmentation=(name,)) == Recipe(1, augmentation=(noise,))
    with pytest.raises(UserError, match="the source of .*:noise is not the one of the trial"):
        Recipe(1, augmentation=(f"{name[:-1]}x",))
    with pytest.raises(UserError, match="unknown augmentation 'noise'"):
        Recipe(1, augmentation=("noise",))
