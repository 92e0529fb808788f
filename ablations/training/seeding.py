"""Common random numbers: every layer has its own random streams, named by (seed, purpose, layer).

So two variants start from the same weights in every layer that they share, and a model that was traced once can be
restarted from another seed with the same numbers as in a new process.
"""

from collections import Counter

import keras

from ablations.seeds import random_states, stream
from inception_keras.errors import UserError


def seed_model(model: keras.Model, seed: int):
    """Draws every weight from its stream, resets the moving statistics and seeds dropout and the like."""
    for layer in model.layers:
        seen: Counter[str] = Counter()  # a user's layer of several layers may have several weights of one name
        for variable in layer.weights:
            initializer = _initializer(layer, variable.name)
            config = initializer.get_config()
            if "seed" in config:
                config["seed"] = stream(seed, "weights", layer.name, variable.name, *_further(seen[variable.name]))
            variable.assign(type(initializer).from_config(config)(variable.shape, dtype=variable.dtype))
            seen[variable.name] += 1
        for number, state in enumerate(random_states(layer)):
            state.assign([stream(seed, "dropout", layer.name, *_further(number)), 0])


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
            if not isinstance(found, keras.initializers.Initializer):
                name = getattr(found, "__name__", repr(found))
                raise UserError(
                    f"{type(layer).__name__} {layer.name} draws {variable.name} with {name}, which can't be seeded: "
                    "give it an object of keras.initializers, such as keras.initializers.HeNormal()"
                )


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
