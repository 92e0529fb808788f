"""Architectures wrapped from Keras Applications: Keras builds the trunk, this package its head and its checks.

A trunk is copied with fixed names, because Keras numbers unnamed layers through the whole process: a second model would
get other names than the first (and, on TensorFlow, round differently). The head is the one of the whole zoo:
`head_pool`, `head_dropout`, `head_classifier` and the output `main`, in float32. It computes the same as Keras's head
and takes its weights (`weights="imagenet"`).

EfficientNet and MobileNet v3 take pixels from 0 to 255, as in Keras: their trunks scale the input.
`keras_small_stems.py` says what `stem="small"` and `width` change.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

import keras

from inception_keras.errors import UserError
from inception_keras.layers.onednn import leave_out, overruns
from inception_keras.models.keras_small_stems import changed, is_left_out
from inception_keras.models.parts.building import builder, named
from inception_keras.models.parts.checks import check_choice, check_momentum, check_width, scale
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inputs import check_dropout, check_top, image_input, make_model, pool_features


class Application(NamedTuple):
    """`hidden`: units of the layer between pooling and classifier, which only MobileNet v3 has."""

    function: str
    input_size: int = 224
    hidden: tuple[int, ...] = ()


APPLICATIONS = {
    row.function: row
    for row in (
        Application("ResNet50"),
        Application("ResNet101"),
        Application("ResNet152"),
        Application("MobileNet"),
        Application("MobileNetV2"),
        Application("MobileNetV3Small", hidden=(1024,)),
        Application("MobileNetV3Large", hidden=(1280,)),
        Application("DenseNet121"),
        Application("DenseNet169"),
        Application("DenseNet201"),
        Application("EfficientNetB0", 224),
        Application("EfficientNetB1", 240),
        Application("EfficientNetB2", 260),
        Application("EfficientNetB3", 300),
        Application("EfficientNetB4", 380),
        Application("EfficientNetB5", 456),
        Application("EfficientNetB6", 528),
        Application("EfficientNetB7", 600),
    )
}

# Keras pads before a stride by the parity of the side, and takes an open side for an odd one. That is what `same`
# computes at either parity, so that with open sides the strided convolutions are padded `same` instead.
PADDED_BY_PARITY = ("MobileNetV2", "MobileNetV3", "EfficientNet")
RESCALING = ("MobileNetV3", "EfficientNet")  # take images from 0 to 255, also as whole numbers


@builder()
def KerasApplication(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="application",
    *,
    application="ResNet50",
    dropout=0.0,
    batch_momentum=None,
    stem="imagenet",
    width=1.0,
) -> keras.Model:
    """A model of Keras Applications.

    Args:
        include_top, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for `GoogLeNet`.
        weights: As for `GoogLeNet`.
        application: A function of `keras.applications`, one of `APPLICATIONS`.
        dropout: Dropout rate before the classifier; entries of `zoo.py` pass Keras's rate.
        batch_momentum: Momentum of the moving statistics of every batch normalisation; `None` keeps Keras's.
        stem: `"imagenet"`, or `"small"` for inputs of 32 to 64 pixels with values from -1 to 1.
        width: Scales the channels of every convolution of the trunk, as in `GoogLeNetConfig`; Keras's weights need 1.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: An unknown application or value, or an input under 32 pixels.
    """
    check_choice("application", application, APPLICATIONS)
    row = APPLICATIONS[application]
    check_choice("stem", stem, ("imagenet", "small"))
    check_dropout(dropout)
    check_width(width)
    if batch_momentum is not None:
        check_momentum(batch_momentum)
    check_top(include_top, pooling, classes, weights)
    rescales = application.startswith(RESCALING) and stem == "imagenet"
    image = image_input(input_shape, input_tensor, default=row.input_size, least=32, rescales=rescales)

    x = apply_trunk(image, application, stem=stem, width=width, batch_momentum=batch_momentum)
    if include_top:
        head = {"head": "fc", "fc_input": "gap", "fc_units": row.hidden, "fc_activation": "hard_swish"}
        x = apply_head(x, classes, classifier_activation, dropout=dropout, **(head if row.hidden else {}))
    else:
        x = pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)


def _keras_name(application: str, **options) -> Callable[..., keras.Model]:
    return named(KerasApplication, application, application=application, **options)


# The names of Keras, with its rates of dropout.
ResNet50 = _keras_name("ResNet50", name="resnet50")
ResNet101 = _keras_name("ResNet101", name="resnet101")
ResNet152 = _keras_name("ResNet152", name="resnet152")
MobileNet = _keras_name("MobileNet", dropout=0.001, name="mobilenet")
MobileNetV2 = _keras_name("MobileNetV2", name="mobilenet_v2")
MobileNetV3Small = _keras_name("MobileNetV3Small", dropout=0.2, name="mobilenet_v3_small")
MobileNetV3Large = _keras_name("MobileNetV3Large", dropout=0.2, name="mobilenet_v3_large")
DenseNet121 = _keras_name("DenseNet121", name="densenet121")
DenseNet169 = _keras_name("DenseNet169", name="densenet169")
DenseNet201 = _keras_name("DenseNet201", name="densenet201")
EfficientNetB0 = _keras_name("EfficientNetB0", dropout=0.2, name="efficientnet_b0")
EfficientNetB1 = _keras_name("EfficientNetB1", dropout=0.2, name="efficientnet_b1")
EfficientNetB2 = _keras_name("EfficientNetB2", dropout=0.3, name="efficientnet_b2")
EfficientNetB3 = _keras_name("EfficientNetB3", dropout=0.3, name="efficientnet_b3")
EfficientNetB4 = _keras_name("EfficientNetB4", dropout=0.4, name="efficientnet_b4")
EfficientNetB5 = _keras_name("EfficientNetB5", dropout=0.4, name="efficientnet_b5")
EfficientNetB6 = _keras_name("EfficientNetB6", dropout=0.5, name="efficientnet_b6")
EfficientNetB7 = _keras_name("EfficientNetB7", dropout=0.5, name="efficientnet_b7")


def apply_trunk(image, application: str, *, stem="imagenet", width=1.0, batch_momentum=None):
    """Applies the application's trunk to the tensor `image` and returns its last map.

    Other arguments are as in `KerasApplication`.
    """
    build = getattr(keras.applications, application)
    sides, channels = tuple(image.shape[1:3]), image.shape[3]
    opened = None in sides
    trunk = build(include_top=False, weights=None, input_shape=(None, None, channels) if opened else (*sides, channels))
    parity = opened and application.startswith(PADDED_BY_PARITY)
    names = _fixed_names(trunk)
    source, *others = keras.utils.get_source_inputs(image)
    if others:  # cloning starts from as many inputs as the trunk has
        behind = ", ".join(repr(one.name) for one in (source, *others))
        raise UserError(f"{application} needs an input_tensor that is computed from one input; got one from {behind}")

    strides = {}  # convolution's name -> stride that `leave_out` applies in its place

    def clone(operation):
        kind, config = type(operation), {**operation.get_config(), "name": names[operation.name]}
        toggles = {"stem": stem, "width": width, "batch_momentum": batch_momentum}
        config = changed(kind.__name__, config, application, **toggles)
        if parity and max(config.get("strides", (1,))) > 1:
            config = {**config, "padding": "same"}
        if kind is keras.layers.Conv2D:
            patch, stride = (max(config[side]) for side in ("kernel_size", "strides"))
            if overruns(patch, stride, scale(operation.input.shape[-1], width)):
                strides[config["name"]] = stride
                config = {**config, "strides": (1, 1)}
        return kind.from_config(config)

    def call(operation, *args, **kwargs):
        # cloning starts at the input layer `source`; the trunk reads `image`, which may be computed from it
        args = tuple(image if value is source else value for value in args)
        if stem == "small" and is_left_out(type(operation).__name__, operation.name, application):
            return args[0]
        if parity and type(operation) is keras.layers.ZeroPadding2D:
            return args[0]
        if operation.name in strides:
            args = (leave_out(args[0], strides[operation.name], name=operation.name), *args[1:])
        return operation(*args, **kwargs)

    return keras.models.clone_model(trunk, input_tensors=source, clone_function=clone, call_function=call).output


def _fixed_names(model: keras.Model) -> dict[str, str]:
    """Maps each operation's name to a fixed one: the same, or, if Keras numbered it, numbered within this model."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for operation in model.operations:
        kind = _snake_case(type(operation).__name__)
        if re.fullmatch(rf"{kind}(_\d+)?", operation.name):
            counts[kind] = counts.get(kind, 0) + 1
            names[operation.name] = f"{kind}_{counts[kind]}"
        else:
            names[operation.name] = operation.name
    return names


def _snake_case(name: str) -> str:
    """A class name as in Keras's automatic layer names: `ReLU` becomes `re_lu`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
