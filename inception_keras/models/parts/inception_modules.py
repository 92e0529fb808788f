"""Building blocks of Inception v3, v4 and both Inception-ResNets: rows of a table, and the function that builds a row.

Every convolution has no bias and is followed by batch normalisation and ReLU, except the 1x1 that ends a residual
module: it has only a bias. A layer is named after its module, its branch and its position there, both counted from zero
as in slim and timm: `mixed_5b_branch1_0_1x1`, followed by its `_bn` and `_relu`.
"""

from dataclasses import dataclass
from typing import NamedTuple

from keras import layers

from inception_keras.layers.batch_normalization import BatchNormalization
from inception_keras.models.parts.checks import check_choice, check_momentum

EPSILON = 1e-3  # the same in slim, Keras, timm and torchvision for these networks


class Conv(NamedTuple):
    """`patch` is the kernel's side or its (height, width)."""

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
    """The end of a branch: convolutions of the same map, concatenated."""

    convolutions: tuple[Conv, ...]


class Module(NamedTuple):
    """Branches of `Conv`, `MaxPool`, `AveragePool` and `Fork`, concatenated over the channels."""

    name: str
    branches: tuple[tuple, ...]


class Residual(NamedTuple):
    """A module added to its input: a 1x1 projects the branches to the input's channels, `scale` multiplies them."""

    name: str
    branches: tuple[tuple, ...]
    scale: float
    relu: bool = True


@dataclass(frozen=True)
class Options:
    """The points on which the sources disagree.

    Attributes:
        batch_scale: Whether batch normalisation has a gamma (timm, torchvision) or none (slim, Keras).
        pool_padding: Whether average pooling leaves its padding out of the mean (`exclude`: slim, Keras, timm's v4
            and Inception-ResNet v2) or counts it as zeros (`include`: torchvision's and timm's v3).
        batch_momentum: Momentum of the moving statistics, as Keras defines it.
    """

    batch_scale: bool = True
    pool_padding: str = "exclude"
    batch_momentum: float = 0.99

    def __post_init__(self):
        check_choice("batch_scale", self.batch_scale, (True, False))
        check_choice("pool_padding", self.pool_padding, ("exclude", "include"))
        check_momentum(self.batch_momentum)


def apply_row(x, row, options: Options):
    """Applies one row of a table to the tensor `x`."""
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
        for position, part in enumerate(branch):
            y = _apply_part(y, part, options, f"{row.name}_branch{number}_{position}")
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
    """3x3 average pooling with stride 1 to a map of the same size; `padding` as in `Options.pool_padding`."""
    if padding == "include":
        x = layers.ZeroPadding2D(1, name=f"{name}_pad")(x)
    return layers.AveragePooling2D(3, 1, "same" if padding == "exclude" else "valid", name=name)(x)
