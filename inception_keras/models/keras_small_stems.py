"""Trunks of Keras Applications for inputs of 32 to 64 pixels, and of another width.

Their functions have no argument for either, so a trunk is changed while it is copied, layer by layer. In the small
stem the first two strides of 2 are taken out, whether a convolution's or a pooling's: at 32 pixels the last map is 4x4
and not 1x1. Kernels keep their size, so that every weight of the published network has its place; DenseNet's paper has
a 3x3 at the start for CIFAR where here its 7x7 stays. Inputs are from -1 to 1, as for the rest of the zoo: the
scaling that EfficientNet and MobileNet v3 begin with is left out too.
"""

from typing import NamedTuple

from inception_keras.errors import UserError
from inception_keras.models.parts.checks import scale

INPUT_SCALING = ("Rescaling", "Normalization")  # classes of the layers that the small stem leaves out


class SmallStem(NamedTuple):
    """Names of layers.

    Attributes:
        unstrided: Of stride 1 here, padded `same`.
        left_out: The padding that belonged to a stride, and the pooling.
    """

    unstrided: tuple[str, ...]
    left_out: tuple[str, ...]


RESNET = SmallStem(("conv1_conv",), ("conv1_pad", "pool1_pad", "pool1_pool"))
DENSENET = SmallStem(("conv1_conv",), ("zero_padding2d_1", "zero_padding2d_2", "pool1"))
EFFICIENTNET = SmallStem(("stem_conv", "block2a_dwconv"), ("stem_conv_pad", "block2a_dwconv_pad"))
SMALL_STEMS = {
    **dict.fromkeys(("ResNet50", "ResNet101", "ResNet152"), RESNET),
    "MobileNet": SmallStem(("conv1", "conv_dw_2"), ("conv_pad_2",)),
    "MobileNetV2": SmallStem(("Conv1", "block_1_depthwise"), ("block_1_pad",)),
    "MobileNetV3Small": SmallStem(("conv", "expanded_conv_depthwise"), ("expanded_conv_depthwise_pad",)),
    "MobileNetV3Large": SmallStem(("conv", "expanded_conv_1_depthwise"), ("expanded_conv_1_depthwise_pad",)),
    **dict.fromkeys(("DenseNet121", "DenseNet169", "DenseNet201"), DENSENET),
    **{f"EfficientNetB{number}": EFFICIENTNET for number in range(8)},
}


def is_left_out(kind: str, name: str, application: str) -> bool:
    """Whether the small stem has no such layer: `kind` is its class."""
    return kind in INPUT_SCALING or name in SMALL_STEMS[application].left_out


def changed(
    kind: str, config: dict, application: str, *, stem: str, width: float, batch_momentum: float | None
) -> dict:
    """The configuration of a layer in the changed trunk.

    Args:
        kind: The layer's class.
        config: As Keras has it.
        application, stem, width, batch_momentum: See `KerasApplication`.
    """
    if stem == "small" and config["name"] in SMALL_STEMS[application].unstrided:
        config = {**config, "strides": (1, 1), "padding": "same"}
    if batch_momentum is not None and kind == "BatchNormalization":
        config = {**config, "momentum": batch_momentum}
    if width != 1 and kind == "Conv2D":
        config = {**config, "filters": scale(config["filters"], width)}
    if width != 1 and kind == "Reshape":  # of the squeezed map, to 1 x 1 x channels
        *sides, channels = config["target_shape"]
        config = {**config, "target_shape": (*sides, scale(channels, width))}
    return config


def check_small_weights(weights, *, width: float):
    """Keras's weights fit another stem, whose kernels are the same, and no other width."""
    if weights == "imagenet" and width != 1:
        raise UserError(f"the 'imagenet' weights are for width=1.0; got {width!r}")
