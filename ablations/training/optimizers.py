"""The optimizer that a recipe names, with a learning rate of their own for the biases of batch normalisation."""

from collections.abc import Sequence
from typing import Any

import keras

from ablations.study import Recipe
from ablations.training.learning_rate import learning_rate
from ablations.training.optimizer import MomentumSGD
from inception_keras.errors import UserError


class BetaRate:
    """For an optimizer: multiplies the learning rate of the biases of batch normalisation (beta) by `beta_rate`.

    Weight decay is decoupled from the steps, so it stays as it is. Source: KellerJordan/cifar10-airbench,
    legacy/airbench94.py, `bias_scaler`: 64.
    """

    beta_rate = 1.0

    def build(self, variables: Sequence[keras.Variable]):
        super().build(variables)  # type: ignore[misc]  # an optimizer follows in the class's bases
        # by place: on TensorFlow `update_step` gets the variables in another form
        self._betas = [place for place, variable in enumerate(variables) if variable.name == "beta"]

    def update_step(self, gradient, variable, learning_rate):
        place = self._get_variable_index(variable)  # type: ignore[attr-defined]  # the optimizer's
        if self.beta_rate != 1 and place in self._betas:
            learning_rate = learning_rate * self.beta_rate
        super().update_step(gradient, variable, learning_rate)  # type: ignore[misc]


class SGD(BetaRate, MomentumSGD):
    """Nesterov momentum, or none at all."""


class AdamW(BetaRate, keras.optimizers.AdamW):
    """arXiv 1711.05101."""


class Lion(BetaRate, keras.optimizers.Lion):
    """arXiv 2302.06675."""


class RMSprop(BetaRate, keras.optimizers.RMSprop):
    """The optimizer of Inception v2 and v3."""


def make_optimizer(recipe: Recipe, steps_per_epoch: int, variables: Sequence[keras.Variable]) -> Any:
    """The recipe's optimizer, built for the trainable variables of a network.

    Raises:
        UserError: The recipe has a rate for the biases of normalisation (beta), and the network has none.
    """
    rate, decay = learning_rate(recipe, steps_per_epoch), recipe.weight_decay or None
    second = recipe.second_momentum
    optimizer: Any
    match recipe.optimizer:
        case "sgd":
            optimizer = SGD(rate, recipe.momentum, nesterov=recipe.momentum > 0, weight_decay=decay)
        case "rmsprop":
            rho = {} if second is None else {"rho": second}
            optimizer = RMSprop(rate, momentum=recipe.momentum, weight_decay=decay, **rho)
        case name:
            beta_2 = {} if second is None else {"beta_2": second}
            kind = {"adamw": AdamW, "lion": Lion}[name]
            # AdamW takes no None
            optimizer = kind(rate, beta_1=recipe.momentum, weight_decay=recipe.weight_decay, **beta_2)
    optimizer.beta_rate = recipe.beta_rate
    if decay:
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimizer.build(variables)
    if recipe.beta_rate != 1 and not optimizer._betas:
        raise UserError(
            f"beta_rate={recipe.beta_rate} changes nothing: the network has no batch normalisation, whose biases are "
            "called beta"
        )
    return optimizer
