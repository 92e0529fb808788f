"""What Inception v3, v4 and both Inception-ResNets are made of: rows of a table, and the function that builds a row.

Every convolution has no bias, batch normalisation and ReLU; the 1x1 that ends a residual module has a bias alone. A
layer is named after its module, its branch and its place there, counted from zero as in slim and timm:
`mixed_5b_branch1_0_1x1`, with `_bn` and `_relu` behind it.
"""

from dataclasses import dataclass
from typing import NamedTuple

from keras import layers

from inception_keras.errors import UserError, unknown
from inception_keras.layers.batch_normalization import BatchNormalization

EPSILON = 1e-3  # slim, Keras, timm and torchvision agree on it for these networks


class Conv(NamedTuple):
    """`patch` is a side or (height, width)."""

    filters: int
    patch: int | tuple[int, int]
    stride: int = 1
    padding: str = "same"
    name: str = ""


class MaxPool(NamedTuple):
    """3x3/2."""

    name: str = ""


class AveragePool(NamedTuple):
    """3x3, stride 1."""


class Fork(NamedTuple):
    """The end of a branch that divides: its convolutions stand side by side."""

    convolutions: tuple[Conv, ...]


class Module(NamedTuple):
    """Branches of `Conv`, `MaxPool`, `AveragePool` and `Fork`, joined over the channels."""

    name: str
    branches: tuple[tuple, ...]


class Residual(NamedTuple):
    """A module whose branches, brought back to the width of its input by a 1x1, are scaled and added to it."""

    name: str
    branches: tuple[tuple, ...]
    scale: float
    relu: bool = True


@dataclass(frozen=True)
class Options:
    """What the sources disagree about.

    Attributes:
        batch_scale: Whether batch normalisation has a gamma (timm, torchvision) or none (slim, Keras).
        pool_padding: Whether average pooling leaves its padding out of the mean (`exclude`: slim, Keras, timm's v4
            and Inception-ResNet v2) or counts it as zeros (`include`: torchvision's and timm's v3).
        batch_momentum: Of the moving statistics, in Keras's sense.
    """

    batch_scale: bool = True
    pool_padding: str = "exclude"
    batch_momentum: float = 0.99

    def __post_init__(self):
        if self.batch_scale not in (True, False):
            raise unknown("batch_scale", self.batch_scale, (True, False))
        if self.pool_padding not in ("exclude", "include"):
            raise unknown("pool_padding", self.pool_padding, ("exclude", "include"))

    def check_weights(self, weights):
        """Keras Applications' weights belong to Keras's options."""
        if weights == "imagenet" and (self.batch_scale, self.pool_padding) != (False, "exclude"):
            raise UserError("the 'imagenet' weights are for batch_scale=False and pool_padding='exclude'")


def apply_row(x, row, options: Options):
    """One row of a table on the tensor `x`."""
    match row:
        case Module():
            return layers.Concatenate(name=row.name)(_apply_branches(x, row, options))
        case Residual():
            y = layers.Concatenate(name=f"{row.name}_mixed")(_apply_branches(x, row, options))
            y = layers.Conv2D(x.shape[-1], 1, name=f"{row.name}_up")(y)
            y = layers.Rescaling(row.scale, name=f"{row.name}_scale")(y)
            x = layers.Add(name=row.name)([x, y])
            return layers.ReLU(name=f"{row.name}_relu")(x) if row.relu else x
        case Conv() | MaxPool():
            return _apply_part(x, row, options, row.name)


def _apply_branches(x, row, options: Options) -> list:
    outputs = []
    for number, branch in enumerate(row.branches):
        y = x
        for place, part in enumerate(branch):
            y = _apply_part(y, part, options, f"{row.name}_branch{number}_{place}")
        outputs.append(y)
    return outputs


def _apply_part(x, part, options: Options, name: str):
    match part:
        case MaxPool():
            return layers.MaxPooling2D(3, 2, name=part.name or f"{name}_pool")(x)
        case AveragePool():
            return apply_average_pool(x, options.pool_padding, name=f"{name}_pool")
        case Fork():
            ends = [_apply_part(x, conv, options, name) for conv in part.convolutions]
            return layers.Concatenate(name=f"{name}_fork")(ends)
        case Conv():
            height, width = (part.patch, part.patch) if isinstance(part.patch, int) else part.patch
            name = part.name or f"{name}_{height}x{width}"
            x = layers.Conv2D(part.filters, (height, width), part.stride, part.padding, use_bias=False, name=name)(x)
            x = BatchNormalization(
                momentum=options.batch_momentum, epsilon=EPSILON, scale=options.batch_scale, name=f"{name}_bn"
            )(x)
            return layers.ReLU(name=f"{name}_relu")(x)


def apply_average_pool(x, padding: str, *, name: str):
    """3x3, stride 1, to a map of the same size; `padding` as in `Options.pool_padding`."""
    if padding == "include":
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return layers.AveragePooling2D(3, 1, "same" if padding == "exclude" else "valid", name=name)(x)
