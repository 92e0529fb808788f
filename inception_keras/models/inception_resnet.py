"""Inception-ResNet v1 and v2: "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning"
(Szegedy et al., 2016, arXiv 1602.07261).

v1 follows the paper's figures (5, 10 and 5 modules), because it has no official code; facenet's version adds a sixth
module at the end. v2 follows slim, Keras Applications and timm, with 10, 20 and 10 modules: the authors' side says that
the paper's results are of this network and not of the one in its figures (tensorflow/models, issue 1553).

Modules have slim's names. Batch normalisation has no gamma in Keras's v2 (the default here) and one in timm's
(`batch_scale=True`).
"""

import keras

from inception_keras.models.parts.building import builder, named
from inception_keras.models.parts.checks import check_choice
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inception_modules import (
    AveragePool,
    Conv,
    MaxPool,
    Module,
    Options,
    Residual,
    apply_row,
)
from inception_keras.models.parts.inputs import check_dropout, check_top, image_input, make_model, pool_features

STEM = (
    Conv(32, 3, stride=2, padding="valid", name="conv2d_1a_3x3"),  # 149 x 149 x 32
    Conv(32, 3, padding="valid", name="conv2d_2a_3x3"),  # 147 x 147 x 32
    Conv(64, 3, name="conv2d_2b_3x3"),  # 147 x 147 x 64
    MaxPool("maxpool_3a_3x3"),  # 73 x 73 x 64
    Conv(80, 1, name="conv2d_3b_1x1"),  # 73 x 73 x 80
    Conv(192, 3, padding="valid", name="conv2d_4a_3x3"),  # 71 x 71 x 192
)


def reduction_a(k: int, l: int, m: int, n: int) -> tuple:  # noqa: E741, the paper's letters (Table 1)
    return ((Conv(n, 3, 2, "valid"),), (Conv(k, 1), Conv(l, 3), Conv(m, 3, 2, "valid")), (MaxPool(),))


def reduction_b(single: int, middle: int, double: int) -> tuple:
    return (
        (Conv(256, 1), Conv(384, 3, 2, "valid")),
        (Conv(256, 1), Conv(single, 3, 2, "valid")),
        (Conv(256, 1), Conv(middle, 3), Conv(double, 3, 2, "valid")),
        (MaxPool(),),
    )


V1_A = ((Conv(32, 1),), (Conv(32, 1), Conv(32, 3)), (Conv(32, 1), Conv(32, 3), Conv(32, 3)))
V1_B = ((Conv(128, 1),), (Conv(128, 1), Conv(128, (1, 7)), Conv(128, (7, 1))))
V1_C = ((Conv(192, 1),), (Conv(192, 1), Conv(192, (1, 3)), Conv(192, (3, 1))))
V1 = (
    *STEM,
    Conv(256, 3, stride=2, padding="valid", name="conv2d_4b_3x3"),  # 35 x 35 x 256
    *(Residual(f"block35_{number}", V1_A, 0.17) for number in range(1, 6)),  # 35 x 35 x 256
    Module("mixed_6a", reduction_a(192, 192, 256, 384)),  # 17 x 17 x 896
    *(Residual(f"block17_{number}", V1_B, 0.10) for number in range(1, 11)),  # 17 x 17 x 896
    Module("mixed_7a", reduction_b(256, 256, 256)),  # 8 x 8 x 1792
    *(Residual(f"block8_{number}", V1_C, 0.20) for number in range(1, 6)),  # 8 x 8 x 1792
)
V2_MIXED_5B = (
    (Conv(96, 1),),
    (Conv(48, 1), Conv(64, 5)),
    (Conv(64, 1), Conv(96, 3), Conv(96, 3)),
    (AveragePool(), Conv(64, 1)),
)
V2_A = ((Conv(32, 1),), (Conv(32, 1), Conv(32, 3)), (Conv(32, 1), Conv(48, 3), Conv(64, 3)))
V2_B = ((Conv(192, 1),), (Conv(128, 1), Conv(160, (1, 7)), Conv(192, (7, 1))))
V2_C = ((Conv(192, 1),), (Conv(192, 1), Conv(224, (1, 3)), Conv(256, (3, 1))))
V2 = (
    *STEM,
    MaxPool("maxpool_5a_3x3"),  # 35 x 35 x 192
    Module("mixed_5b", V2_MIXED_5B),  # 35 x 35 x 320
    *(Residual(f"block35_{number}", V2_A, 0.17) for number in range(1, 11)),  # 35 x 35 x 320
    Module("mixed_6a", reduction_a(256, 256, 384, 384)),  # 17 x 17 x 1088
    *(Residual(f"block17_{number}", V2_B, 0.10) for number in range(1, 21)),  # 17 x 17 x 1088
    Module("mixed_7a", reduction_b(288, 288, 320)),  # 8 x 8 x 2080
    *(Residual(f"block8_{number}", V2_C, 0.20) for number in range(1, 10)),  # 8 x 8 x 2080
    Residual("block8_10", V2_C, 1.0, relu=False),  # 8 x 8 x 2080
    Conv(1536, 1, name="conv2d_7b_1x1"),  # 8 x 8 x 1536
)
VERSIONS = {1: V1, 2: V2}


@builder()
def InceptionResNet(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_resnet",
    *,
    version=2,
    batch_scale=False,
    pool_padding="exclude",
    batch_momentum=0.99,
    dropout=0.0,
) -> keras.Model:
    """Inception-ResNet v1 or v2 as a functional model.

    Args:
        include_top, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for `GoogLeNet`; the
            least input is 75 pixels.
        weights: As for `GoogLeNet`; those of timm set `batch_scale`.
        version: 1 or 2.
        batch_scale, pool_padding, batch_momentum: See `parts.inception_modules.Options`.
        dropout: Dropout rate before the classifier: 0.2 in the paper and slim, none in Keras.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: A value that is not allowed, or an input under 75 pixels.
    """
    check_choice("version", version, VERSIONS)
    options = Options(batch_scale, pool_padding, batch_momentum)
    check_dropout(dropout)
    check_top(include_top, pooling, classes, weights)
    x = image = image_input(input_shape, input_tensor, default=299, least=75)

    # -- trunk ---------------------------------------------------------------------------------------------------------
    for row in VERSIONS[version]:
        x = apply_row(x, row, options)

    # -- head ----------------------------------------------------------------------------------------------------------
    x = apply_head(x, classes, classifier_activation, dropout=dropout) if include_top else pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)


InceptionResNetV2 = named(InceptionResNet, "InceptionResNetV2", name="inception_resnet_v2")
