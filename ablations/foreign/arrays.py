"""NumPy files as results: scores by run, or answers by run and example."""

import io
from pathlib import Path
from typing import Any

from ablations.foreign.cells import Number, class_name
from ablations.foreign.results import Result, Results
from ablations.foreign.tables import read_bytes
from ablations.study.decimals import counted
from inception_keras.errors import UserError, in_one_line

NUMBERS = "biuf"  # kinds of NumPy's types
CORRECT, PREDICTIONS, LABELS = "correct", "predictions", "labels"


def read_arrays(path: Path) -> Results:
    """The results of an `.npy` or `.npz` file.

    An array `(examples,)` of 0 and 1, or of bools, has one run's answers; whole numbers are answers even if all are 1.
    One `(runs, examples)` has those of several runs, whose rows are matched by their order; an array `(runs,)` of other
    numbers has a score per run. In an `.npz` file each array is an arm, unless it holds `correct`, or `predictions` and
    `labels`.

    Raises:
        UserError: It is no such file.
    """
    import numpy as np

    content = read_bytes(path)
    try:
        loaded: Any = np.load(io.BytesIO(content), allow_pickle=False)
        arrays = {"": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except Exception as error:  # a damaged file raises whatever the reader of its part does
        raise UserError(f"{path} is not a NumPy file of numbers ({in_one_line(error)})") from None
    are_answers = CORRECT in arrays or {PREDICTIONS, LABELS} <= set(arrays)
    if PREDICTIONS in arrays and LABELS in arrays:
        arrays = {"": _right(path, arrays[PREDICTIONS], arrays[LABELS])}
    elif CORRECT in arrays:
        arrays = {"": arrays[CORRECT]}
    notes: list[str] = []
    results = [
        one for name, array in arrays.items() for one in results_of_array(path.name, name, array, notes, are_answers)
    ]
    if not any(one.score for one in results):
        raise UserError(f"{path} holds no numbers")
    notes += notes_of_order(path.name, results)
    keyed = "row" if any(one.seed for one in results) else ""
    score, less = ("correct", False) if any(one.example for one in results) else ("score", None)
    return Results(path.name, score, less, results, keyed, notes)


def _right(path: Path, predictions, labels):
    """Whether each prediction is the label; NaN where there is no label."""
    import numpy as np

    if predictions.shape[-1:] != labels.shape or labels.ndim != 1:
        raise UserError(
            f"{path}: predictions are (examples,) or (runs, examples), and labels (examples,); got "
            f"{predictions.shape} and {labels.shape}"
        )
    if predictions.dtype.kind in NUMBERS and labels.dtype.kind in NUMBERS:
        right, labelled = predictions == labels, np.isfinite(labels)
    else:
        given, truth = _class_names(predictions), _class_names(labels)
        right, labelled = given == truth, truth != ""
    return right if labelled.all() else np.where(labelled, right, np.nan)


def _class_names(array):
    import numpy as np

    texts = np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array
    return np.array([class_name(one) for one in texts.ravel().tolist()], str).reshape(array.shape)


def results_of_array(source: str, name: str, array, notes: list[str], are_answers: bool | None = False) -> list[Result]:
    """The results of an array.

    Args:
        source: The file's name, for messages.
        name: The arm.
        array: Its numbers.
        notes: Gets what was assumed.
        are_answers: Whether numbers of 0 and 1 are answers even if all are right; `None`: they never are.

    Raises:
        UserError: It is no array of numbers with one or two dimensions.
    """
    import numpy as np

    if array.dtype.kind not in NUMBERS:
        raise UserError(f"{source}: arrays are of numbers or bools; got the type {array.dtype}")
    if array.ndim not in (1, 2):
        raise UserError(f"{source}: arrays are (runs,), (examples,) or (runs, examples); got {array.shape}")
    values = array.astype("float64")
    finite = np.isfinite(values)
    if not finite.all():
        notes.append(f"{source}: {counted(int((~finite).sum()), 'scores')} missing or not finite, and left out")
    if not finite.any():
        return [Result(name, "", "", None, 0)]
    seen = set(np.unique(values[finite]).tolist())
    # whole numbers are answers even if all are right: no accuracy is written so
    certain = are_answers or array.dtype.kind in "biu"
    answers = are_answers is not None and (seen == {0.0, 1.0} or (certain and seen <= {0.0, 1.0}))
    if values.ndim == 1 and not answers:
        return [Result(name, "", "", Number(float(one)), place) for place, one in enumerate(values) if np.isfinite(one)]
    rows = values if values.ndim == 2 else values[None]
    return [
        Result(name, str(run) if len(rows) > 1 else "", str(example), Number(float(one)), run)
        for run, row in enumerate(rows)
        for example, one in enumerate(row)
        if np.isfinite(one)
    ]


def notes_of_order(source: str, results: list[Result]) -> list[str]:
    """What is assumed where the places of an array say which runs and which examples belong together."""
    runs = [f"{source}: rows are runs, matched by their order"] if any(one.seed for one in results) else []
    examples = [f"{source}: examples are matched by their order"] if any(one.example for one in results) else []
    return runs + examples
