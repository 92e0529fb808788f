"""Image files of a data set become pixels: every mode is right, or refused."""

import io

import numpy as np
import pytest
from PIL import Image

from ablations.data.decoding import decode
from inception_keras.errors import UserError


def encoded(image, **keywords) -> bytes:
    file = io.BytesIO()
    image.save(file, **keywords)
    return file.getvalue()


@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_grey_is_scaled(channels):
    levels = np.array([[0, 10_000], [30_000, 55_000]], "uint16")
    read = decode(encoded(Image.fromarray(levels), format="PNG"), channels)
    assert read.shape == (2, 2, channels)
    assert read[..., 0].tolist() == [[0, 39], [117, 214]]


def test_values_of_an_unknown_range_are_refused():
    with pytest.raises(UserError, match="float32 values of unknown range"):
        decode(encoded(Image.fromarray(np.ones((2, 2), "float32")), format="TIFF"), 3)


def test_a_format_that_starts_programs_is_refused():
    with pytest.raises(ValueError, match="not an image of the formats"):
        decode(encoded(Image.new("L", (4, 4)), format="EPS"), 3)


def test_a_picture_of_a_turned_camera_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    left_dark = Image.fromarray(np.array([[0, 255]], "uint8").repeat(16, 0).repeat(8, 1))  # 16 x 16
    read = decode(encoded(left_dark.resize((32, 16)), format="JPEG", exif=exif, quality=95), 1)
    assert read.shape == (32, 16, 1)
    assert read[2, 8, 0] < 30 < 220 < read[29, 8, 0]  # turned clockwise, the left side is on top


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
@pytest.mark.parametrize("channels", [1, 3])
def test_transparent_pixels_are_white(mode, channels):
    """As `predict` shows them; what a transparent pixel hides is often black."""
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    read = decode(encoded(image.convert(mode), format="PNG"), channels)
    assert read[0, :, 0].tolist() == [0, 255]


def test_a_set_of_four_channels_keeps_its_transparency():
    assert decode(encoded(Image.new("RGBA", (1, 1), (1, 2, 3, 0)), format="PNG"), 4).tolist() == [[[1, 2, 3, 0]]]
