"""Both ends of a model: the input, checked before any layer is built, and the functional model."""

from collections.abc import Sequence

import keras
from keras import layers

from inception_keras.errors import UserError, warn
from inception_keras.io.keras_weights import load_weights
from inception_keras.io.regular_files import check_file
from inception_keras.models.parts.auxiliary import ModelWithAuxiliaryHeads
from inception_keras.models.parts.checks import check_head
from inception_keras.models.parts.named_weights import NAMES


def image_input(
    input_shape: Sequence[int | None] | None, input_tensor, *, default: int, least: int, rescales: bool = False
):
    """The input tensor of an image model, channels last.

    Args:
        input_shape: `(height, width, channels)`; a side of `None` is open. `None` means `default` and 3 channels.
        input_tensor: A Keras tensor to use instead, or `None`.
        default: Side in pixels that the architecture was published with.
        least: Least side in pixels with which the architecture still has a map to pool.
        rescales: Whether the architecture begins by scaling its input, which makes whole numbers floating.

    Returns:
        `input_tensor`, or a new input named `image`.

    Raises:
        UserError: Another rank, sides under `least`, two arguments with different shapes, or whole numbers that
            nothing rescales.
    """
    if input_tensor is not None:
        if not keras.utils.is_keras_tensor(input_tensor):
            raise UserError(f"input_tensor must be a Keras tensor, such as keras.Input(...); got {type(input_tensor)}")
        if not rescales and not keras.backend.is_float_dtype(input_tensor.dtype):
            kind = input_tensor.dtype  # which convolutions take at build, but not when called
            raise UserError(f"input_tensor is {kind}: cast or rescale it first, by keras.layers.Rescaling(1 / 255)")
        if input_shape is not None and _as_tuple(input_shape, default) != tuple(input_tensor.shape[1:]):
            raise UserError(
                f"input_shape {input_shape} differs from input_tensor's {input_tensor.shape[1:]}: give only one of them"
            )
        input_shape = tuple(input_tensor.shape[1:])
    shape = _as_tuple(input_shape, default) if input_shape is not None else (default, default, 3)
    sides, positive = shape[:2], [size for size in shape if size is not None]
    whole = all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in positive)
    if len(shape) == 3 and whole and shape[0] in (1, 3, 4) and (shape[2] is None or shape[2] >= least):
        raise UserError(
            f"input_shape {shape} has the channels first; images are channels last here: give "
            f"input_shape={(*shape[1:], shape[0])}"
        )
    if len(shape) != 3 or shape[2] is None or not whole:
        raise _wrong_shape(shape, default)
    if any(side is not None and side < least for side in sides):
        raise UserError(
            f"the input is too small: {sides[0]} x {sides[1]} pixels, at least {least} x {least} are needed"
        )
    return input_tensor if input_tensor is not None else layers.Input(shape, name="image")


def _as_tuple(shape, default: int) -> tuple:
    try:
        return tuple(shape)
    except TypeError:  # one number
        raise _wrong_shape(shape, default) from None


def _wrong_shape(shape, default: int) -> UserError:
    return UserError(f"input_shape must be (height, width, channels), such as ({default}, {default}, 3); got {shape}")


def check_top(include_top: bool, pooling: str | None, classes: int, weights):
    """Checks the arguments that every architecture shares with Keras Applications; raises `UserError`.

    `weights` are never a name here: the decorator `builder` loads those.
    """
    if pooling not in (None, "avg", "max"):
        raise UserError(f"pooling must be None, 'avg' or 'max'; got {pooling!r}")
    if include_top and pooling is not None:
        raise UserError("pooling needs include_top=False; `head` chooses the head")
    if not isinstance(classes, int) or isinstance(classes, bool) or classes < 1:
        raise UserError(f"classes must be a whole number above 0; got {classes!r}")
    if weights is not None and not str(weights).endswith(".h5"):
        names = ", ".join(map(repr, NAMES))
        raise UserError(f"weights must be None, {names}, or the path of a .weights.h5 file; got {weights!r}")
    if weights is not None:
        check_file(weights)  # before a network is built, which takes seconds


def check_dropout(dropout: float):
    """Checks `dropout`, the only toggle of a head with average pooling and a linear layer."""
    check_head("gap", (), "flatten", dropout)


def pool_features(x, pooling: str | None):
    """The output of a model without its head: the map itself, or its average or maximum over positions."""
    if pooling == "avg":
        return layers.GlobalAveragePooling2D(name="avg_pool")(x)
    if pooling == "max":
        return layers.GlobalMaxPooling2D(name="max_pool")(x)
    return x


def make_model(image, outputs, *, input_tensor, weights, name: str) -> keras.Model:
    """The functional model from `image`, or from the inputs behind `input_tensor`, with a file of `weights` loaded."""
    inputs = [image] if input_tensor is None else keras.utils.get_source_inputs(input_tensor)
    kind = ModelWithAuxiliaryHeads if isinstance(outputs, dict) else keras.Model
    model = kind(inputs[0] if len(inputs) == 1 else inputs, outputs, name=name)
    if weights is not None:
        _load_file(model, weights)
    return model


def _load_file(model: keras.Model, path):
    """Loads a file and warns if the classifier starts anew or a part of the file is left out."""
    loaded = load_weights(model, path, head="fit")
    words = [f"left out: {', '.join(loaded.left_out)}"] if loaded.left_out else []
    words += [f"not in the file, so initialised anew: {', '.join(loaded.fresh)}"] if loaded.fresh else []
    if words:
        warn(f"{path} into {model.name!r}: {'; '.join(words)}")
