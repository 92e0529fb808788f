"""Common random numbers: every layer has its own random streams, named by (seed, purpose, layer).

So two variants start from the same weights in every layer that they share, and a model that was traced once can be
restarted from another seed with the same numbers as in a new process.
"""

import inspect
from collections import Counter

import keras
import numpy as np

from ablations.seeds import random_states, stream
from inception_keras.errors import UserError


def seed_model(model: keras.Model, seed: int):
    """Draws every weight from its stream, resets the moving statistics and seeds dropout and the like."""
    for layer in model.layers:
        seen: Counter[str] = Counter()  # a user's layer of several layers may have several weights of one name
        for variable in layer.weights:
            number = stream(seed, "weights", layer.name, variable.name, *_further(seen[variable.name]))
            value = _drawn(_initializer(layer, variable.name), variable, number)
            variable.assign(_with_forget_bias(layer, variable, value))
            seen[variable.name] += 1
        for place, state in enumerate(random_states(layer)):
            state.assign([stream(seed, "dropout", layer.name, *_further(place)), 0])


def check_initializers(model: keras.Model):
    """Checks that the weights of a user's network can be drawn again for each seed.

    Raises:
        UserError: A layer has no initializer for one of its weights, or one that can't be seeded, such as a function.
    """
    for layer in model.layers:
        for variable in layer.weights:
            try:
                found = _initializer(layer, variable.name)
            except AttributeError as error:
                raise UserError(
                    f"{error}, with which each seed draws it: give the layer {variable.name}_initializer, or build the "
                    "network of Keras layers"
                ) from None
            if problem := _unseeded(found, variable):
                raise UserError(f"{type(layer).__name__} {layer.name} draws {variable.name} with {problem}")


def _unseeded(initializer, variable: keras.Variable) -> str:
    """Why the numbers of an initializer do not follow from a seed, with what to do; empty if they do."""
    if not isinstance(initializer, keras.initializers.Initializer):
        name = getattr(initializer, "__name__", repr(initializer))
        return (
            f"{name}, which can't be seeded: give it an object of keras.initializers, such as "
            "keras.initializers.HeNormal()"
        )
    if type(initializer).__module__.startswith("keras."):
        return ""
    name = type(initializer).__name__
    if lacking := _lacking(initializer):
        return (
            f"{name}, whose get_config lacks {', '.join(lacking)}: let it return every argument, so that each seed can "
            "make it again"
        )
    first, again = (np.array(_drawn(initializer, variable, 0)) for _ in range(2))
    if not np.array_equal(first, again):
        return f"{name}, which draws other numbers each time: let it take `seed` and draw from it alone"
    return ""


def _lacking(initializer: keras.initializers.Initializer) -> list[str]:
    """The arguments of an initializer that its get_config leaves out; `**options` are none."""
    arguments = inspect.signature(type(initializer)).parameters.values()
    config = initializer.get_config()
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [one.name for one in arguments if one.kind not in several and one.name not in config]


def _drawn(initializer: keras.initializers.Initializer, variable: keras.Variable, seed: int):
    config = initializer.get_config()
    if "seed" in config:
        config["seed"] = seed
    return type(initializer).from_config(config)(variable.shape, dtype=variable.dtype)


def _with_forget_bias(layer, variable: keras.Variable, value):
    """The bias of Keras's LSTM layers, whose forget gate starts at 1 whatever their initializer says."""
    if not getattr(layer, "unit_forget_bias", False) or variable.name != "bias":
        return value
    units = variable.shape[0] // 4  # of the input, forget, cell and output gates, in this order
    return keras.ops.concatenate([value[:units], keras.ops.ones_like(value[:units]), value[2 * units :]])


def reset_optimizer(optimizer: keras.optimizers.Optimizer):
    """Sets the step count and momenta to zero, as before the first step."""
    for variable in optimizer.variables:
        variable.assign(keras.ops.zeros(variable.shape, variable.dtype))


def _further(number: int) -> tuple[int, ...]:
    """What the second and further streams of one name have in addition: the first keeps the name that it always had."""
    return (number,) if number else ()


def _initializer(layer, variable_name: str):
    """The layer's initialiser for a variable: `kernel_initializer` for `kernel`; `depthwise_kernel` has other names."""
    names = (variable_name, variable_name.removesuffix("_kernel"), "depthwise")
    for name in names:
        if hasattr(layer, f"{name}_initializer"):
            return getattr(layer, f"{name}_initializer")
    raise AttributeError(f"{type(layer).__name__} {layer.name} has no initialiser for {variable_name}")
