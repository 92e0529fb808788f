"""VGG: "Very Deep Convolutional Networks for Large-Scale Image Recognition" (Simonyan and Zisserman, 2014).

The convolutions of the paper's Table 1 and, here with a choice, the head: VGG16's first fully connected layer alone
has 25,088 x 4,096 + 4,096 = 102,764,544 of its 138,357,544 parameters.

Departure from the paper: kernels start from Glorot's uniform distribution, as in Keras Applications. The paper's
normal distribution (variance 0.01) trains the deeper forms only from a trained shallow one.
"""

import keras
from keras import initializers, layers

from inception_keras.config import check_head
from inception_keras.heads import apply_head
from inception_keras.inputs import check_top, image_input, pool_features

# -- Table 1: the widths of the 3x3 convolutions of each stage; every stage ends in a 2x2 max pooling ------------------
VGG16_STAGES = (
    (64, 64),  # 112 x 112 x 64 after the pooling
    (128, 128),  # 56 x 56 x 128
    (256, 256, 256),  # 28 x 28 x 256
    (512, 512, 512),  # 14 x 14 x 512
    (512, 512, 512),  # 7 x 7 x 512
)


def VGG16(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="vgg16",
    *,
    head="fc",
    fc_units=(4096, 4096),
    fc_input="flatten",
    dropout=0.5,
) -> keras.Model:
    """VGG16 (configuration D) as a functional model.

    Args:
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for
            `GoogLeNet`.
        head, fc_units, fc_input, dropout: As in `GoogLeNetConfig`, with VGG's own defaults.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: An unknown head or value, or an input under 32 pixels.
    """
    fc_units = tuple(fc_units)
    check_head(head, fc_units, fc_input, dropout)
    check_top(include_top, pooling, classes, weights)
    x = image = image_input(input_shape, input_tensor, default=224, least=32)

    # -- stages --------------------------------------------------------------------------------------------------------
    for stage, widths in enumerate(VGG16_STAGES, start=1):
        for number, filters in enumerate(widths, start=1):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"block{stage}_conv{number}")(x)
        x = layers.MaxPooling2D(2, 2, name=f"block{stage}_pool")(x)

    # -- head ----------------------------------------------------------------------------------------------------------
    if include_top:
        x = apply_head(
            x,
            classes,
            classifier_activation,
            head=head,
            fc_units=fc_units,
            fc_input=fc_input,
            dropout=dropout,
            kernel=initializers.GlorotUniform,
            bias=initializers.Zeros,
        )
    else:
        x = pool_features(x, pooling)

    inputs = image if input_tensor is None else keras.utils.get_source_inputs(input_tensor)
    model = keras.Model(inputs, x, name=name)
    if weights is not None:
        model.load_weights(weights)
    return model
