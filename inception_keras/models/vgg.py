"""VGG: "Very Deep Convolutional Networks for Large-Scale Image Recognition" (Simonyan and Zisserman, 2014).

The six configurations of the paper's Table 1 (arXiv 1409.1556), with a choice of heads: VGG16's first fully connected
layer alone has 25,088 x 4,096 + 4,096 = 102,764,544 of its 138,357,544 parameters.

Departure from the paper: kernels start from Glorot's uniform distribution, as in Keras Applications, or from He's
normal one. With the paper's normal distribution (variance 0.01) the deeper forms train only if their first weights come
from a trained shallow one.
"""

import keras
from keras import initializers, layers

from inception_keras.layers.response_normalization import LocalResponseNormalization
from inception_keras.models.parts.building import builder, named
from inception_keras.models.parts.checks import check_choice, check_head, check_width, scale
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inputs import check_top, image_input, make_model, pool_features

# -- Table 1: kernel sizes of each stage's convolutions; every stage ends in a 2x2 max pooling -------------------------
CONFIGURATIONS = {
    "A": ((3,), (3,), (3, 3), (3, 3), (3, 3)),  # VGG11
    "A-LRN": ((3, "lrn"), (3,), (3, 3), (3, 3), (3, 3)),
    "B": ((3, 3), (3, 3), (3, 3), (3, 3), (3, 3)),  # VGG13
    "C": ((3, 3), (3, 3), (3, 3, 1), (3, 3, 1), (3, 3, 1)),  # VGG16 with 1x1 convolutions
    "D": ((3, 3), (3, 3), (3, 3, 3), (3, 3, 3), (3, 3, 3)),  # VGG16
    "E": ((3, 3), (3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3)),  # VGG19
}
WIDTHS = (64, 128, 256, 512, 512)  # channels per stage; maps after its pooling: 112, 56, 28, 14 and 7 pixels
FC_UNITS = (4096, 4096)
INITIALIZERS = {"glorot": initializers.GlorotUniform, "he": initializers.HeNormal}


@builder()
def VGG(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="vgg",
    *,
    configuration="D",
    head="fc",
    fc_units=FC_UNITS,
    fc_input="flatten",
    dropout=0.5,
    width=1.0,
    initializer="glorot",
) -> keras.Model:
    """VGG as a functional model.

    Args:
        include_top, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for `GoogLeNet`.
        weights: As for `GoogLeNet`.
        configuration: A column of the paper's Table 1: `"A"`, `"A-LRN"`, `"B"`, `"C"`, `"D"` or `"E"`.
        head, fc_units, fc_input, dropout: As in `GoogLeNetConfig`, with VGG's own defaults.
        width: Scales the channels of every convolution, as in `GoogLeNetConfig`, but not the hidden layers of the head.
        initializer: Initialiser of the kernels. `"glorot"` is uniform and keeps the variance in linear layers; `"he"`
            is normal and keeps it in rectified ones, so that the deeper forms train from scratch (arXiv 1502.01852,
            section 2.2).

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: An unknown configuration, head, initializer or value, or an input under 32 pixels.
    """
    check_choice("configuration", configuration, CONFIGURATIONS)
    fc_units = check_head(head, fc_units, fc_input, dropout)
    check_width(width)
    check_choice("initializer", initializer, INITIALIZERS)
    kernel = INITIALIZERS[initializer]
    check_top(include_top, pooling, classes, weights)
    x = image = image_input(input_shape, input_tensor, default=224, least=32)

    # -- stages --------------------------------------------------------------------------------------------------------
    for stage, (patches, filters) in enumerate(zip(CONFIGURATIONS[configuration], WIDTHS, strict=True), start=1):
        for number, patch in enumerate(patches, start=1):
            if patch == "lrn":  # as in AlexNet, says the paper: k = 2, alpha not divided by the window
                x = LocalResponseNormalization(alpha=5e-4, k=2.0, name=f"block{stage}_norm")(x)
                continue
            channels, layer_name = scale(filters, width), f"block{stage}_conv{number}"
            conv = layers.Conv2D(
                channels, patch, padding="same", activation="relu", kernel_initializer=kernel(), name=layer_name
            )
            x = conv(x)
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
            kernel=kernel,
        )
    else:
        x = pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)


VGG16 = named(VGG, "VGG16", name="vgg16")  # configuration D, which most people mean by VGG
VGG19 = named(VGG, "VGG19", configuration="E", name="vgg19")
