"""The paper's training crops: as the paper describes them, and the same in memory and streamed."""

import numpy as np
import pytest
from PIL import Image

from ablations.data import crops, datasets
from ablations.data.splits import Split
from inception_keras.errors import UserError
from tests.support.data import a_split

WIDTH, HEIGHT = 500, 375


def patches(count=4000, width=WIDTH, height=HEIGHT):
    return np.array([crops.patch(width, height, row) for row in crops.draw(count, seed=3)])


def test_patches_lie_in_the_image_with_the_area_and_ratio_of_the_paper():
    left, top, right, bottom = patches().T
    assert (left >= 0).all() and (top >= 0).all() and (right <= WIDTH).all() and (bottom <= HEIGHT).all()
    columns, rows = right - left, bottom - top
    area, ratio = columns * rows / (WIDTH * HEIGHT), columns / rows
    assert 0.079 < area.min() < 0.09 and 0.95 < area.max() <= 1
    assert 0.74 < ratio.min() < 0.76 and 1.32 < ratio.max() < 1.35
    small, middle = np.sum(area < 0.32), np.sum((area >= 0.32) & (area < 0.56))
    assert abs(small - middle) < 200, "areas up to 56% are uniform, since every ratio fits into 4 x 3: 4 deviations"
    assert left.min() == 0 and right.max() == WIDTH, "patches reach both edges"


def test_the_four_methods_come_equally_often():
    methods = np.bincount((crops.draw(4000, seed=3)[:, -1] * 4).astype(int))
    assert len(methods) == 4 and methods.min() > 850, "a thousand each; four standard deviations are 110"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 400), (400, 2), (3, 5)])
def test_odd_images_have_patches_too(width, height):
    left, top, right, bottom = patches(200, width, height).T
    assert (left >= 0).all() and (top >= 0).all() and (right <= width).all() and (bottom <= height).all()
    assert (right > left).all() and (bottom > top).all()


def test_a_patch_keeps_its_pixels_and_becomes_a_square():
    image = Image.effect_noise((64, 48), 50)
    row = crops.draw(1, seed=0)[0]
    row[-1] = 0.6  # the third method: nearest neighbour, which makes no new value
    cut = np.asarray(crops.inception_crop(image, row, 32))
    left, top, right, bottom = crops.patch(64, 48, row)
    assert cut.shape == (32, 32)
    assert set(np.unique(cut)) <= set(np.unique(np.asarray(image)[top:bottom, left:right]))


def test_the_centre_is_that_of_the_image_resized_to_256():
    image = Image.radial_gradient("L").resize((500, 375))
    whole = image.resize((round(500 * 256 / 375), 256), Image.Resampling.BILINEAR)
    left = (whole.width - 224) / 2
    expected = np.asarray(whole.crop((round(left), 16, round(left) + 224, 240))).astype(int)
    found = np.asarray(crops.centre(image, 224)).astype(int)
    assert found.shape == (224, 224)
    assert abs(found - expected).mean() < 1, "the two differ by half a pixel of rounding"
    assert crops.centre(image.resize((256, 256)), 224).size == (224, 224)


@pytest.mark.parametrize("size", [28, 101, 224, (100, 200)])
def test_the_centre_of_a_picture_that_is_no_square(size):
    """The largest box of the result's shape, less its edge; a square's box is to the bit what it always was."""
    asked = []

    class Picture:
        width, height = 200, 100

        def resize(self, sides, method, box):
            asked.append((sides, box))

    crops.centre(Picture(), size)
    ((sides, found),) = asked
    if isinstance(size, int):
        window = size * 100 / round(size * 256 / 224)
        assert found == (
            (200 - window) / 2,
            (100 - window) / 2,
            (200 - window) / 2 + window,
            (100 - window) / 2 + window,
        )
    else:
        assert sides == (200, 100)
        edge = 1 - 100 / round(100 * 256 / 224)  # share of both sides
        assert found == pytest.approx((100 * edge, 50 * edge, 200 - 100 * edge, 100 - 50 * edge))


def test_draws_do_not_depend_on_numpy_s_distributions():
    assert crops.draw(2, seed=0)[0, :3].round(6).tolist() == GOLDEN, "raw bits of PCG64, the same in every release"


GOLDEN = [0.636962, 0.269787, 0.040974]  # also Generator.random of PCG64(0)


class TestInMemory:
    def test_an_epoch_is_a_function_of_seed_and_epoch(self):
        pixels = np.random.default_rng(0).integers(0, 256, (40, 12, 16, 3), dtype=np.uint8)
        split = Split(pixels, np.arange(40, dtype=np.int32), np.arange(40), size=8)

        def epoch(seed, number, names=("inception_crop",)):
            return [im for im, _ in datasets.training_batches(split, 8, seed=seed, epoch=number, augmentation=names)]

        first = epoch(1, 0)
        assert first[0].shape == (8, 8, 8, 3)
        assert all(np.array_equal(a, b) for a, b in zip(first, epoch(1, 0), strict=True))
        assert not any(np.array_equal(a, b) for a, b in zip(first, epoch(1, 1), strict=True))
        assert not any(np.array_equal(a, b) for a, b in zip(first, epoch(2, 0), strict=True))
        flipped = epoch(1, 0, ("inception_crop", "flip"))
        same = [
            np.array_equal(a, b) or np.array_equal(a, b[:, ::-1])
            for one, other in zip(first, flipped, strict=True)
            for a, b in zip(one, other, strict=True)
        ]
        assert all(same), "the flip does not change the draws of the crop"

    def test_digits_go_the_same_way(self, data_dir, digits_data):
        cropped = datasets.load("digits", data_dir=data_dir, image_size=16, augmentation=("inception_crop",))
        assert not cropped.streamed and cropped.image_shape == (16, 16, 1)
        np.testing.assert_array_equal(cropped.train.images, digits_data.train.images)
        assert cropped.test.images.shape == (360, 16, 16, 1), "the centre crop of each image"
        assert cropped.fingerprint != digits_data.fingerprint
        batches = datasets.training_batches(cropped.train, 32, seed=0, epoch=0, augmentation=("inception_crop",))
        assert next(iter(batches))[0].shape == (32, 16, 16, 1)


def test_mistakes_are_said_before_anything_is_read(tmp_path):
    with pytest.raises(UserError, match="inception_crop' needs image_size.*such as 224"):
        datasets.load("imagenet2012", data_dir=tmp_path, augmentation=("inception_crop",))
    with pytest.raises(UserError, match="must come first"):
        datasets.load("imagenet2012", data_dir=tmp_path, image_size=8, augmentation=("flip", "inception_crop"))
    with pytest.raises(UserError, match="must come first"):
        datasets.training_batches(a_split(8), 4, seed=0, epoch=0, augmentation=("crop", "inception_crop"))
