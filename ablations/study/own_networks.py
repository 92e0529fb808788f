"""A user's own network as the model of an arm: `{"model": "my_package.nets:build"}`, or the function itself.

The function takes `input_shape` and `classes`, and its other keywords are toggles, each with a default. It returns a
Keras model whose output is logits, `(batch, classes)`. The hash of its source is a toggle too, so that it is in the
address of each trial: a changed network is another network.
"""

import ast
import functools
import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from inception_keras.backend import load_backend
from inception_keras.errors import UserError, in_one_line, unknown

SOURCE = "source"  # the toggle with the hash
GIVEN = ("input_shape", "classes")  # what the bench passes
HEX_DIGITS = 12


def is_own(model: object) -> bool:
    """Whether a model is a reference to a user's function, and no name of the zoo."""
    return isinstance(model, str) and ":" in model


def referred(toggles: Mapping[str, Any]) -> dict[str, Any]:
    """Toggles whose model is text: a function becomes the reference with which a worker process finds it.

    Raises:
        UserError: No other process could import the function.
    """
    model = toggles.get("model")
    if not callable(model):
        return dict(toggles)
    module, name = getattr(model, "__module__", None), getattr(model, "__qualname__", "")
    if module in (None, "__main__") or not name.isidentifier():
        raise UserError(
            f"the model {name or model!r} must be a function at the top level of a module, so that worker processes "
            "can import it: move it to a file and give 'file:function'"
        )
    return {**toggles, "model": f"{module}:{name}"}


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
        source = source_hash(sys.modules[function.__module__])
        if toggles.get(SOURCE, source) != source:
            raise UserError(
                f"the source of {self.reference} is not the one of the trial ({source}, then {toggles[SOURCE]}): check "
                "out the commit that the record names"
            )
        return {**defaults, **toggles, SOURCE: source}

    def build(self, *, input_shape: tuple[int, int, int], classes: int, **toggles):
        """Builds the model, under the name `network`, since names change the rounding on TensorFlow.

        Raises:
            UserError: What the function returns is no Keras model with logits `(batch, classes)`.
        """
        own = {name: value for name, value in toggles.items() if name != SOURCE}
        model = self._load()(input_shape=input_shape, classes=classes, **own)
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
        activation = getattr(getattr(last, "activation", None), "__name__", "linear")
        if activation in ("softmax", "sigmoid") or type(last).__name__ in ("Softmax", "Sigmoid"):
            raise UserError(f"{self.reference}: the output must be logits: drop the {activation} of {last.name!r}")

    def _check_layers(self, model):
        """Each trial draws the weights again, layer by layer, from streams named after the layers."""
        for layer in model.layers:
            if layer.weights and getattr(layer, "layers", None):
                raise UserError(f"{self.reference}: {layer.name!r} is a model inside the model: call its layers")

    def _load(self) -> Callable:
        module, _, name = self.reference.partition(":")
        if not name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
            raise UserError(f"an own network is 'module:function', such as 'my_nets:build'; got {self.reference!r}")
        load_backend()
        try:
            found = getattr(importlib.import_module(module), name, None)
        except UserError:
            raise
        except Exception as error:  # the user's module may raise anything
            about = f"{self.reference} can't be imported ({type(error).__name__}: {in_one_line(error)})"
            raise UserError(f"{about}: is {module} in the study's folder, or installed?") from error
        if not callable(found):
            raise UserError(f"{module} has no function {name}")
        return found

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


@functools.cache
def source_hash(module: ModuleType) -> str:
    """The hash of a module's source and of the user's modules that it uses, in 12 hexadecimal digits.

    A user's modules are those in its folder, or in the folders of its package.
    """
    digest = sha256()
    for path in sorted(_sources(module)):
        digest.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()[:HEX_DIGITS]


def _sources(module: ModuleType) -> set[Path]:
    first = Path(inspect.getfile(module)).resolve()
    root = first.parents[module.__name__.count(".")]
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        current = waiting.pop()
        path = Path(getattr(current, "__file__", None) or "none").resolve()
        if path.suffix != ".py" or path in found or root not in path.parents:
            continue
        found.add(path)
        waiting += _used(current, path)
    return found


def _used(module: ModuleType, path: Path) -> Iterator[ModuleType]:
    """The loaded modules that a module's source imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(relative, module.__package__ or None) if node.level else relative
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        yield from (sys.modules[name] for name in names if name in sys.modules)
