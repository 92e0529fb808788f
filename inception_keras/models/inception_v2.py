"""BN-Inception, also called Inception v2: "Batch Normalization" (Ioffe and Szegedy, 2015, arXiv 1502.03167), appendix.

Differences from GoogLeNet: two 3x3 instead of the 5x5, batch normalisation before every ReLU, one more module at
28 x 28, average pooling inside most modules, and modules of stride 2 between the stages. Two sources disagree:

- the Caffe port (Cadene's `bninception`), the default, whose accuracy is published: 128 channels after the pooling of
  4c and 4d, convolutions with a bias before batch normalisation, average pooling that counts its padding;
- slim's `nets/inception_v2.py`: 96 channels there, a separable 7x7 at the start without batch normalisation, no gamma,
  no bias, average pooling that leaves its padding out.

`stem="small"` is GoogLeNet's small stem, for inputs of 32 to 64 pixels: only the 3x3 to 192 channels, on the image.

The paper prints 13.6M parameters, which no reading of its table gives. Layers have the Caffe port's names; slim calls
the modules 3b, 3c, 4a to 4e and 5a to 5c.
"""

from dataclasses import dataclass
from typing import NamedTuple

import keras
from keras import layers

from inception_keras.layers.batch_normalization import BatchNormalization
from inception_keras.models.parts.building import builder
from inception_keras.models.parts.checks import (
    check_choice,
    check_momentum,
    check_number,
    check_stem_stride,
    check_width,
    scale,
)
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inception_modules import apply_average_pool
from inception_keras.models.parts.inputs import check_dropout, check_top, image_input, make_model, pool_features
from inception_keras.models.parts.pooling import apply_max_pool


class Convolution(NamedTuple):
    name: str
    filters: int
    patch: int
    stride: int = 1


class MaxPool(NamedTuple):
    """3x3/2; the Caffe port rounds sizes up, slim pads `same`."""

    name: str


class Inception(NamedTuple):
    """The columns of the appendix's table; both 3x3 after `reduce_double` have `double` channels."""

    name: str
    conv1x1: int
    reduce3x3: int
    conv3x3: int
    reduce_double: int
    double: int
    pool: str
    pool_proj: int


class Reduction(NamedTuple):
    """A module of stride 2, without a 1x1 branch and without a projection of the pooled input."""

    name: str
    reduce3x3: int
    conv3x3: int
    reduce_double: int
    double: int


# -- the appendix's table; `pool_proj` of 4c and 4d is the Caffe port's ------------------------------------------------
TABLE = (
    Convolution("conv1_7x7_s2", 64, 7, stride=2),  # 112 x 112 x 64
    MaxPool("pool1_3x3_s2"),  # 56 x 56 x 64
    Convolution("conv2_3x3_reduce", 64, 1),  # 56 x 56 x 64
    Convolution("conv2_3x3", 192, 3),  # 56 x 56 x 192
    MaxPool("pool2_3x3_s2"),  # 28 x 28 x 192
    Inception("3a", 64, 64, 64, 64, 96, "average", 32),  # 28 x 28 x 256
    Inception("3b", 64, 64, 96, 64, 96, "average", 64),  # 28 x 28 x 320
    Reduction("3c", 128, 160, 64, 96),  # 14 x 14 x 576
    Inception("4a", 224, 64, 96, 96, 128, "average", 128),  # 14 x 14 x 576
    Inception("4b", 192, 96, 128, 96, 128, "average", 128),  # 14 x 14 x 576
    Inception("4c", 160, 128, 160, 128, 160, "average", 128),  # 14 x 14 x 608, slim 576
    Inception("4d", 96, 128, 192, 160, 192, "average", 128),  # 14 x 14 x 608, slim 576
    Reduction("4e", 128, 192, 192, 256),  # 7 x 7 x 1056, slim 1024
    Inception("5a", 352, 192, 320, 160, 224, "average", 128),  # 7 x 7 x 1024
    Inception("5b", 352, 192, 320, 192, 224, "max", 128),  # 7 x 7 x 1024
)
SLIM_POOL_PROJ = {"4c": 96, "4d": 96}
STEM_ROWS = 5  # the small stem replaces them


@dataclass(frozen=True)
class Options:
    """The points on which the two sources disagree; see `InceptionV2`."""

    widths: str
    stem: str
    conv_bias: bool
    batch_scale: bool
    batch_epsilon: float
    batch_momentum: float
    padding: str
    stem_stride: int
    width: float

    def __post_init__(self):
        for toggle, allowed in ALLOWED.items():
            check_choice(toggle, getattr(self, toggle), allowed)
        check_stem_stride(self.stem_stride, self.stem)
        check_number("batch_epsilon", self.batch_epsilon, 0, 1)
        check_momentum(self.batch_momentum)
        check_width(self.width)

    def scale(self, channels: int) -> int:
        return scale(channels, self.width)

    def pool_proj(self, row: Inception) -> int:
        return SLIM_POOL_PROJ.get(row.name, row.pool_proj) if self.widths == "slim" else row.pool_proj


ALLOWED = {
    "widths": ("caffe", "slim"),
    "stem": ("full", "separable", "small"),
    "stem_stride": (1, 2),
    "conv_bias": (True, False),
    "batch_scale": (True, False),
    "padding": ("caffe", "same"),
}


@builder()
def InceptionV2(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_v2",
    *,
    widths="caffe",
    stem="full",
    conv_bias=True,
    batch_scale=True,
    batch_epsilon=1e-5,
    batch_momentum=0.9,
    padding="caffe",
    dropout=0.0,
    stem_stride=1,
    width=1.0,
) -> keras.Model:
    """BN-Inception as a functional model.

    Args:
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for
            `GoogLeNet`.
        widths: Channels of the projection after pooling in 4c and 4d: `"caffe"` (128) or `"slim"` (96).
        stem: `"full"`; `"separable"`: 8 filters per colour, then 1x1, without batch normalisation; or `"small"`.
        conv_bias: Whether convolutions have a bias as well as batch normalisation.
        batch_scale: Whether batch normalisation has a gamma.
        batch_epsilon, batch_momentum: Epsilon of batch normalisation; momentum of its moving statistics as Keras
            defines it.
        padding: `"caffe"`: convolutions of stride 2 pad each side equally, the stem's max pooling rounds sizes up
            without padding in front, and average pooling counts its padding; `"same"`: TensorFlow's padding, which
            average pooling leaves out.
        dropout: Dropout rate before the classifier: none in the paper, 0.2 in slim.
        stem_stride: Stride of the small stem: with 1 or 2 the last map at 32 pixels is 8x8 or 4x4.
        width: Scales every channel count, as in `GoogLeNetConfig`.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: A value that is not allowed, or an input under 32 pixels.
    """
    options = Options(widths, stem, conv_bias, batch_scale, batch_epsilon, batch_momentum, padding, stem_stride, width)
    check_dropout(dropout)
    check_top(include_top, pooling, classes, weights)
    x = image = image_input(input_shape, input_tensor, default=224, least=32)

    # -- trunk ---------------------------------------------------------------------------------------------------------
    small = (Convolution("conv2_3x3", 192, 3, stride=stem_stride), *TABLE[STEM_ROWS:])
    for row in small if stem == "small" else TABLE:
        x = apply_row(x, row, options)

    # -- head ----------------------------------------------------------------------------------------------------------
    x = apply_head(x, classes, classifier_activation, dropout=dropout) if include_top else pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)


def apply_row(x, row, options: Options):
    """Applies one row of the table to the tensor `x`."""
    match row:
        case MaxPool():
            return apply_max_pool(x, 3, 2, "ceil" if options.padding == "caffe" else "same", name=row.name)
        case Convolution(patch=7) if options.stem == "separable":
            filters = options.scale(row.filters)
            conv = layers.SeparableConv2D(filters, 7, row.stride, "same", depth_multiplier=8, name=row.name)
            return layers.ReLU(name=f"{row.name}_relu")(conv(x))
        case Convolution():
            return apply_convolution(x, row.filters, row.patch, options, stride=row.stride, name=row.name)
        case Inception():
            return apply_inception(x, row, options)
        case Reduction():
            return apply_reduction(x, row, options)


def apply_inception(x, row: Inception, options: Options):
    """Four branches, concatenated: 1x1; 3x3; two 3x3; pooling and 1x1."""
    name = f"inception_{row.name}"
    one = apply_convolution(x, row.conv1x1, 1, options, name=f"{name}_1x1")
    pooled = _apply_pool(x, row.pool, options, name=f"{name}_pool")
    branches = [
        one,
        *_apply_3x3_branches(x, row, 1, options, name),
        apply_convolution(pooled, options.pool_proj(row), 1, options, name=f"{name}_pool_proj"),
    ]
    return layers.Concatenate(name=f"{name}_output")(branches)


def apply_reduction(x, row: Reduction, options: Options):
    """Three branches of stride 2, concatenated: a side of n pixels becomes n / 2, rounded up.

    At an odd n the Caffe port fails, since its pooling gives a pixel less than its convolutions; `same` agrees with it
    at every even n.
    """
    name = f"inception_{row.name}"
    branches = _apply_3x3_branches(x, row, 2, options, name)
    pooled = layers.MaxPooling2D(3, 2, "same", name=f"{name}_pool")(x)
    return layers.Concatenate(name=f"{name}_output")([*branches, pooled])


def _apply_3x3_branches(x, row, stride: int, options: Options, name: str) -> list:
    one = apply_convolution(x, row.reduce3x3, 1, options, name=f"{name}_3x3_reduce")
    one = apply_convolution(one, row.conv3x3, 3, options, stride=stride, name=f"{name}_3x3")
    two = apply_convolution(x, row.reduce_double, 1, options, name=f"{name}_double_3x3_reduce")
    two = apply_convolution(two, row.double, 3, options, name=f"{name}_double_3x3_1")
    two = apply_convolution(two, row.double, 3, options, stride=stride, name=f"{name}_double_3x3_2")
    return [one, two]


def _apply_pool(x, pool: str, options: Options, *, name: str):
    if pool == "max":
        return layers.MaxPooling2D(3, 1, "same", name=name)(x)
    return apply_average_pool(x, "include" if options.padding == "caffe" else "exclude", name=name)


def apply_convolution(x, filters: int, patch: int, options: Options, *, stride=1, name: str):
    """Convolution, batch normalisation, ReLU. `filters` is the table's number, which is scaled here."""
    padding = "same"
    if stride > 1 and options.padding == "caffe":  # at even sizes `same` pads one pixel less at the top and left
        x = layers.ZeroPadding2D(patch // 2, name=f"{name}_pad")(x)
        padding = "valid"
    x = layers.Conv2D(options.scale(filters), patch, stride, padding, use_bias=options.conv_bias, name=name)(x)
    x = BatchNormalization(
        momentum=options.batch_momentum, epsilon=options.batch_epsilon, scale=options.batch_scale, name=f"{name}_bn"
    )(x)
    return layers.ReLU(name=f"{name}_relu")(x)
