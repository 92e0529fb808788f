"""Labels and predictions of a NumPy file as results: by way of a table, so that every measure is made as of a CSV."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from ablations.foreign.asked import Asked
from ablations.foreign.names import CONFIDENCES
from ablations.foreign.reading import results_of
from ablations.foreign.results import Results
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

NUMBERS = "biuf"  # kinds of NumPy's types
PREDICTIONS, LABELS = "predictions", "labels"


def results_of_predictions(path: Path, arrays: dict[str, Any], asked: Asked) -> Results:
    """The results of predictions `(examples,)` or `(runs, examples)` and labels `(examples,)`.

    A confidence of each prediction may stand beside them, as an array `confidence` of their shape.

    Raises:
        UserError: The measure can't be made of them.
    """
    import numpy as np

    predictions, labels = arrays[PREDICTIONS], arrays[LABELS]
    several = predictions.ndim == 2 and len(predictions) > 1
    runs, examples = np.indices(predictions.shape) if several else (None, np.arange(len(labels)))
    columns = {"example": examples, "label": np.broadcast_to(labels, predictions.shape), "prediction": predictions}
    columns |= {"seed": runs} if several else {}
    columns |= {name: _of_shape(path, name, arrays[name], predictions) for name in CONFIDENCES if name in arrays}
    cells = zip(*(_cells(column) for column in columns.values()), strict=True)
    rows = [(place, dict(zip(columns, row, strict=True))) for place, row in enumerate(cells)]
    if not rows:
        raise UserError(f"{path} holds no predictions")
    found = results_of(Table(path.name, tuple(columns), rows), asked)
    notes = [f"{path.name}: rows are runs, matched by their order"] if several else []
    notes += [f"{path.name}: examples are matched by their order"] if any(one.example for one in found.results) else []
    return replace(found, keyed="place" if several else "", notes=[*found.notes, *notes])


def check_shapes(path: Path, predictions: Any, labels: Any):
    """Raises a UserError unless predictions and labels have the shapes of `results_of_predictions`."""
    if predictions.shape[-1:] != labels.shape or labels.ndim != 1 or predictions.ndim > 2:
        raise UserError(
            f"{path}: predictions are (examples,) or (runs, examples), and labels (examples,); got "
            f"{predictions.shape} and {labels.shape}"
        )


def right(predictions: Any, labels: Any) -> Any:
    """Whether each prediction is its label, for an accuracy; `None` if a table must tell.

    Numbers are compared at once, which is many times faster: they have one spelling. Labels that are missing, and
    predictions of which none is a label, are for the table to name.
    """
    import numpy as np

    numbers = predictions.dtype.kind in NUMBERS and labels.dtype.kind in NUMBERS
    plain = numbers and bool(np.isfinite(labels).all()) and bool(np.isin(predictions, labels).any())
    return predictions == labels if plain else None


def _of_shape(path: Path, name: str, array: Any, predictions: Any) -> Any:
    if array.shape != predictions.shape:
        raise UserError(f"{path}: {name} has one number per prediction, {predictions.shape}; got {array.shape}")
    return array


def _cells(array: Any) -> list:
    import numpy as np

    return (np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array).ravel().tolist()
