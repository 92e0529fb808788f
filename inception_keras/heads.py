"""What follows the trunk: average pooling, fully connected layers, Network in Network; the auxiliary heads."""

import keras
from keras import initializers, layers

from inception_keras.blocks import apply_convolution, bias_initializer, kernel_initializer
from inception_keras.config import GoogLeNetConfig
from inception_keras.errors import UserError
from inception_keras.folding import fold_batch_normalization, functional_graph


def apply_head(
    x,
    classes: int,
    activation,
    *,
    head="gap",
    fc_units=(),
    fc_input="flatten",
    fc_activation="relu",
    dropout=0.0,
    dropout_first=False,
    kernel=initializers.GlorotUniform,
    bias=initializers.Zeros,
):
    """The head over the last map; the output layer is named `main`.

    Args:
        x: Last map of the trunk, `(batch, height, width, channels)`.
        classes: Number of outputs.
        activation: Of the classifier; `None` gives logits.
        head, fc_units, fc_input, dropout: See `GoogLeNetConfig`.
        fc_activation: Of the hidden layers of the `fc` head.
        dropout_first: Whether dropout stands before each hidden layer (torchvision's AlexNet) and not behind it.
        kernel, bias: Functions that make the initialisers of a layer; the classifier's bias starts at zero.
    """
    if head == "conv":
        x = layers.Dropout(dropout, name="head_dropout")(x)
        x = layers.Conv2D(classes, 1, activation="relu", kernel_initializer=kernel(), name="head_classifier")(x)
        x = layers.GlobalAveragePooling2D(name="head_pool")(x)
        return _apply_output(x, activation, name="main")
    if head == "gap":
        x = layers.GlobalAveragePooling2D(name="head_pool")(x)
        x = layers.Dropout(dropout, name="head_dropout")(x)
    else:
        x = _apply_fc_input(x, fc_input, kernel, bias)
        for number, units in enumerate(fc_units, start=1):
            fc = layers.Dense(
                units, fc_activation, kernel_initializer=kernel(), bias_initializer=bias(), name=f"head_fc{number}"
            )
            drop = layers.Dropout(dropout, name=f"head_dropout{number}")
            x = fc(drop(x)) if dropout_first else drop(fc(x))
        if not fc_units:
            x = layers.Dropout(dropout, name="head_dropout")(x)
    x = layers.Dense(classes, kernel_initializer=kernel(), name="head_classifier")(x)
    return _apply_output(x, activation, name="main")


def _apply_fc_input(x, fc_input: str, kernel, bias):
    if fc_input == "gap":
        return layers.GlobalAveragePooling2D(name="head_pool")(x)
    if fc_input == "max":
        return layers.GlobalMaxPooling2D(name="head_pool")(x)
    if None in x.shape[1:]:
        raise UserError("a fully connected head needs a fixed input size: give input_shape, or head='gap'")
    if fc_input == "conv":  # as in the auxiliary heads
        conv = layers.Conv2D(
            128, 1, activation="relu", kernel_initializer=kernel(), bias_initializer=bias(), name="head_conv"
        )
        x = conv(x)
    return layers.Flatten(name="head_flatten")(x)


def apply_aux_head(x, classes: int, activation, config: GoogLeNetConfig, *, name: str):
    """An auxiliary head (paper, section 5): average pooling, 1x1 to 128, fully connected 1,024, dropout, linear."""
    x = _apply_aux_pool(x, config, name)
    x = apply_convolution(x, config.scale(128), 1, config, name=f"{name}_conv")
    x = layers.Flatten(name=f"{name}_flatten")(x)
    x = layers.Dense(
        config.scale(1024),
        "relu",
        kernel_initializer=kernel_initializer(config),
        bias_initializer=bias_initializer(config),
        name=f"{name}_fc",
    )(x)
    x = layers.Dropout(config.aux_dropout, name=f"{name}_dropout")(x)
    x = layers.Dense(classes, kernel_initializer=kernel_initializer(config), name=f"{name}_classifier")(x)
    return _apply_output(x, activation, name=name)


def _apply_aux_pool(x, config: GoogLeNetConfig, name: str):
    least = 4 if config.aux_pool == "adaptive" else 5
    height, width = x.shape[1:3]
    if height is None or width is None:
        raise UserError("auxiliary heads need a fixed input size: give input_shape")
    if min(height, width) < least:
        raise UserError(
            f"{name}: the map is {height} x {width}, too small for an auxiliary head, which pools {least}x{least}: "
            "take a larger input, stem='small', or aux_heads=False"
        )
    if config.aux_pool == "adaptive":
        return layers.AdaptiveAveragePooling2D(4, name=f"{name}_pool")(x)
    return layers.AveragePooling2D(5, 3, name=f"{name}_pool")(x)


def _apply_output(x, activation, *, name: str):
    """The output under its own name, in float32 whatever the layers before computed in."""
    return layers.Activation(activation or "linear", dtype="float32", name=name)(x)


def inference_model(model: keras.Model, fold: bool = False) -> keras.Model:
    """`model` with its main output alone: the one `(batch, classes)` of its outputs that is not an auxiliary head's.

    Args:
        model: A functional model, with or without auxiliary heads.
        fold: Whether batch normalisation goes into the kernels and biases of the layers before it, which computes the
            same within rounding, faster. `folding.fold_batch_normalization` says what is folded and what stays.

    Returns:
        Without `fold` a model that shares every weight with `model`, and `model` itself if it has no auxiliary heads.
        With `fold` always a new model, with weights of its own as they are now: it does not follow later training.

    Raises:
        UserError: `model` is no functional model, or its outputs are a dict without `main`.
    """
    outputs = functional_graph(model).output
    if isinstance(outputs, dict):
        if "main" not in outputs:
            raise UserError(f"{model.name} has no output 'main', only {', '.join(map(repr, outputs))}")
        model = keras.Model(model.input, outputs["main"], name=f"{model.name}_inference")
    return fold_batch_normalization(model) if fold else model
