"""The crops of the papers: how many, where, and what they show."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from ablations.data import crops as one_crop
from ablations.inspection import multicrop
from ablations.inspection.multicrop import Crop, crops, cut, weighted
from inception_keras.errors import UserError


def test_the_paper_at_224():
    """A landscape image whose shorter side is 256: the first scale is the image itself, so positions are exact."""
    made = crops(144, 384, 256, 224)
    assert len(made) == 4 * 3 * 6 * 2 == 144
    assert len(set(made)) == 126, "the whole square is the same at all four scales"
    first = [crop[:3] for crop in made[:36:2]]
    squares = [first[:6], first[6:12], first[12:]]
    assert [square[5] for square in squares] == [(0, 0, 256), (64, 0, 256), (128, 0, 256)], "left, centre, right"
    assert squares[0][:5] == [(0, 0, 224), (32, 0, 224), (0, 32, 224), (32, 32, 224), (16, 16, 224)]
    assert squares[2][3] == (160, 32, 224)
    assert [crop.mirrored for crop in made] == [False, True] * 72
    sizes = Counter(crop.size for crop in made)
    assert sizes == {256: 24, **{Fraction(224 * 256, scale): 30 for scale in (256, 288, 320, 352)}}


def test_an_upright_image_has_top_centre_and_bottom():
    landscape, portrait = crops(144, 384, 256, 224), crops(144, 256, 384, 224)
    assert Counter(Crop(c.top, c.left, c.size, c.mirrored) for c in portrait) == Counter(landscape)


def test_small_crops_keep_the_proportions():
    assert multicrop.scales(28) == (32, 36, 40, 44)
    large = {Crop(*(part / 8 for part in crop[:3]), crop.mirrored) for crop in crops(144, 256, 256, 224)}
    assert set(crops(144, 32, 32, 28)) == large
    assert len(large) == 42, "left, centre and right coincide in a square image: 4 scales x 5 x 2, and the whole x 2"


@pytest.mark.parametrize("size", [(32, 32), (48, 32), (32, 48), (37, 33)])
def test_ten_crops_are_of_the_middle_square_and_one_is_their_centre(size):
    ten, (one,) = crops(10, *size, 28), crops(1, *size, 28)
    assert len(set(ten)) == 10
    assert ten[8] == one and not one.mirrored
    assert set(ten) <= set(crops(144, *size, 28))
    assert all(0 <= c.left <= c.left + c.size <= size[0] for c in crops(144, *size, 28))
    assert all(0 <= c.top <= c.top + c.size <= size[1] for c in crops(144, *size, 28))


def test_one_crop_is_what_a_trial_is_evaluated_on():
    image = Image.effect_noise((47, 32), 60)
    (crop,) = crops(1, *image.size, 28)
    assert cut(image, crop, 28).tobytes() == one_crop.centre(image, 28).tobytes()


def test_a_crop_at_the_first_scale_keeps_its_pixels():
    pixels = np.arange(32 * 32, dtype="uint32").reshape(32, 32).astype("uint8")
    last, mirrored = crops(10, 32, 32, 28)[6:8]
    assert (np.asarray(cut(Image.fromarray(pixels), last, 28)) == pixels[4:, 4:]).all()
    assert (np.asarray(cut(Image.fromarray(pixels), mirrored, 28)) == pixels[4:, :3:-1]).all()


def test_all_crops_of_a_constant_image_are_the_same():
    image = Image.new("RGB", (40, 32), (10, 20, 30))
    assert {cut(image, crop, 28).tobytes() for crop in crops(144, 40, 32, 28)} == {bytes((10, 20, 30)) * 28 * 28}


def test_equal_crops_are_counted_once_and_weigh_as_many_times():
    weights = weighted(144, 32, 32, 28)
    assert len(weights) == 42
    assert sum(weights.values()) == pytest.approx(1)
    assert weights[Crop(Fraction(0), Fraction(0), Fraction(32), False)] == pytest.approx(12 / 144), (
        "4 scales x 3 squares"
    )
    assert sorted(set(weights.values())) == pytest.approx([3 / 144, 12 / 144])


@pytest.mark.parametrize("count", [0, 2, 12, 143])
def test_other_numbers_are_refused(count):
    with pytest.raises(UserError, match="1, 10 or 144"):
        crops(count, 32, 32, 28)
