"""How every variant of a study is trained."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ablations.study.checks import check_between, check_count
from ablations.study.own_code import is_reference, known
from inception_keras.errors import UserError, unknown

# The names in `ablations.data.augmentation`, as a test checks; importing it and NumPy would slow `list` down.
AUGMENTATIONS = ("inception_crop", "crop", "flip", "alternating_flip")
PRECISIONS = ("float32", "bfloat16")
WARMED_UP = ("one_cycle", "triangular")  # the schedules that depend on `warmup`
OPTIMIZERS = ("sgd", "adamw", "lion", "rmsprop")


@dataclass(frozen=True)
class Recipe:
    """How every variant of a study is trained.

    Attributes:
        epochs: Passes over the training split.
        batch_size: Images per step; the last partial batch of an epoch is dropped.
        learning_rate: The highest of the schedule.
        schedule: `one_cycle`: rises linearly over `warmup` of the steps, then falls to 0 along half a cosine;
            `polynomial`: falls with the square root of the steps that are left (BVLC's quick solver); `triangular`:
            rises linearly from a fifth over `warmup` of the steps, then falls linearly to `final_rate` of the highest
            (airbench94: 0.2, 23% and 0.07); `constant`.
        warmup: Share of all steps, for `one_cycle` (under 1) and `triangular`.
        momentum: Nesterov momentum of `sgd`, momentum of `rmsprop`; the decay of the mean gradient (Keras's `beta_1`)
            of `adamw` and `lion`.
        weight_decay: Decoupled: each step subtracts `learning_rate * weight_decay` times every weight that is not
            called `bias`, `gamma` or `beta`: in networks of the zoo, the convolution and dense kernels.
        label_smoothing: Share of the target that is spread over all classes.
        augmentation: `crop` (random shift after padding) and `flip` (mirror), on the training split alone; or
            `inception_crop` first: training on the paper's patches of the stored image, evaluation on its centre.
            `alternating_flip` instead of `flip` mirrors an image in every other epoch (airbench). After these functions
            of one's own, or `module:function`: from images, uint8 (batch, height, width, channels), and a
            `numpy.random.Generator` to such images. The hash of their source is kept with their name.
        precision: `float32`, or `bfloat16` for the layers, with float32 variables and losses.
        aux_weight: Weight of each auxiliary head's loss; 0.3 in the paper (section 5).
        batch_statistics: What batch normalisation uses in evaluations: `moving` averages of the training batches, which
            lag behind the weights; or statistics that are `recomputed` from training images before each evaluation.
        final_rate: Share of the highest learning rate at the last step, for `triangular`.
        crop_pixels: Most pixels by which `crop` shifts an image along each axis; `None`: an eighth of its side. 2 in
            airbench94, 4 in airbench96, both at 32 pixels.
        cutout: Side in pixels of a square that is covered with grey at a random place of each training image (arXiv
            1708.04552); 12 in airbench96, which trains for 37 epochs. 0: none.
        optimizer: `sgd`, or another one of Keras, which needs another learning rate: `adamw`, `lion`, `rmsprop`.
        second_momentum: The decay of the mean square of the gradient (Keras's `beta_2` of `adamw`, `rho` of `rmsprop`),
            or the second decay of `lion`; `None`: Keras's default.
        beta_rate: Factor on the learning rate of the weights called `beta`, the biases of batch normalisation (and of
            other normalisations in a network of one's own), which have no weight decay; 64 in airbench94.
        averaging: `ema`: evaluations use an exponential moving average of the weights; `lookahead`: the training goes
            on from the average too, which moves ever more slowly (airbench94); `none`. See `training.averaging`.
        average_every: Steps between two updates of the average; 5 in both sources.
        average_decay: Of the average per step; 0.95 in airbench94, 0.99 in cifar10-fast's `ema`.
    """

    epochs: int
    batch_size: int = 128
    learning_rate: float = 0.4
    schedule: str = "one_cycle"
    warmup: float = 0.25
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.0
    augmentation: tuple[str, ...] = ("crop", "flip")
    precision: str = "bfloat16"
    aux_weight: float = 0.3
    batch_statistics: str = "moving"
    final_rate: float = 0.07
    crop_pixels: int | None = None
    cutout: int = 0
    optimizer: str = "sgd"
    second_momentum: float | None = None
    beta_rate: float = 1.0
    averaging: str = "none"
    average_every: int = 5
    average_decay: float = 0.95

    def __post_init__(self):
        object.__setattr__(self, "augmentation", named_augmentation(self.augmentation))
        for name in ("epochs", "batch_size", "average_every"):
            check_count(name, getattr(self, name))
        for name, allowed in (
            ("schedule", ("one_cycle", "polynomial", "triangular", "constant")),
            ("precision", PRECISIONS),
            ("batch_statistics", ("moving", "recomputed")),
            ("optimizer", OPTIMIZERS),
            ("averaging", ("none", "lookahead", "ema")),
        ):
            if getattr(self, name) not in allowed:
                raise unknown(name, getattr(self, name), allowed)
        for name in self.augmentation:
            if name not in AUGMENTATIONS and not is_reference(name):
                raise unknown("augmentation", name, (*AUGMENTATIONS, "module:function"))
        for name, low, high in (
            ("learning_rate", 1e-8, 1e3),
            ("warmup", 0, 1),
            ("momentum", 0, 0.999999),
            ("weight_decay", 0, 1),
            ("label_smoothing", 0, 0.999999),
            ("aux_weight", 0, 10),
            ("final_rate", 0, 1),
            ("beta_rate", 0, 1e4),
            ("average_decay", 0, 1),
        ):
            check_between(name, getattr(self, name), low, high)
        if self.crop_pixels is not None:
            check_count("crop_pixels", self.crop_pixels)
        if self.second_momentum is not None:
            check_between("second_momentum", self.second_momentum, 0, 0.999999)
        if self.cutout != 0 or isinstance(self.cutout, bool):
            check_count("cutout", self.cutout)
        self._check_together()

    def _check_together(self):
        """Refuses a setting that would change nothing beside the others, or leave them nothing."""
        if self.schedule == "one_cycle" and self.warmup == 1:
            raise UserError(
                f"warmup={self.warmup} leaves schedule='one_cycle' no steps to fall in: set less than 1, such as 0.25"
            )
        if self.final_rate != LATER["final_rate"] and self.schedule != "triangular":
            raise UserError(f"final_rate={self.final_rate} needs schedule='triangular', not {self.schedule!r}")
        for name in ("average_every", "average_decay"):
            if self.averaging == "none" and getattr(self, name) != LATER[name]:
                raise UserError(f"{name}={getattr(self, name)} needs averaging='lookahead' or 'ema'")
        if self.averaging != "none" and self.average_decay == 1:
            raise UserError("average_decay=1 holds the average where it starts: set less, such as 0.95")
        if self.optimizer == "lion" and self.momentum == 0:
            raise UserError(
                f"momentum={self.momentum} leaves optimizer='lion' nothing to follow: set more, such as 0.9"
            )
        if self.crop_pixels is not None and "crop" not in self.augmentation:
            raise UserError(f"crop_pixels={self.crop_pixels} needs augmentation with 'crop', not {self.augmentation}")
        if self.second_momentum is not None and self.optimizer == "sgd":
            raise UserError(f"second_momentum={self.second_momentum} needs another optimizer, such as 'adamw'")


def named_augmentation(augmentation: object) -> tuple[str, ...]:
    """The names of an augmentation; a function of the user's becomes `module:function@source`.

    Raises:
        UserError: A function can't be imported.
    """
    names = augmentation if isinstance(augmentation, (list, tuple)) else (augmentation,)
    return tuple(known(name, "augmentation") if callable(name) or is_reference(name) else name for name in names)


RECIPE_FIELDS = tuple(field.name for field in fields(Recipe))
# Later fields: an address leaves them out while they have these values, so that older records keep theirs.
LATER = {
    "batch_statistics": "moving",
    "final_rate": 0.07,
    "crop_pixels": None,
    "cutout": 0,
    "optimizer": "sgd",
    "second_momentum": None,
    "beta_rate": 1.0,
    "averaging": "none",
    "average_every": 5,
    "average_decay": 0.95,
}
# What all arms share, and why an arm can't set it.
SHARED = {
    "epochs": "the budget is the study's: give it `rungs` to compare arms at several",
    "batch_statistics": "it changes the evaluation, not the training",
}
UNTUNED = {**SHARED, "precision": "an arm declares it, or `--precision` sets it for all arms"}


def terms(recipe: Recipe) -> dict[str, object]:
    """The fields of a recipe that an address hashes."""
    fields = ((name, getattr(recipe, name)) for name in RECIPE_FIELDS)
    return {name: value for name, value in fields if LATER.get(name, ...) != value}


def split_settings(settings: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of an arm as (toggles of its network, fields of its recipe).

    >>> split_settings({"head": "fc", "learning_rate": 0.1})
    ({'head': 'fc'}, {'learning_rate': 0.1})
    """
    toggles = {name: value for name, value in settings.items() if name not in RECIPE_FIELDS}
    return toggles, {name: value for name, value in settings.items() if name in RECIPE_FIELDS}
