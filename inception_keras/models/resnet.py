"""ResNet as in torchvision: "Deep Residual Learning for Image Recognition" (He et al., 2015, arXiv 1512.03385).

Shortcuts are the paper's option B (a 1x1 convolution where the shape changes). Departures from the paper, both
torchvision's (0.28, `models/resnet.py`):

- bottlenecks have their stride in the 3x3 ("v1.5"); `bottleneck_stride="1x1"` is the paper's, with fewer multiply-adds;
- the stem's pooling is padded by one pixel on each side, while Caffe's rounds sizes up: windows shift by one pixel.

`stem="small"` is the paper's stem for CIFAR-10 (section 4.2), a 3x3/1 convolution without pooling: at 32 pixels the
maps of the stages have sides of 32, 16, 8 and 4 pixels.
"""

from typing import NamedTuple

import keras
from keras import initializers, layers

from inception_keras.layers.batch_normalization import BatchNormalization
from inception_keras.layers.onednn import leave_out, overruns
from inception_keras.models.parts.building import builder, named
from inception_keras.models.parts.checks import check_choice, check_width, scale
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inputs import check_dropout, check_top, image_input, make_model, pool_features

EPSILON = 1e-5
MOMENTUM = 0.9  # of the moving statistics as Keras defines it; 0.1 in torch's terms


class Form(NamedTuple):
    """A column of the paper's Table 1: the kind of block, and the number of blocks in each stage."""

    block: str
    repeats: tuple[int, int, int, int]


# -- Table 1, which calls the stages conv2_x to conv5_x ----------------------------------------------------------------
FORMS = {
    18: Form("basic", (2, 2, 2, 2)),
    34: Form("basic", (3, 4, 6, 3)),
    50: Form("bottleneck", (3, 4, 6, 3)),
    101: Form("bottleneck", (3, 4, 23, 3)),
    152: Form("bottleneck", (3, 8, 36, 3)),
}
WIDTHS = (64, 128, 256, 512)  # channels of the 3x3 convolutions, on maps of 56, 28, 14 and 7 pixels
EXPANSION = 4  # a bottleneck's output channels per channel of its 3x3


@builder()
def ResNet(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="resnet",
    *,
    depth=18,
    bottleneck_stride="3x3",
    dropout=0.0,
    stem="imagenet",
    width=1.0,
) -> keras.Model:
    """ResNet as a functional model.

    Args:
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for
            `GoogLeNet`.
        depth: 18, 34, 50, 101 or 152.
        bottleneck_stride: Which convolution of a bottleneck has the stride: `"3x3"` (torchvision) or `"1x1"` (paper).
        dropout: Dropout rate before the classifier.
        stem: `"imagenet"`, or `"small"` for inputs of 32 to 64 pixels; see the module.
        width: Scales every channel count, as in `GoogLeNetConfig`.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: An unknown depth or value, or an input under 32 pixels.
    """
    check_choice("depth", depth, FORMS)
    check_choice("bottleneck_stride", bottleneck_stride, ("3x3", "1x1"))
    check_choice("stem", stem, ("imagenet", "small"))
    check_dropout(dropout)
    check_width(width)
    check_top(include_top, pooling, classes, weights)
    image = image_input(input_shape, input_tensor, default=224, least=32)
    form = FORMS[depth]

    # -- stem ----------------------------------------------------------------------------------------------------------
    patch, stride = (3, 1) if stem == "small" else (7, 2)
    x = apply_convolution(image, scale(64, width), patch, stride=stride, name="conv1")  # 112 x 112 x 64
    x = layers.ReLU(name="conv1_relu")(x)
    if stem == "imagenet":
        x = layers.ZeroPadding2D(1, name="pool1_pad")(x)  # zeros can't win: nothing is below zero after ReLU
        x = layers.MaxPooling2D(3, 2, name="pool1")(x)  # 56 x 56 x 64

    # -- stages --------------------------------------------------------------------------------------------------------
    for stage, (filters, repeats) in enumerate(zip(WIDTHS, form.repeats, strict=True), start=2):
        for number in range(1, repeats + 1):
            stride = 2 if number == 1 and stage > 2 else 1
            block = f"conv{stage}_block{number}"
            if form.block == "basic":
                x = apply_basic(x, scale(filters, width), stride, name=block)
            else:
                x = apply_bottleneck(x, scale(filters, width), stride, bottleneck_stride, name=block)

    # -- head ----------------------------------------------------------------------------------------------------------
    x = apply_head(x, classes, classifier_activation, dropout=dropout) if include_top else pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)


ResNet18 = named(ResNet, "ResNet18", depth=18, name="resnet18")
ResNet34 = named(ResNet, "ResNet34", depth=34, name="resnet34")


def apply_basic(x, filters: int, stride: int, *, name: str):
    """Two 3x3 convolutions, and the shortcut."""
    y = apply_convolution(x, filters, 3, stride=stride, name=f"{name}_conv1")
    y = layers.ReLU(name=f"{name}_conv1_relu")(y)
    y = apply_convolution(y, filters, 3, name=f"{name}_conv2")
    return _apply_shortcut(x, y, stride, name)


def apply_bottleneck(x, filters: int, stride: int, stride_in: str, *, name: str):
    """A 1x1, a 3x3, a 1x1 to four times the channels, and the shortcut."""
    first, second = (stride, 1) if stride_in == "1x1" else (1, stride)
    y = apply_convolution(x, filters, 1, stride=first, name=f"{name}_conv1")
    y = layers.ReLU(name=f"{name}_conv1_relu")(y)
    y = apply_convolution(y, filters, 3, stride=second, name=f"{name}_conv2")
    y = layers.ReLU(name=f"{name}_conv2_relu")(y)
    y = apply_convolution(y, EXPANSION * filters, 1, name=f"{name}_conv3")
    return _apply_shortcut(x, y, stride, name)


def _apply_shortcut(x, y, stride: int, name: str):
    if stride > 1 or x.shape[-1] != y.shape[-1]:
        x = apply_convolution(x, y.shape[-1], 1, stride=stride, name=f"{name}_shortcut")
    x = layers.Add(name=f"{name}_add")([x, y])
    return layers.ReLU(name=f"{name}_relu")(x)


def apply_convolution(x, filters: int, patch: int, *, stride=1, name: str):
    """Convolution without bias, padded on each side by half the patch as in torch, then batch normalisation."""
    padding = "same"
    if stride > 1:  # at even sizes `same` pads one pixel less at the top and left
        if patch > 1:
            x = layers.ZeroPadding2D(patch // 2, name=f"{name}_pad")(x)
        padding = "valid"
        if overruns(patch, stride, x.shape[-1]):
            x, stride = leave_out(x, stride, name=name), 1
    kernel = initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal")
    x = layers.Conv2D(filters, patch, stride, padding, use_bias=False, kernel_initializer=kernel, name=name)(x)
    return BatchNormalization(momentum=MOMENTUM, epsilon=EPSILON, name=f"{name}_bn")(x)
