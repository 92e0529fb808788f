"""Inception v3: "Rethinking the Inception Architecture for Computer Vision" (Szegedy et al., 2015, arXiv 1512.00567).

This is the network of slim, Keras Applications, torchvision and timm, with slim's names; the paper's Table 1 has
another stem, which nobody ships. It is built here and not wrapped, because the sources differ: Keras Applications (the
defaults) and slim have no gamma and leave the padding out of average pooling; the weights of timm and torchvision need
`batch_scale=True, pool_padding="include"`.
"""

import keras

from inception_keras.models.parts.building import builder
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inception_modules import AveragePool, Conv, Fork, MaxPool, Module, Options, apply_row
from inception_keras.models.parts.inputs import check_dropout, check_top, image_input, make_model, pool_features


def a(pool_projection: int) -> tuple:
    return (
        (Conv(64, 1),),
        (Conv(48, 1), Conv(64, 5)),
        (Conv(64, 1), Conv(96, 3), Conv(96, 3)),
        (AveragePool(), Conv(pool_projection, 1)),
    )


def b(n: int) -> tuple:
    """A module whose 7x7 convolutions are factorised into 1x7 and 7x1; `n` is the inner width."""
    return (
        (Conv(192, 1),),
        (Conv(n, 1), Conv(n, (1, 7)), Conv(192, (7, 1))),
        (Conv(n, 1), Conv(n, (7, 1)), Conv(n, (1, 7)), Conv(n, (7, 1)), Conv(192, (1, 7))),
        (AveragePool(), Conv(192, 1)),
    )


REDUCTION_A = (
    (Conv(384, 3, 2, "valid"),),
    (Conv(64, 1), Conv(96, 3), Conv(96, 3, 2, "valid")),
    (MaxPool(),),
)
REDUCTION_B = (
    (Conv(192, 1), Conv(320, 3, 2, "valid")),
    (Conv(192, 1), Conv(192, (1, 7)), Conv(192, (7, 1)), Conv(192, 3, 2, "valid")),
    (MaxPool(),),
)
C = (
    (Conv(320, 1),),
    (Conv(384, 1), Fork((Conv(384, (1, 3)), Conv(384, (3, 1))))),
    (Conv(448, 1), Conv(384, 3), Fork((Conv(384, (1, 3)), Conv(384, (3, 1))))),
    (AveragePool(), Conv(192, 1)),
)
TABLE = (
    Conv(32, 3, stride=2, padding="valid", name="conv2d_1a_3x3"),  # 149 x 149 x 32
    Conv(32, 3, padding="valid", name="conv2d_2a_3x3"),  # 147 x 147 x 32
    Conv(64, 3, name="conv2d_2b_3x3"),  # 147 x 147 x 64
    MaxPool("maxpool_3a_3x3"),  # 73 x 73 x 64
    Conv(80, 1, name="conv2d_3b_1x1"),  # 73 x 73 x 80
    Conv(192, 3, padding="valid", name="conv2d_4a_3x3"),  # 71 x 71 x 192
    MaxPool("maxpool_5a_3x3"),  # 35 x 35 x 192
    Module("mixed_5b", a(32)),  # 35 x 35 x 256
    Module("mixed_5c", a(64)),  # 35 x 35 x 288
    Module("mixed_5d", a(64)),  # 35 x 35 x 288
    Module("mixed_6a", REDUCTION_A),  # 17 x 17 x 768
    Module("mixed_6b", b(128)),  # 17 x 17 x 768
    Module("mixed_6c", b(160)),  # 17 x 17 x 768
    Module("mixed_6d", b(160)),  # 17 x 17 x 768
    Module("mixed_6e", b(192)),  # 17 x 17 x 768
    Module("mixed_7a", REDUCTION_B),  # 8 x 8 x 1280
    Module("mixed_7b", C),  # 8 x 8 x 2048
    Module("mixed_7c", C),  # 8 x 8 x 2048
)


@builder()
def InceptionV3(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_v3",
    *,
    batch_scale=False,
    pool_padding="exclude",
    batch_momentum=0.99,
    dropout=0.0,
) -> keras.Model:
    """Inception v3 as a functional model.

    Args:
        include_top, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for `GoogLeNet`; the
            least input is 75 pixels.
        weights: As for `GoogLeNet`; those of torchvision and timm set `batch_scale` and `pool_padding`.
        batch_scale, pool_padding, batch_momentum: See `parts.inception_modules.Options`.
        dropout: Dropout rate before the classifier: 0.2 in slim, 0.5 in torchvision.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: A value that is not allowed, or an input under 75 pixels.
    """
    options = Options(batch_scale, pool_padding, batch_momentum)
    check_dropout(dropout)
    check_top(include_top, pooling, classes, weights)
    x = image = image_input(input_shape, input_tensor, default=299, least=75)

    # -- trunk ---------------------------------------------------------------------------------------------------------
    for row in TABLE:
        x = apply_row(x, row, options)

    # -- head ----------------------------------------------------------------------------------------------------------
    x = apply_head(x, classes, classifier_activation, dropout=dropout) if include_top else pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)
