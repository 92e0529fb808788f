"""Three convolutions: a small network on which articles compare average pooling with fully connected layers.

Three 3x3 convolutions of 20 channels and two poolings are followed by LeNet-5's hidden layers of 120 and 84 units, or
by the average of the last map. With 32x32 pixels and two classes it has 171,854 parameters with the hidden layers and
7,842 with average pooling, as in an article that reports 89.3% for the latter on CIFAR-10's ships and airplanes.
"""

import keras
from keras import layers

from inception_keras.models.parts.building import builder
from inception_keras.models.parts.checks import check_head, check_width, scale
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inputs import check_top, image_input, make_model, pool_features

MAPS = 20
FC_UNITS = (120, 84)


@builder()
def ThreeConvolutions(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="three_convolutions",
    *,
    head="fc",
    fc_units=FC_UNITS,
    fc_input="flatten",
    dropout=0.0,
    width=1.0,
) -> keras.Model:
    """The network as a functional model.

    Args:
        include_top, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for `GoogLeNet`.
        weights: `None`, or the path of a `.weights.h5` file; none are published.
        head, fc_units, fc_input, dropout: As in `GoogLeNetConfig`, with this network's own defaults.
        width: Scales the 20 channels, but not the hidden layers.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: An unknown head or value, or an input under 32 pixels.
    """
    fc_units = check_head(head, fc_units, fc_input, dropout)
    check_width(width)
    check_top(include_top, pooling, classes, weights)
    x = image = image_input(input_shape, input_tensor, default=32, least=32)

    # -- trunk ---------------------------------------------------------------------------------------------------------
    for number in (1, 2, 3):
        x = layers.Conv2D(scale(MAPS, width), 3, padding="same", activation="relu", name=f"conv{number}")(x)
        if number < 3:
            x = layers.MaxPooling2D(2, 2, name=f"pool{number}")(x)  # 16 x 16, then 8 x 8

    # -- head ----------------------------------------------------------------------------------------------------------
    if include_top:
        x = apply_head(
            x, classes, classifier_activation, head=head, fc_units=fc_units, fc_input=fc_input, dropout=dropout
        )
    else:
        x = pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)
