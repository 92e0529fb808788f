"""Image files of every kind: they are read right, or the error says what is wrong."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from inception_keras import UserError
from inception_keras.io.class_names import read_class_names
from inception_keras.io.kinds import kind_of
from inception_keras.io.pictures import prepare, read_picture

GREY = np.arange(48, dtype="uint8").reshape(6, 8) * 5


@pytest.fixture
def saved(tmp_path):
    def save(image, name="image.png", **keywords):
        image.save(tmp_path / name, **keywords)
        return tmp_path / name

    return save


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "LA", "CMYK", "I;16", "I", "1"])
def test_every_mode_is_rgb_of_the_same_grey(saved, mode):
    if mode.startswith("I"):
        image = Image.fromarray((GREY.astype("uint16") * 257) if mode == "I;16" else GREY.astype("int32") * 257)
    else:
        image = Image.fromarray(np.where(GREY > 100, 255, 0).astype("uint8") if mode == "1" else GREY).convert(mode)
    read = read_picture(saved(image, "image.pgm" if mode == "I" else "image.tif"))  # a TIFF would have 32 bits
    expected = np.where(GREY > 100, 255, 0) if mode == "1" else GREY
    assert read.mode == "RGB" and read.size == (8, 6)
    np.testing.assert_allclose(np.asarray(read), np.repeat(expected[..., None], 3, axis=2), atol=1)


def test_what_is_transparent_shows_white(saved):
    colours = np.zeros((2, 2, 4), "uint8")
    colours[0, :, 3] = 255
    colours[1, 0, 3] = 51
    read = np.asarray(read_picture(saved(Image.fromarray(colours))))
    assert read[..., 0].tolist() == [[0, 0], [204, 255]]
    palette = Image.fromarray(np.array([[0, 1]], "uint8"), "P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert np.asarray(read_picture(saved(palette, transparency=1))).tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_a_camera_that_was_held_upright(saved):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    assert read_picture(saved(Image.fromarray(GREY), exif=exif)).size == (6, 8)


def test_of_an_animation_the_first_frame(saved):
    frames = [Image.fromarray(np.full((4, 4), value, "uint8")) for value in (50, 200)]
    read = read_picture(saved(frames[0], "a.gif", save_all=True, append_images=frames[1:]))
    assert abs(np.asarray(read).mean() - 50) < 2


def bomb() -> bytes:
    """A PNG that says it is 20,000 pixels wide and high."""
    chunk = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", chunk), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + body


def test_what_is_no_image(saved, tmp_path):
    whole = saved(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), "uint8")), "whole.jpg")
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:1500])
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "bomb.png").write_bytes(bomb())
    Image.fromarray(GREY.astype("float32")).save(tmp_path / "float.tif")
    Image.fromarray(GREY.astype("int32")).save(tmp_path / "integer.tif")
    for name, words in {
        "none.png": "there is no file",
        ".": "is a folder",
        "cut.jpg": "is a damaged image",
        "text.png": "is not an image",
        "empty.png": "is not an image",
        "bomb.png": "has more than 134,217,728 pixels",
        "float.tif": "float32 values of unknown range",
        "integer.tif": "32-bit values of unknown range",
    }.items():
        with pytest.raises(UserError, match=words):
            read_picture(tmp_path / name)


def test_what_is_opened_is_of_the_formats_that_are_meant(saved, tmp_path):
    """Pillow knows EPS by its content and starts Ghostscript for it."""
    eps = saved(Image.fromarray(GREY), "picture.eps")
    eps.rename(tmp_path / "picture.png")
    with pytest.raises(UserError, match="is not an image of the formats PNG, JPEG"):
        read_picture(tmp_path / "picture.png")


def test_a_small_file_of_many_bytes_is_not_decoded(tmp_path, monkeypatch):
    """Few pixels for Pillow's own limit; 600 MB in memory."""
    Image.new("RGB", (1, 1)).save(tmp_path / "wide.png")
    content = bytearray((tmp_path / "wide.png").read_bytes())
    content[16:24] = struct.pack(">II", 12_500, 12_000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    (tmp_path / "wide.png").write_bytes(content)
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(UserError, match="more than 134,217,728 pixels"):
        read_picture(tmp_path / "wide.png")


@pytest.mark.parametrize("kind", ["pipe", "device", "long name", "null byte", "link to itself"])
def test_what_is_no_regular_file_is_never_opened(tmp_path, kind):
    path, words = tmp_path / "a.png", "not a regular file"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "link to itself":
        path.symlink_to(path)
        words = "cannot be read: Too many levels"
    else:
        path, words = tmp_path / ("x" * 300 if kind == "long name" else "a\0b"), "cannot be read"
    for read in (read_picture, read_class_names, kind_of):
        with pytest.raises(UserError, match=words) as error:
            read(path)
        assert str(error.value).isprintable() and len(str(error.value)) < 400


def test_prepare_is_resize_and_crop_in_one_step():
    smooth = np.linspace(0, 255, 60)[None, :, None] * np.ones((40, 1, 3))
    image = Image.fromarray(smooth.astype("uint8"))
    expected = image.resize((48, 32), Image.Resampling.BILINEAR).crop((10, 2, 38, 30))
    np.testing.assert_allclose(prepare(image, 32, 28), np.asarray(expected), atol=4)
    squeezed = image.resize((32, 32), Image.Resampling.BILINEAR).crop((2, 2, 30, 30))
    np.testing.assert_allclose(prepare(image, (32, 32), 28), np.asarray(squeezed), atol=4)
    with pytest.raises(UserError, match="unknown interpolation 'cubic'"):
        prepare(image, 32, 28, "cubic")


@pytest.mark.parametrize("resize", [256, (256, 300), (300, 256)])
def test_a_crop_larger_than_the_image_is_refused(resize):
    image = Image.new("RGB", (40, 30))
    with pytest.raises(UserError, match=r"crop of 299 pixels .* resized to 256.*\(resize=299\).*\(crop=256\)"):
        prepare(image, resize, 299)
    assert prepare(image, resize, 256).shape == (256, 256, 3)


@pytest.mark.parametrize("size", [(1, 1), (1, 30_000), (3000, 2), (500, 700)])
def test_any_size_becomes_a_square(size):
    pixels = prepare(Image.new("RGB", size, (10, 20, 30)), 256, 224)
    assert pixels.shape == (224, 224, 3) and pixels.dtype == np.uint8 and (pixels == [10, 20, 30]).all()


def test_class_names(tmp_path):
    file = tmp_path / "names.txt"
    file.write_bytes("﻿tench, Tinca tinca\r\ncafé\n\n".encode())
    assert read_class_names(file) == ["tench, Tinca tinca", "café"]
    for content, words in {
        b"a\n\nb": "line 2 is empty",
        b"\xff\xfe\x00": "not UTF-8 text",
        b"": "line 1",
        b"a\x1b[2J": r"class 0, 'a\\x1b\[2J', has control",
    }.items():
        file.write_bytes(content)
        with pytest.raises(UserError, match=words):
            read_class_names(file)
    with pytest.raises(UserError, match="there is no file"):
        read_class_names(tmp_path / "none.txt")
