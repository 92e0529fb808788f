"""The heads that follow a trunk: average pooling, fully connected layers, Network in Network; and the output layer."""

from keras import backend, initializers, layers

from inception_keras.errors import UserError


def apply_head(
    x,
    classes: int,
    activation,
    *,
    head="gap",
    fc_units=(),
    fc_input="flatten",
    fc_activation="relu",
    fc_normalize=None,
    dropout=0.0,
    dropout_first=False,
    logit_scale=1.0,
    kernel=initializers.GlorotUniform,
    bias=initializers.Zeros,
):
    """Applies a head to the last map; the output layer is named `main`.

    Args:
        x: Last map of the trunk, `(batch, height, width, channels)`.
        classes: Number of classes.
        activation: Activation of the classifier; `None` gives logits.
        head, fc_units, fc_input, dropout, logit_scale: See `GoogLeNetConfig`.
        fc_activation: Activation of the hidden layers of the `fc` head.
        fc_normalize: Function of a tensor, and `name=` of the layer, that normalises and activates a hidden layer in
            place of `fc_activation`; the layer then has no bias. `None`: none.
        dropout_first: Whether dropout comes before each hidden layer (torchvision's AlexNet) instead of after it.
        kernel, bias: Functions that return a new initialiser per layer; the classifier's bias starts at zero.

    Returns:
        The output tensor, `(batch, classes)`, in float32, or in float64 where the layers compute in it.

    Raises:
        UserError: A head that flattens a map of open size.
    """
    if head == "conv":
        x = layers.Dropout(dropout, name="head_dropout")(x)
        x = layers.Conv2D(classes, 1, activation="relu", kernel_initializer=kernel(), name="head_classifier")(x)
        x = layers.GlobalAveragePooling2D(name="head_pool")(x)
        return apply_output(x, activation, logit_scale, name="main")
    if head == "gap":
        x = layers.GlobalAveragePooling2D(name="head_pool")(x)
        x = layers.Dropout(dropout, name="head_dropout")(x)
    else:
        x = _apply_fc_input(x, fc_input, kernel, bias)
        for number, units in enumerate(fc_units, start=1):
            drop = layers.Dropout(dropout, name=f"head_dropout{number}")
            if dropout_first:
                x = drop(x)
            x = _apply_hidden(x, units, fc_activation, fc_normalize, kernel, bias, name=f"head_fc{number}")
            if not dropout_first:
                x = drop(x)
        if not fc_units:
            x = layers.Dropout(dropout, name="head_dropout")(x)
    x = layers.Dense(classes, kernel_initializer=kernel(), name="head_classifier")(x)
    return apply_output(x, activation, logit_scale, name="main")


def _apply_fc_input(x, fc_input: str, kernel, bias):
    if fc_input == "gap":
        return layers.GlobalAveragePooling2D(name="head_pool")(x)
    if fc_input == "max":
        return layers.GlobalMaxPooling2D(name="head_pool")(x)
    if None in x.shape[1:]:
        raise UserError("a fully connected head needs a fixed input size: give input_shape, or use head='gap'")
    if fc_input == "conv":  # as in the paper's auxiliary heads, at every width
        conv = layers.Conv2D(
            128, 1, activation="relu", kernel_initializer=kernel(), bias_initializer=bias(), name="head_conv"
        )
        x = conv(x)
    return layers.Flatten(name="head_flatten")(x)


def _apply_hidden(x, units: int, activation, normalize, kernel, bias, *, name: str):
    """A hidden layer of the `fc` head, activated, and normalised before that if there is a function for it."""
    if normalize is None:
        return layers.Dense(units, activation, kernel_initializer=kernel(), bias_initializer=bias(), name=name)(x)
    x = layers.Dense(units, use_bias=False, kernel_initializer=kernel(), name=name)(x)
    return normalize(x, name=name)


def apply_output(x, activation, logit_scale: float = 1.0, *, name: str):
    """The output layer, called `name`: the activation of the scaled logits, in float32 also in mixed precision."""
    dtype = backend.result_type(x.dtype, "float32")  # float64 stays as it is
    if logit_scale != 1:
        x = layers.Rescaling(logit_scale, dtype=dtype, name=f"{name}_scale")(x)
    return layers.Activation(activation or "linear", dtype=dtype, name=name)(x)
