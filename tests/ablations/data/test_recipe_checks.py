"""A recipe that can't work on the data is refused with its arm's name, before anything is trained."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ablations.data import datasets
from ablations.data.recipe_checks import check_recipes
from ablations.data.synthetic import RandomImages
from ablations.runner.worker import Worker
from ablations.study import Variant
from inception_keras import UserError
from tests.support.bench import QUICK


def declared(**recipe):
    return replace(QUICK, variants=(Variant("gap"), Variant("other", recipe=recipe)))


def for_one_image(images, generator):
    height, width, channels = images.shape
    return images.reshape(height, width, channels)


def data(count=200, side=16):
    shape = (side, side, 1)
    return SimpleNamespace(class_names=("cat", "dog"), train=RandomImages(count, 2, shape), image_shape=shape)


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ({"batch_size": 256}, "200 training images are less than one batch of 256: set a smaller batch_size"),
        ({"cutout": 20}, "cutout=20 is larger than the images of 16x16"),
        ({"augmentation": ("crop", for_one_image)}, "augmentation .*:for_one_image failed: ValueError: .*unpack"),
        ({"crop_pixels": 16}, "crop_pixels=16 is too large for images with a side of 16: at most 15"),
    ],
)
def test_an_arm_that_can_not_be_trained_on_the_data_stops_a_run_before_anything_is_trained(
    monkeypatch, recipe, sentence
):
    monkeypatch.setattr(datasets, "load_for", lambda *a: data())
    monkeypatch.setattr("ablations.runner.worker.load_backend", lambda: pytest.fail("loaded"))
    with pytest.raises(UserError, match=f"tiny: variant 'other': {sentence}"):
        Worker(declared(**recipe), None)


def test_what_just_fits_is_taken():
    check_recipes(declared(batch_size=200, cutout=16, crop_pixels=15), data())
