"""A user's own network as the model of an arm: `{"model": "my_package.nets:build"}`, or the function itself.

The function takes `input_shape` and `classes`, and its other keywords are toggles, each with a default. It returns a
Keras model whose output is logits, `(batch, classes)`. The hash of its source is a toggle too, so that it is in the
address of each trial: a changed network is another network.
"""

import inspect
import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ablations.study.own_code import failure, load_function, reference_to, source_of
from inception_keras.backend import load_backend
from inception_keras.errors import UserError, unknown

SOURCE = "source"  # the toggle with the hash
ACTIVATIONS = ("softmax", "sigmoid")  # which would be applied twice
GIVEN = ("input_shape", "classes")  # what the bench passes


def referred(toggles: Mapping[str, Any]) -> dict[str, Any]:
    """Toggles whose model is text: a function becomes the reference with which a worker process finds it.

    Raises:
        UserError: No other process could import the function.
    """
    model = toggles.get("model")
    if not callable(model):
        return dict(toggles)
    return {**toggles, "model": reference_to(model, "model")}


@dataclass(frozen=True)
class OwnNetwork:
    """A user's network.

    Attributes:
        reference: `module:function`.
    """

    reference: str

    def resolve(self, **toggles) -> dict[str, Any]:
        """All its toggles with their values, and the hash of its source.

        Raises:
            UserError: It can't be imported, takes no such toggle, or is not such a function.
        """
        function = self._load()
        defaults = self._defaults(function)
        for name in toggles:
            if name not in defaults and name != SOURCE:
                raise unknown(f"toggle of {self.reference}", name, defaults)
        source = source_of(function, self.reference)
        if toggles.get(SOURCE, source) != source:
            raise UserError(
                f"the source of {self.reference} is not the one of the trial ({source}, then {toggles[SOURCE]}): check "
                "out the commit that the record names"
            )
        return {**defaults, **toggles, SOURCE: source}

    def build(self, *, input_shape: tuple[int, int, int], classes: int, **toggles):
        """Builds the model, under the name `network`, since names change the rounding on TensorFlow.

        Raises:
            UserError: As `resolve`, or what the function returns is no Keras model with logits `(batch, classes)`.
        """
        function, resolved = self._load(), self.resolve(**toggles)
        own = {name: _formed(resolved[name], default) for name, default in self._defaults(function).items()}
        try:
            model = function(input_shape=input_shape, classes=classes, **own)
        except SystemExit as end:  # whatever else it raises, callers tell
            raise UserError(f"{self.reference}: {failure(end)}") from end
        except Exception as error:
            if _compiled(error):
                raise UserError(
                    f"{self.reference} compiles the network: leave `compile` out, the study's recipe says how it is "
                    "trained"
                ) from error
            raise
        import keras

        if not isinstance(model, keras.Model):
            raise UserError(f"{self.reference} returned {type(model).__name__}, not a Keras model")
        if not getattr(model, "outputs", None):
            raise UserError(f"{self.reference}: build it with keras.Input and keras.Model, so that it has a graph")
        if isinstance(model, keras.Sequential):
            model = keras.Model(model.inputs, model.outputs[0])
        self._check_output(model, classes)
        self._check_layers(model)
        model.name = "network"
        return model

    def _check_output(self, model, classes: int):
        if isinstance(model.output, (dict, list, tuple)):
            raise UserError(f"{self.reference}: an own network has one output, the logits")
        if tuple(model.output.shape) != (None, classes):
            raise UserError(f"{self.reference}: the output must be logits (batch, {classes}); got {model.output.shape}")
        last = model.output._keras_history.operation
        activation, kind = getattr(getattr(last, "activation", None), "__name__", "linear"), type(last).__name__
        if activation in ACTIVATIONS or kind.lower() in ACTIVATIONS:
            dropped = f"{activation} of {last.name!r}" if activation in ACTIVATIONS else f"layer {last.name!r} ({kind})"
            raise UserError(f"{self.reference}: the output must be logits: drop the {dropped}")

    def _check_layers(self, model):
        """Each trial draws the weights again, layer by layer, from streams named after the layers."""
        for layer in model.layers:
            if layer.weights and getattr(layer, "layers", None):
                raise UserError(f"{self.reference}: {layer.name!r} is a model inside the model: call its layers")

    def _load(self) -> Callable:
        load_backend()  # quietly: the user's module would load it otherwise
        return load_function(self.reference, "network")

    def _defaults(self, function: Callable) -> dict[str, Any]:
        parameters = inspect.signature(function).parameters
        for name in GIVEN:
            if name not in parameters:
                raise UserError(f"{self.reference} must take {' and '.join(GIVEN)}; it takes {', '.join(parameters)}")
        found = {}
        for name, parameter in parameters.items():
            if name in GIVEN:
                continue
            if parameter.default is parameter.empty:
                raise UserError(f"{self.reference}: the toggle {name!r} needs a default")
            try:
                json.dumps(parameter.default)
            except TypeError:
                raise UserError(f"{self.reference}: the default of {name!r} must be a number, text or tuple") from None
            found[name] = parameter.default
        if SOURCE in found or "model" in found:
            raise UserError(f"{self.reference}: 'model' and 'source' are no names of toggles")
        return found


def _compiled(error: Exception) -> bool:
    """Whether `Model.compile` led to an exception: the optimizer's variables have no place where costs are counted."""
    return any(".compile(" in (frame.line or "") for frame in traceback.extract_tb(error.__traceback__))


def _formed(value: Any, default: Any) -> Any:
    """A toggle as it is passed: a tuple, of which JSON makes a list, unless the default is a list; so its elements.

    >>> _formed([8, [1, 2]], (16,)), _formed((8, 8), [16])
    ((8, (1, 2)), [8, 8])
    """
    if not isinstance(value, (list, tuple)):
        return value
    first = default[0] if isinstance(default, (list, tuple)) and default else None
    return (list if isinstance(default, list) else tuple)(_formed(one, first) for one in value)
