"""NumPy files as results: scores by run, or answers by run and example."""

import io
from pathlib import Path
from typing import Any

from ablations.foreign.asked import Asked, check_no_columns, check_no_measure
from ablations.foreign.cells import Number
from ablations.foreign.measures import NAMES
from ablations.foreign.predictions import LABELS, NUMBERS, PREDICTIONS, check_shapes, results_of_predictions, right
from ablations.foreign.results import Result, Results
from ablations.foreign.tables import read_bytes
from ablations.study.decimals import counted
from inception_keras.errors import UserError, in_one_line

CORRECT = "correct"


def read_arrays(path: Path, asked: Asked) -> Results:
    """The results of an `.npy` or `.npz` file.

    An array `(examples,)` of 0 and 1, or of bools, has one run's answers; whole numbers are answers even if all are 1.
    One `(runs, examples)` has those of several runs, whose rows are matched by their order; an array `(runs,)` or
    `(runs, 1)` of other numbers has a score per run. In an `.npz` file each array is an arm, unless it holds `correct`,
    or `predictions` and `labels`.

    Raises:
        UserError: It is no such file, or something is asked that an array can't answer.
    """
    import numpy as np

    content = read_bytes(path)
    try:
        loaded: Any = np.load(io.BytesIO(content), allow_pickle=False)
        arrays = {"": loaded} if isinstance(loaded, np.ndarray) else {name: loaded[name] for name in loaded.files}
    except Exception as error:  # a damaged file raises whatever the reader of its part does
        raise UserError(f"{path} is not a NumPy file of numbers ({in_one_line(error)})") from None
    check_no_columns(asked, path.name)
    if PREDICTIONS in arrays and LABELS in arrays:
        check_shapes(path, arrays[PREDICTIONS], arrays[LABELS])
        answers = right(arrays[PREDICTIONS], arrays[LABELS]) if asked.measure == NAMES[0] else None
        if answers is None:
            return results_of_predictions(path, arrays, asked)
        arrays = {CORRECT: answers}
    check_no_measure(asked, path.name, f"give an .npz file with the arrays {PREDICTIONS} and {LABELS}, or ")
    are_answers = CORRECT in arrays
    if are_answers:
        arrays = {"": arrays[CORRECT]}
    notes: list[str] = []
    results = [
        one for name, array in arrays.items() for one in results_of_array(path.name, name, array, notes, are_answers)
    ]
    if not any(one.score for one in results):
        raise UserError(f"{path} holds no numbers")
    notes += notes_of_order(path.name, results)
    keyed = "place" if any(one.seed for one in results) else ""
    score, less = ("correct", False) if any(one.example for one in results) else ("score", None)
    return Results(path.name, score, less, results, keyed, notes)


def results_of_array(source: str, name: str, array, notes: list[str], are_answers: bool | None = False) -> list[Result]:
    """The results of an array.

    Args:
        source: The file's name, for messages.
        name: The arm.
        array: Its numbers.
        notes: Gets what was assumed.
        are_answers: Whether numbers of 0 and 1 are answers even if all are right; `None`: they never are.

    Raises:
        UserError: It is no array of numbers with one or two dimensions, or has two and other numbers than 0 and 1.
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
    if values.ndim == 2 and values.shape[1] > 1:
        answers = seen <= {0.0, 1.0}
    if not answers and values.ndim == 2:
        values, finite = _of_runs(source, name, values), finite.ravel()
    if not answers:
        return [Result(name, "", "", Number(float(one)), place) for place, one in enumerate(values) if finite[place]]
    rows = values if values.ndim == 2 else values[None]
    return [
        Result(name, str(run) if len(rows) > 1 else "", str(example), Number(float(one)), run)
        for run, row in enumerate(rows)
        for example, one in enumerate(row)
        if np.isfinite(one)
    ]


def _of_runs(source: str, name: str, values):
    """The scores `(runs,)` of an array `(runs, 1)`.

    Raises:
        UserError: It has several columns, which may be epochs: they would count as test examples.
    """
    if values.shape[1] == 1:
        return values[:, 0]
    own = f"{source} ({name})" if name not in ("", source) else source
    raise UserError(
        f"{own}: an array (runs, examples) holds 0 and 1 alone; got other numbers in {values.shape}: if its columns "
        "are epochs, give the last one, array[:, -1]; if they are examples, give a table with columns seed, example "
        "and score"
    )


def notes_of_order(source: str, results: list[Result]) -> list[str]:
    """What is assumed where the places of an array say which runs and which examples belong together."""
    runs = [f"{source}: rows are runs, matched by their order"] if any(one.seed for one in results) else []
    examples = [f"{source}: examples are matched by their order"] if any(one.example for one in results) else []
    return runs + examples
