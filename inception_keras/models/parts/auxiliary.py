"""A network with auxiliary heads, which says what is wrong with labels and losses that fit only one output."""

import keras

from inception_keras.errors import UserError


@keras.saving.register_keras_serializable(package="inception_keras")
class ModelWithAuxiliaryHeads(keras.Model):
    """A functional model whose output is a dict; training and evaluation take labels as a dict with the same keys.

    Keras's own message for other labels depends on the loss and names neither the labels nor what is expected; labels
    in a list it assigns in alphabetical order of the outputs.
    """

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if isinstance(y_pred, dict) and y is not None and not (isinstance(y, dict) and set(y_pred) >= set(y)):
            outputs = ", ".join(y_pred)
            raise UserError(
                f"{self.name} has the outputs {outputs}: give labels, losses and metrics as dicts with these keys, "
                "such as {name: labels for name in model.output}, or build it with aux_heads=False"
            )
        return super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)
