"""Names the classes that a model finds most probable, as Keras's `decode_predictions` does."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from inception_keras.errors import UserError
from inception_keras.io.imagenet import imagenet_classes
from inception_keras.weights.model_facts import class_list


class Prediction(NamedTuple):
    """A class: its WordNet id (empty if it is none of ImageNet's), its name, and the model's output for it."""

    class_id: str
    name: str
    score: float


def decode_predictions(predictions: Any, model: Any = None, top: int = 5) -> list[list[Prediction]]:
    """The `top` classes of each image, best first.

    Args:
        predictions: The outputs of a model, `(n, classes)`: probabilities or logits. Of a model with auxiliary heads, a
            dict, the output `main` is taken.
        model: The model, whose manifest names the classes; `None` for the 1,000 classes of ImageNet.
        top: How many classes.

    Raises:
        UserError: The predictions are of another shape or have no `main`, `top` is below 1, or the model's weights name
            no classes.

    >>> import numpy as np
    >>> decode_predictions(np.eye(1000)[[281]], top=1)
    [[Prediction(class_id='n02123045', name='tabby', score=1.0)]]
    """
    classes = imagenet_classes() if model is None else class_list(model)
    if not isinstance(top, (int, np.integer)) or isinstance(top, bool) or top < 1:
        raise UserError(f"top must be a whole number above 0; got {top!r}")
    if isinstance(predictions, Mapping) and "main" not in predictions:
        raise UserError(f"predictions have no output 'main', only {', '.join(map(repr, predictions))}")
    outputs = _array(predictions["main"] if isinstance(predictions, Mapping) else predictions)
    if outputs.ndim != 2 or outputs.shape[1] != len(classes):
        raise UserError(f"predictions must be (n, {len(classes):,}), one column per class; got {outputs.shape}")
    # float64: `-` wraps round in the whole numbers that quantised models put out
    order = np.argsort(-outputs.astype("float64"), axis=1, kind="stable")[:, :top]
    return [
        [Prediction(classes[index].wordnet_id, classes[index].name, float(row[index])) for index in best]
        for row, best in zip(outputs, order.tolist(), strict=True)
    ]


def _array(predictions: Any) -> np.ndarray:
    if isinstance(predictions, np.ndarray):
        return predictions
    from keras import ops

    return ops.convert_to_numpy(predictions)
