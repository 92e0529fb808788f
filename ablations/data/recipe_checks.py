"""Whether the recipe of each arm works on the data: known from counts and sizes, before anything is trained."""

from typing import TYPE_CHECKING

import numpy as np

from ablations.data.augmentation import Augmentation, Moment, coordinates, corners
from ablations.study import Study, Variant
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.data.datasets import Dataset


def check_recipes(study: Study, data: "Dataset"):
    """Checks every arm: one that fails when its turn comes would end the trials beside it.

    Raises:
        UserError: An arm has a batch larger than the training split, or an augmentation too large for the images.
    """
    for arm in study.arms:
        steps_per_epoch(study, arm, len(data.train))
        try:
            _draw_once(Augmentation.of(study.recipe_of(arm)), data.image_shape)
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


def _draw_once(augmentation: Augmentation, image_shape: tuple[int, int, int]):
    """Draws for one image without its pixels, which takes microseconds and refuses the same sizes."""
    shape, moment = (1, *image_shape[:2]), Moment(seed=0, epoch=0, batch=0, places=np.zeros(1, np.int64))
    coordinates(shape, augmentation, moment)
    if augmentation.cutout:
        corners(shape, augmentation, moment)
