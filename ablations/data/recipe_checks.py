"""Whether the recipe of each arm works on the data: known from counts and sizes, before anything is trained."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ablations.data.augmentation import Augmentation, Moment, augment, coordinates, corners, is_own
from ablations.study import Study, Variant
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.data.datasets import Dataset


def check_recipes(study: Study, data: "Dataset"):
    """Checks every arm: one that fails when its turn comes would end the trials beside it.

    Raises:
        UserError: An arm has a batch larger than the training split, an augmentation too large for the images, or one
            of the user's own that fails on them.
    """
    for arm in study.arms:
        steps_per_epoch(study, arm, len(data.train))
        try:
            recipe = study.recipe_of(arm)
            _apply_once(Augmentation.of(recipe), data.image_shape, recipe.batch_size)
        except UserError as error:
            raise UserError(f"{study.name}: variant {arm.name!r}: {error}") from error


def steps_per_epoch(study: Study, arm: Variant, images: int) -> int:
    """The batches of an epoch of so many training images.

    Raises:
        UserError: There is none.
    """
    size = study.recipe_of(arm).batch_size
    if images < size:
        raise UserError(
            f"{study.name}: variant {arm.name!r}: {images} training images are less than one batch of {size}: set a "
            "smaller batch_size or a larger fraction"
        )
    return images // size


def _apply_once(augmentation: Augmentation, image_shape: tuple[int, int, int], batch_size: int):
    """Draws for one image, without pixels, which refuses the same sizes; the user's functions alone get a batch."""
    shape, moment = (1, *image_shape[:2]), Moment(seed=0, epoch=0, batch=0, places=np.zeros(1, np.int64))
    coordinates(shape, augmentation, moment)
    if augmentation.cutout:
        corners(shape, augmentation, moment)
    if is_own(augmentation):
        whole = replace(moment, places=np.arange(batch_size))
        noise = np.random.default_rng(0).integers(0, 256, (batch_size, *image_shape), "uint8")
        augment(noise, augmentation, whole)
