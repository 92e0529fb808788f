"""What is found out about a weights file: the channels of its images, and how they are scaled."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.weights.sources import Source, build_from_file, find_source


@pytest.mark.parametrize(
    ("name", "toggles"),
    [
        ("inception_v2_slim", {"width": 0.0625}),
        ("googlenet", {"width": 0.0625, "stem": "separable"}),
        ("googlenet", {"width": 0.0625, "stem": "small", "whitening": True}),
    ],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_the_channels_are_those_of_the_stem(tmp_path, name, toggles, channels):
    model = create_model(name, classes=3, input_shape=(32, 32, channels), **toggles)
    path = tmp_path / "net.weights.h5"
    model.save_weights(path)
    source = find_source(path, name, "tf", settings=toggles, image_size=32)
    assert source.channels == channels
    source.build()
    loaded, _ = build_from_file(name, path, toggles, image_size=32)
    for one, other in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_grey_pictures_are_scaled_by_modes_without_a_mean_per_colour():
    source = Source(Path("net.weights.h5"), "googlenet", {}, 3, None, "none", resize=2, crop=2, channels=1)
    picture = np.full((1, 2, 2, 3), 255, "uint8")
    for mode, white in (("none", 255), ("tf", 1)):
        scaled = replace(source, mode=mode).normalize(picture)
        assert scaled.dtype == "float32" and scaled.shape == (1, 2, 2, 1) and (scaled == white).all()
    with pytest.raises(UserError, match="a mean per colour"):
        replace(source, mode="torch").normalize(picture)
