"""Trunks of Keras Applications for inputs of 32 to 64 pixels, and with other widths.

Keras's functions have no argument for either, so a trunk is changed layer by layer while it is copied. The small stem
removes the first two strides of 2, of convolutions or poolings: at 32 pixels the last map is 4x4 instead of 1x1.
Kernels keep their size, so that every published weight still fits; for CIFAR the DenseNet paper starts with a 3x3,
while the 7x7 stays here. Inputs are from -1 to 1, as for the rest of the zoo: the input scaling of EfficientNet and
MobileNet v3 is removed too.
"""

from typing import NamedTuple

from inception_keras.models.parts.checks import scale

INPUT_SCALING = ("Rescaling", "Normalization")  # classes of the layers that the small stem removes


class SmallStem(NamedTuple):
    """Names of the layers that a small stem changes.

    Attributes:
        unstrided: Layers that get stride 1 and `same` padding.
        left_out: Layers that are removed: explicit padding before a stride, and the pooling.
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
    """Whether the small stem removes the layer `name`, whose class is called `kind`."""
    return kind in INPUT_SCALING or name in SMALL_STEMS[application].left_out


def changed(
    kind: str, config: dict, application: str, *, stem: str, width: float, batch_momentum: float | None
) -> dict:
    """The configuration of a layer in the changed trunk.

    Args:
        kind: Name of the layer's class.
        config: The layer's configuration in Keras's trunk.
        application, stem, width, batch_momentum: See `KerasApplication`.
    """
    if stem == "small" and config["name"] in SMALL_STEMS[application].unstrided:
        config = {**config, "strides": (1, 1), "padding": "same"}
    if batch_momentum is not None and kind == "BatchNormalization":
        config = {**config, "momentum": batch_momentum}
    if width != 1 and kind == "Conv2D":
        config = {**config, "filters": scale(config["filters"], width)}
    if width != 1 and kind == "Reshape":  # squeeze-and-excite: to 1 x 1 x channels
        *sides, channels = config["target_shape"]
        config = {**config, "target_shape": (*sides, scale(channels, width))}
    return config
