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
        if isinstance(y_pred, dict) and y is not None:
            y = self._labels_with_loss(y, y_pred)
        return super().compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=sample_weight, training=training)

    def _labels_with_loss(self, y, y_pred: dict) -> dict:
        """The labels of the outputs that have a loss; Keras would take those of others by their order, or fail.

        Raises:
            UserError: The keys of labels or losses are no outputs, or are not each other's.
        """
        losses = getattr(self, "loss", None)
        named = losses if isinstance(losses, dict) else {}
        if not (isinstance(y, dict) and set(y_pred) >= {*y, *named}):
            outputs = ", ".join(y_pred)
            raise UserError(
                f"{self.name} has the outputs {outputs}: give labels, losses and metrics as dicts with these keys, "
                "such as {name: labels for name in model.output}, or build it with aux_heads=False"
            )
        given = {name for name, labels in y.items() if labels is not None}
        trained = {name for name, loss in named.items() if loss is not None} or set(y_pred)
        metrics = getattr(self, "_compile_metrics", None) is not None
        needed = set(y_pred) if metrics else trained  # Keras's metrics read the labels of every output
        missing, surplus = sorted(needed - given), sorted(given - needed)
        if missing or (surplus and set(y) != set(y_pred)):
            wrong = f"lack {', '.join(missing)}" if missing else f"have {', '.join(surplus)} without a loss"
            raise UserError(
                f"the labels of {self.name} {wrong}: as it is compiled it needs those of {', '.join(sorted(needed))}; "
                "to evaluate main alone, compile inference_model(model), and give it labels that are no dict"
            )
        return {name: labels for name, labels in y.items() if name in trained}
