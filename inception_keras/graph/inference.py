"""The main output of a network that has auxiliary heads."""

import keras

from inception_keras.graph.folding import fold_batch_normalization, functional_graph
from inception_keras.graph.nodes import main_output
from inception_keras.origins import remember_same_file


def inference_model(model: keras.Model, fold: bool = False) -> keras.Model:
    """`model` with only its main output, `(batch, classes)`, and without auxiliary heads.

    A model that another one contains stays as it is, with its auxiliary heads: cut them before it is nested.

    Args:
        model: A functional model, with or without auxiliary heads.
        fold: Whether to fold batch normalisation into the kernels and biases of the layers before it, which computes
            the same within rounding, faster. `folding.fold_batch_normalization` says what is folded and what stays.

    Returns:
        Without `fold` a model that shares every weight with `model`, or `model` itself if it has no auxiliary heads.
        With `fold` always a new model with copies of the current weights: training `model` later does not change it.

        `preprocess_input` and `decode_predictions` take either as they take `model`.

    Raises:
        UserError: `model` is not a functional model, or its outputs are a dict without `main`.
    """
    graph = functional_graph(model)
    found = model
    if isinstance(graph.output, dict):
        found = keras.Model(graph.input, main_output(graph), name=f"{model.name}_inference")
    if fold:
        found = fold_batch_normalization(found)
    remember_same_file(found, model)
    return found
