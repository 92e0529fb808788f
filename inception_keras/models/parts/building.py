"""What every builder of the zoo does with its arguments before it builds, and the state of Keras that it builds in."""

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import keras

from inception_keras.errors import UserError, warn
from inception_keras.io.keras_weights import load_weights
from inception_keras.models.parts import named_weights
from inception_keras.models.parts.checks import plain
from inception_keras.models.parts.keywords import unknown_keyword
from inception_keras.models.parts.trials import try_network

Builder = TypeVar("Builder", bound=Callable[..., keras.Model])


def builder(*toggles: str) -> Callable[[Builder], Builder]:
    """A decorator for the function that builds an architecture.

    NumPy's scalars become Python's numbers, an unknown keyword gets a `UserError`, and layers are channels last
    whatever `keras.json` or `keras.config.set_image_data_format` say. Weights by name are fetched before the network is
    built, but not before it is tried out, and loaded after.

    Args:
        toggles: Keywords that the function takes as `**toggles`.
    """

    def decorate(build: Builder) -> Builder:
        parameters = inspect.signature(build).parameters.values()
        known = [p.name for p in parameters if p.kind is not inspect.Parameter.VAR_KEYWORD] + list(toggles)

        @functools.wraps(build)
        def checked(*args: Any, **kwargs: Any) -> keras.Model:
            for name in kwargs:
                if name not in known:
                    raise unknown_keyword(build.__name__, name, known)
            try:
                given = inspect.signature(build).bind(*args, **kwargs).arguments
            except TypeError as error:  # too many arguments, or one of them twice
                raise UserError(f"{build.__name__}: {error}") from error
            _check_activation(given.get("classifier_activation"))
            _check_name(given.get("name", "model"))
            args = tuple(_plain(name, value) for name, value in zip(known, args, strict=False))
            kwargs = {name: _plain(name, value) for name, value in kwargs.items()}
            with _channels_last():
                if named_weights.is_name(given.get("weights")):
                    return _build_with_named_weights(build, inspect.signature(build).bind(*args, **kwargs))
                model = build(*args, **kwargs)
                if given.get("weights") is not None:
                    _warn_of_another_network(build.__name__, inspect.signature(build).bind(*args, **kwargs))
                return model

        return checked  # type: ignore[return-value]  # has the signature of `build`

    return decorate


def named(build: Builder, own_name: str, /, **options: Any) -> Builder:
    """The builder called `own_name`, with other defaults than `build`. Of a partial, `help` would show the class."""

    @functools.wraps(build)
    def network(*args: Any, **kwargs: Any) -> keras.Model:
        return build(*args, **{**options, **kwargs})

    network.__name__ = network.__qualname__ = own_name
    network.__doc__ = f"`{build.__name__}` with other defaults, which the signature shows.\n\n{inspect.getdoc(build)}"
    network.__signature__ = inspect.signature(functools.partial(build, **options))  # type: ignore[attr-defined]
    return network  # type: ignore[return-value]  # has the signature of `build`


def _warn_of_another_network(name: str, given: inspect.BoundArguments):
    """Warns where a file fits a network that computes something else: names and shapes can't tell."""
    path, include_top = given.arguments["weights"], given.arguments.get("include_top", True)
    if differences := named_weights.otherwise_built(name, path, _toggles(given), include_top):
        here = ", ".join(f"{toggle}={own!r}" for toggle, (own, _) in differences.items())
        there = ", ".join(f"{toggle}={theirs!r}" for toggle, (_, theirs) in differences.items())
        warn(f"{path} was converted for a network with {there}; this one has {here}, so its outputs are others")


def _toggles(given: inspect.BoundArguments) -> dict[str, Any]:
    return {name: value for name, value in given.kwargs.items() if name not in named_weights.ARGUMENTS}


def _build_with_named_weights(build: Callable[..., keras.Model], given: inspect.BoundArguments) -> keras.Model:
    values, toggles = given.arguments, _toggles(given)
    name, include_top = values["weights"], values.get("include_top", True)
    values["weights"] = None
    positional = dict(zip(inspect.signature(build).parameters, given.args, strict=False))
    arguments = {**positional, **given.kwargs}
    found = named_weights.find(
        build.__name__, name, toggles, include_top, lambda options: try_network(build, {**arguments, **options})
    )
    model = build(**{**arguments, **found.options})
    load_weights(model, found.path, head="fit")
    return model


def _plain(name: str, value: Any) -> Any:
    """A toggle's value as `plain` makes it; a tensor and a file stay what they are, also in messages."""
    return value if name in ("input_tensor", "weights") else plain(value)


def _check_activation(activation: Any):
    try:
        known = callable(keras.activations.get(activation))
    except (ValueError, TypeError):
        known = False
    if not known:
        raise UserError(
            "classifier_activation must be None, for logits, or an activation of Keras, such as 'softmax'; got "
            f"{activation!r}"
        )


def _check_name(name: Any):
    if not isinstance(name, str) or not name or "/" in name:  # Keras puts it into paths of variables
        raise UserError(f"name must be a text without '/'; got {name!r}")


@contextmanager
def _channels_last() -> Iterator[None]:
    """Layers read the format when they are made, and keep it in their configuration."""
    before = keras.config.image_data_format()
    keras.config.set_image_data_format("channels_last")
    try:
        yield
    finally:
        keras.config.set_image_data_format(before)
