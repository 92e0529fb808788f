"""GoogLeNet: "Going Deeper with Convolutions" (Szegedy et al., 2014, arXiv 1409.4842).

Table 1 is data here, and the code loops over its rows. Departures from the paper:

- conv1 is a full 7x7 convolution, as in Caffe, torchvision and slim. The paper's Table 1 counts a separable one (2.7K
  weights), which the paper's text does not mention; `stem="separable"` builds it.
- The paper's text does not describe local response normalisation; its places and constants are those of BVLC Caffe.
- The paper does not say how weights were initialised; the default is Caffe's `xavier`, with biases of 0.2.
"""

import os
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import keras

from inception_keras.errors import UserError
from inception_keras.models.googlenet_blocks import (
    apply_aux_head,
    apply_batch_relu,
    apply_conv1,
    apply_convolution,
    apply_inception,
    apply_lrn,
    apply_whitening,
    bias_initializer,
    kernel_initializer,
)
from inception_keras.models.googlenet_config import TOGGLES, GoogLeNetConfig, configure
from inception_keras.models.parts.building import builder
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inputs import check_top, image_input, make_model, pool_features
from inception_keras.models.parts.pooling import apply_max_pool


class Convolution(NamedTuple):
    """`reduce` is the number of channels of a 1x1 convolution before it; 0: there is none."""

    name: str
    patch: int
    stride: int
    filters: int
    reduce: int = 0


class MaxPool(NamedTuple):
    name: str
    patch: int = 3
    stride: int = 2


class ResponseNormalization(NamedTuple):
    name: str


class Whitening(NamedTuple):
    name: str
    patch: int


class Inception(NamedTuple):
    """The columns #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5 and pool proj of Table 1."""

    name: str
    conv1x1: int
    reduce3x3: int
    conv3x3: int
    reduce5x5: int
    conv5x5: int
    pool_proj: int


# -- Table 1: the stem ends where the Inception modules begin ----------------------------------------------------------
STEM = (
    Convolution("conv1_7x7_s2", patch=7, stride=2, filters=64),  # 112 x 112 x 64
    MaxPool("pool1_3x3_s2"),  # 56 x 56 x 64
    ResponseNormalization("pool1_norm1"),
    Convolution("conv2_3x3", patch=3, stride=1, filters=192, reduce=64),  # 56 x 56 x 192
    ResponseNormalization("conv2_norm2"),
    MaxPool("pool2_3x3_s2"),  # 28 x 28 x 192
)
TABLE_1 = (
    Inception("3a", 64, 96, 128, 16, 32, 32),  # 28 x 28 x 256
    Inception("3b", 128, 128, 192, 32, 96, 64),  # 28 x 28 x 480
    MaxPool("pool3_3x3_s2"),  # 14 x 14 x 480
    Inception("4a", 192, 96, 208, 16, 48, 64),  # 14 x 14 x 512
    Inception("4b", 160, 112, 224, 24, 64, 64),  # 14 x 14 x 512
    Inception("4c", 128, 128, 256, 24, 64, 64),  # 14 x 14 x 512
    Inception("4d", 112, 144, 288, 32, 64, 64),  # 14 x 14 x 528
    Inception("4e", 256, 160, 320, 32, 128, 128),  # 14 x 14 x 832
    MaxPool("pool4_3x3_s2"),  # 7 x 7 x 832
    Inception("5a", 256, 160, 320, 32, 128, 128),  # 7 x 7 x 832
    Inception("5b", 384, 192, 384, 48, 128, 128),  # 7 x 7 x 1024
)


def small_stem(config: GoogLeNetConfig) -> tuple:
    """The stem for small images: Table 1's second convolution alone, applied to the image or its whitened patches."""
    stride = config.stem_stride if isinstance(config.stem_stride, int) else 1
    whitening = (Whitening("whitening_2x2", patch=2),) if config.whitening else ()
    convolution = Convolution("conv2_3x3", patch=3, stride=stride, filters=192)
    pooling = (MaxPool("pool2_3x3_s2"),) if config.stem_stride == "pool" else ()
    return (*whitening, convolution, ResponseNormalization("conv2_norm2"), *pooling)


@builder(*TOGGLES)
def GoogLeNet(
    include_top: bool = True,
    weights: str | os.PathLike | None = None,
    input_tensor: keras.KerasTensor | None = None,
    input_shape: Sequence[int | None] | None = None,
    pooling: str | None = None,
    classes: int = 1000,
    classifier_activation: str | None = "softmax",
    name: str = "googlenet",
    **toggles: Any,
) -> keras.Model:
    """GoogLeNet as a functional model.

    Args:
        include_top: Whether to build the head.
        weights: `None`; the path of a `.weights.h5` file of the same form of the network; or the name of published
            weights: `"imagenet"`, or their source, such as `"caffe"`, or `"torchvision"` with `preset="torchvision"`,
            which are fetched on first use and kept in the cache. With another number of classes the classifier starts
            anew.
        input_tensor: A Keras tensor to use as the input.
        input_shape: `(height, width, channels)`, default (224, 224, 3). Sides have at least 32 pixels, 16 with the
            small stem; a side may be `None` if no head flattens its map.
        pooling: Output with `include_top=False`: `None` (the last map), or its `"avg"` or `"max"` over positions.
        classes: Number of classes.
        classifier_activation: Activation of every output; `None` gives logits.
        name: Name of the model.
        **toggles: The fields of `GoogLeNetConfig`: `preset="batchnorm"`, `head="fc"`, `aux_heads=True`, ...

    Returns:
        A model from images to `(batch, classes)`; with `aux_heads` to a dict of `main`, `aux_4a` and `aux_4d`. Losses
        and metrics for a dict must be dicts with the same keys.

    Raises:
        UserError: An unknown toggle or value, or an input so small that no map is left.
    """
    config = configure(**toggles)
    for toggle in ("fc_units", "fc_input", "fc_normalization"):
        # whoever names another head, as a study does that compares heads, knows that it has no such layers
        if toggle in toggles and "head" not in toggles and config.head != "fc":
            raise UserError(f"{toggle}={toggles[toggle]!r} needs head='fc': the head is {config.head!r} otherwise")
    check_top(include_top, pooling, classes, weights)
    if config.aux_heads and not include_top:
        raise UserError(f"aux_heads={config.aux_heads!r} needs include_top=True: auxiliary heads are classifiers")
    # a small stem of stride 2 leaves 3 halvings instead of 5: a crop of 28 pixels ends as a 4 x 4 map
    least = 16 if config.stem == "small" else 32
    image = image_input(input_shape, input_tensor, default=224, least=least)

    # -- trunk ---------------------------------------------------------------------------------------------------------
    stem = small_stem(config) if config.stem == "small" else STEM
    x, outputs = image, {}
    for row in stem + TABLE_1:
        x = apply_row(x, row, config)
        if row.name in config.aux_after:
            aux = f"aux_{row.name}"
            outputs[aux] = apply_aux_head(x, classes, classifier_activation, config, name=aux)

    # -- head ----------------------------------------------------------------------------------------------------------
    if include_top:
        outputs["main"] = apply_head(
            x,
            classes,
            classifier_activation,
            head=config.head,
            fc_units=config.fc_units,
            fc_input=config.fc_input,
            fc_normalize=partial(apply_batch_relu, config=config) if config.fc_normalization == "batch" else None,
            dropout=config.dropout,
            logit_scale=config.logit_scale,
            kernel=partial(kernel_initializer, config),
            bias=partial(bias_initializer, config),
        )
    else:
        outputs["main"] = pool_features(x, pooling)

    outputs = outputs if config.aux_after else outputs["main"]
    return make_model(image, outputs, input_tensor=input_tensor, weights=weights, name=name)


def apply_row(x, row, config: GoogLeNetConfig):
    """Applies one row of the table to the tensor `x`."""
    match row:
        case Inception():
            return apply_inception(x, row, config)
        case MaxPool("pool4_3x3_s2") if config.pool4 == "2x2":
            return apply_max_pool(x, 2, 2, config.pool_padding, name="pool4_2x2_s2")
        case MaxPool():
            return apply_max_pool(x, row.patch, row.stride, config.pool_padding, name=row.name)
        case ResponseNormalization():
            return apply_lrn(x, config, name=row.name)
        case Whitening():
            return apply_whitening(x, row, config)
        case Convolution(patch=7):
            return apply_conv1(x, row, config)
        case Convolution():
            if row.reduce:
                x = apply_convolution(x, config.scale(row.reduce), 1, config, name=f"{row.name}_reduce")
            return apply_convolution(x, config.scale(row.filters), row.patch, config, strides=row.stride, name=row.name)
