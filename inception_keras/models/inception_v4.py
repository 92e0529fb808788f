"""Inception v4: "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning" (Szegedy et al.,
2016, arXiv 1602.07261), Figures 3 to 9.

Names and widths of the modules are those of slim's `nets/inception_v4.py`. Batch normalisation has a gamma, as in
timm's `inception_v4`; slim's has none (`batch_scale=False`).
"""

import keras

from inception_keras.models.parts.building import builder
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inception_modules import AveragePool, Conv, Fork, MaxPool, Module, Options, apply_row
from inception_keras.models.parts.inputs import check_dropout, check_top, image_input, make_model, pool_features

STEM = (
    Conv(32, 3, stride=2, padding="valid", name="conv2d_1a_3x3"),  # 149 x 149 x 32
    Conv(32, 3, padding="valid", name="conv2d_2a_3x3"),  # 147 x 147 x 32
    Conv(64, 3, name="conv2d_2b_3x3"),  # 147 x 147 x 64
    Module("mixed_3a", ((MaxPool(),), (Conv(96, 3, 2, "valid"),))),  # 73 x 73 x 160
    Module(
        "mixed_4a",
        (
            (Conv(64, 1), Conv(96, 3, padding="valid")),
            (Conv(64, 1), Conv(64, (1, 7)), Conv(64, (7, 1)), Conv(96, 3, padding="valid")),
        ),
    ),  # 71 x 71 x 192
    Module("mixed_5a", ((Conv(192, 3, 2, "valid"),), (MaxPool(),))),  # 35 x 35 x 384
)
A = (
    (Conv(96, 1),),
    (Conv(64, 1), Conv(96, 3)),
    (Conv(64, 1), Conv(96, 3), Conv(96, 3)),
    (AveragePool(), Conv(96, 1)),
)
REDUCTION_A = (
    (Conv(384, 3, 2, "valid"),),
    (Conv(192, 1), Conv(224, 3), Conv(256, 3, 2, "valid")),
    (MaxPool(),),
)
B = (
    (Conv(384, 1),),
    (Conv(192, 1), Conv(224, (1, 7)), Conv(256, (7, 1))),
    (Conv(192, 1), Conv(192, (7, 1)), Conv(224, (1, 7)), Conv(224, (7, 1)), Conv(256, (1, 7))),
    (AveragePool(), Conv(128, 1)),
)
REDUCTION_B = (
    (Conv(192, 1), Conv(192, 3, 2, "valid")),
    (Conv(256, 1), Conv(256, (1, 7)), Conv(320, (7, 1)), Conv(320, 3, 2, "valid")),
    (MaxPool(),),
)
C = (
    (Conv(256, 1),),
    (Conv(384, 1), Fork((Conv(256, (1, 3)), Conv(256, (3, 1))))),
    (Conv(384, 1), Conv(448, (3, 1)), Conv(512, (1, 3)), Fork((Conv(256, (1, 3)), Conv(256, (3, 1))))),
    (AveragePool(), Conv(256, 1)),
)
FIGURE_9 = (
    *STEM,
    *(Module(f"mixed_5{letter}", A) for letter in "bcde"),  # 35 x 35 x 384
    Module("mixed_6a", REDUCTION_A),  # 17 x 17 x 1024
    *(Module(f"mixed_6{letter}", B) for letter in "bcdefgh"),  # 17 x 17 x 1024
    Module("mixed_7a", REDUCTION_B),  # 8 x 8 x 1536
    *(Module(f"mixed_7{letter}", C) for letter in "bcd"),  # 8 x 8 x 1536
)


@builder()
def InceptionV4(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="inception_v4",
    *,
    batch_scale=True,
    pool_padding="exclude",
    batch_momentum=0.99,
    dropout=0.2,
) -> keras.Model:
    """Inception v4 as a functional model.

    Args:
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for
            `GoogLeNet`; the least input is 75 pixels.
        batch_scale, pool_padding, batch_momentum: See `parts.inception_modules.Options`.
        dropout: Dropout rate before the classifier.

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
    for row in FIGURE_9:
        x = apply_row(x, row, options)

    # -- head ----------------------------------------------------------------------------------------------------------
    x = apply_head(x, classes, classifier_activation, dropout=dropout) if include_top else pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)
