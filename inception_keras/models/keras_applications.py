"""The architectures that are wrapped from Keras Applications: its trunks, under this package's heads and checks.

A trunk is built by Keras and copied with fixed names: Keras numbers the layers that have no name of their own, so that
the second model of a process has other names than the first (and, on TensorFlow, rounds otherwise). The head is the
whole zoo's: `head_pool`, `head_dropout`, `head_classifier` and the output `main`, in float32. It computes what Keras's
head does, and takes its weights (`weights="imagenet"`).

EfficientNet and MobileNet v3 take pixels from 0 to 255, as in Keras: their scaling is part of the trunk. What
`stem="small"` and `width` change is in `small_stems.py`.
"""

import re
from typing import NamedTuple

import keras

from inception_keras.errors import unknown
from inception_keras.layers.onednn import leave_out, overruns
from inception_keras.models.keras_small_stems import changed, check_small_weights, is_left_out
from inception_keras.models.parts.checks import check_momentum, check_width, scale
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inputs import check_dropout, check_top, image_input, make_model, pool_features


class Application(NamedTuple):
    """`hidden` is the layer that MobileNet v3 has between pooling and classifier."""

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
        weights: `None`, the path of a `.weights.h5` file, or `"imagenet"`.
        application: One of `APPLICATIONS`.
        dropout: Rate before the classifier; the registry has Keras's.
        batch_momentum: Of the moving statistics of every batch normalisation; `None`: Keras's own.
        stem: `"imagenet"`, or `"small"` for inputs of 32 to 64 pixels, from -1 to 1.
        width: Scales the channels of every convolution of the trunk, as in `GoogLeNetConfig`; 1 for Keras's weights.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: An unknown application or value, or an input under 32 pixels.
    """
    if application not in APPLICATIONS:
        raise unknown("application", application, APPLICATIONS)
    row = APPLICATIONS[application]
    if stem not in ("imagenet", "small"):
        raise unknown("stem", stem, ("imagenet", "small"))
    check_dropout(dropout)
    check_width(width)
    if batch_momentum is not None:
        check_momentum(batch_momentum)
    check_top(include_top, pooling, classes, weights, application)
    check_small_weights(weights, width=width)
    image = image_input(input_shape, input_tensor, default=row.input_size, least=32)

    x = apply_trunk(image, application, stem=stem, width=width, batch_momentum=batch_momentum)
    if include_top:
        head = {"head": "fc", "fc_input": "gap", "fc_units": row.hidden, "fc_activation": "hard_swish"}
        x = apply_head(x, classes, classifier_activation, dropout=dropout, **(head if row.hidden else {}))
    else:
        x = pool_features(x, pooling)
    return make_model(
        image,
        x,
        input_tensor=input_tensor,
        weights=weights,
        name=name,
        application=application,
        include_top=include_top,
    )


def apply_trunk(image, application: str, *, stem="imagenet", width=1.0, batch_momentum=None):
    """The last map of the application's trunk on the tensor `image`; the rest as in `KerasApplication`."""
    build = getattr(keras.applications, application)
    trunk = build(include_top=False, weights=None, input_shape=tuple(image.shape[1:]))
    names = _fixed_names(trunk)
    source = keras.utils.get_source_inputs(image)[0]

    strides = {}  # of the convolutions before which pixels are left out, by name

    def clone(operation):
        kind, config = type(operation), {**operation.get_config(), "name": names[operation.name]}
        own = {"stem": stem, "width": width, "batch_momentum": batch_momentum}
        config = changed(kind.__name__, config, application, **own)
        if kind is keras.layers.Conv2D:
            patch, stride = (max(config[side]) for side in ("kernel_size", "strides"))
            if overruns(patch, stride, scale(operation.input.shape[-1], width)):
                strides[config["name"]] = stride
                config = {**config, "strides": (1, 1)}
        return kind.from_config(config)

    def call(operation, *args, **kwargs):
        # cloning starts at an input layer, and `image` may be a tensor that was made of one
        args = tuple(image if value is source else value for value in args)
        if stem == "small" and is_left_out(type(operation).__name__, operation.name, application):
            return args[0]
        if operation.name in strides:
            args = (leave_out(args[0], strides[operation.name], name=operation.name), *args[1:])
        return operation(*args, **kwargs)

    return keras.models.clone_model(trunk, input_tensors=source, clone_function=clone, call_function=call).output


def _fixed_names(model: keras.Model) -> dict[str, str]:
    """A name for each operation: its own, or, where Keras gave a number, one that counts in this model alone."""
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
    """As Keras writes the automatic name of a class: `ReLU` is `re_lu`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
