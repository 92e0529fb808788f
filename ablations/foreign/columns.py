"""What the columns of a foreign table mean: which is the run, the seed, the example, the score."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ablations.foreign.asked import Asked, column
from ablations.foreign.cells import is_missing, key, number
from ablations.foreign.measures import CALIBRATION
from ablations.foreign.settings import without_settings
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

# Names as `bare` gives them.
GROUPS = ("arm", "variant", "model", "method", "system", "algorithm", "run", "group")
NAMES = ("name", "run_name", "mlflow_runname")  # of single runs, in exports of W&B and MLflow
SEEDS = ("seed", "random_seed", "random_state", "run_seed", "replicate", "repeat", "fold")
EXAMPLES = ("example", "example_id", "doc_id", "sample_id", "question_id", "image", "image_id", "filename", "qid")
PLACES = ("", "index", "idx", "id", "line")  # of rows: neither scores nor arms
PANDAS = re.compile(r"(index_level|unnamed)_\d+(_\d+)*")  # places of rows, as pandas names them in a file
EPOCHS = ("epoch", "step", "global_step", "iteration", "iter")  # nor are these arms
LENGTHS = ("epochs", "steps")  # of runs
PREDICTIONS, LABELS = ("prediction", "predicted", "pred"), ("label", "target", "truth", "gold")
CONFIDENCES = ("confidence", "probability", "prob")  # of the predictions
CORRECT = ("correct", "is_correct", "right", "hit")
MORE = {
    "accuracy",
    "acc",
    "top1",
    "top5",
    "acc1",
    "acc5",
    "correct",
    "right",
    "hit",
    "f1",
    "score",
    "exact",
    "em",
    "auc",
    "value",
    "map",
}
LESS = {"loss", "error", "err", "nll", "perplexity", "ppl", "rmse", "mse", "mae", "wer", "cer", "bpb"}
ANYTHING = {"value"}  # which may be of anything, so that nothing says what is better
NEGATED = {"neg", "negative", "negated"}  # scikit-learn negates a loss, so that more of it is better
CHANGES = {  # of a score: a drop that is larger is worse, a gain is better, and of others nobody knows
    "change",
    "decrease",
    "degradation",
    "delta",
    "diff",
    "difference",
    "drop",
    "gain",
    "gap",
    "improvement",
    "increase",
    "reduction",
}
SPREADS = {"stderr", "std", "sd", "min", "max", "var"}  # beside a score, and none themselves


@dataclass(frozen=True)
class Roles:
    """The columns of a table by their meaning.

    Attributes:
        run, seed, example: Column names; `None` if the table has no such column.
        scores: The column of scores; or one column per arm, if `wide`.
        answer: The columns of prediction and label, whose equality is the score; else `None`.
        confidence: The column of the predictions' probabilities, if the measure needs it.
        wide: Whether each column of `scores` is an arm.
        settings: Columns of one number in every row, which are taken as no arms.
    """

    run: str | None
    seed: str | None
    example: str | None
    scores: tuple[str, ...]
    answer: tuple[str, str] | None = None
    confidence: str | None = None
    wide: bool = False
    settings: tuple[str, ...] = ()


def bare(name: str) -> str:
    """A column's name without the prefixes of MLflow and W&B, in lower case, words joined by `_`.

    `top-1` is one word, as `top1` is.

    >>> bare("metrics.Test Acc"), bare("tags.mlflow.runName"), bare("Top-1 error")
    ('test_acc', 'mlflow_runname', 'top1_error')
    """
    name = re.sub(r"^(metrics|params|tags|summary|config)[./]", "", name.strip().lower())
    name = re.sub(r"[^a-z0-9]+", "_", name).strip("_")
    return re.sub(r"(?<![a-z0-9])top_(?=\d)", "top", name)


def less_is_better(name: str) -> bool | None:
    """Whether the name of a column of scores says that a lower one is better; `None` if it says nothing.

    A negated accuracy may as well be one of negative examples, and says nothing.

    >>> less_is_better("val_loss"), less_is_better("Test Acc"), less_is_better("latency_ms")
    (True, False, None)
    >>> less_is_better("test_neg_log_loss"), less_is_better("accuracy_drop"), less_is_better("negative_acc")
    (False, None, None)
    """
    words = set(bare(name).split("_"))
    if words & CHANGES:
        return None
    if words & NEGATED:
        return False if is_negated(name) else None
    return True if words & LESS else False if words & (MORE - ANYTHING) else None


def is_negated(name: str) -> bool:
    """Whether a name says that a loss is negated; in `loss_neg` it is rather that of negative examples.

    >>> is_negated("neg_mean_squared_error"), is_negated("loss_neg"), is_negated("loss")
    (True, False, False)
    """
    words = bare(name).split("_")
    places = [place for place, word in enumerate(words) if word in NEGATED]
    return any(set(words[place + 1 :]) & LESS for place in places) and not set(words) & CHANGES


def name_of_arms(columns: Sequence[str]) -> str:
    """What columns that are an arm each are scores of: the measure that all their names have, else `score`.

    >>> name_of_arms(["loss_a", "loss_b"]), name_of_arms(["baseline", "wider"]), name_of_arms(["neg_loss"] * 2)
    ('loss', 'score', 'neg_loss')
    """
    common = set.intersection(*(set(bare(name).split("_")) for name in columns))
    measure = min(common & LESS or common & (MORE - ANYTHING), default="")
    parts = [word for word in bare(columns[0]).split("_") if word == measure or word in common & (NEGATED | CHANGES)]
    return "_".join(parts) if measure else "score"


def find_roles(table: Table, asked: Asked) -> Roles:
    """The meaning of a table's columns, by what was asked, else by their names.

    Raises:
        UserError: It can't be told, or a column that was asked for is not there.
    """
    run = _asked(table, asked.run) or _run(table)
    seed = _asked(table, asked.seed) or _first(table, SEEDS)
    example = _asked(table, asked.example) or _first(table, EXAMPLES)
    if run and not seed and not asked.run and _is_counted(table, run):
        run, seed = None, run
    taken = {run, seed, example}
    if asked.arms:
        arms = tuple(column(table, name) for name in asked.arms)
        return Roles(None, seed, example, arms, wide=True)
    if asked.score:
        return Roles(run, seed, example, (column(table, asked.score),))
    prediction, label = _first(table, PREDICTIONS), _first(table, LABELS)
    if asked.measure != "accuracy":
        if not prediction or not label:
            raise UserError(f"--measure {asked.measure} needs columns of label and prediction in {table.source}")
        confidence = _first(table, CONFIDENCES)
        if asked.measure == CALIBRATION and not confidence:
            raise UserError(f"--measure {asked.measure} needs a column of confidence in {table.source}")
        return Roles(run, seed, example, (prediction,), (prediction, label), confidence)
    numeric = [name for name in table.columns if name not in taken and _is_numeric(table, name)]
    named = [name for name in numeric if _is_score(name)]
    if len(named) > 1:
        raise UserError(
            f"{table.source} has several columns of scores ({', '.join(named)}): type --score {named[0]}, or "
            f"--arms {','.join(named)} if each is an arm"
        )
    if named:
        return Roles(run, seed, example, (named[0],))
    if prediction and label:
        return Roles(run, seed, example, (prediction,), (prediction, label))
    others = [name for name in numeric if not is_beside(name)]
    if not others:
        raise UserError(
            f"{table.source} has no column of numbers besides keys: name the one of the scores with --score"
        )
    if len(others) == 1:
        return Roles(run, seed, example, (others[0],))
    if run:
        raise UserError(f"{table.source}: which of {', '.join(others)} is the score? Type --score {others[0]}")
    arms = without_settings(table, others)
    return Roles(None, seed, example, arms, wide=True, settings=tuple(name for name in others if name not in arms))


def is_beside(name: str) -> bool:
    """Whether a column of numbers says where a row stands, or how long its run was."""
    return bare(name) in (*PLACES, *EPOCHS, *LENGTHS) or bool(PANDAS.fullmatch(bare(name)))


def _asked(table: Table, name: str | None) -> str | None:
    return None if name is None else column(table, name)


def _first(table: Table, names: tuple[str, ...]) -> str | None:
    """The column with the first of the names that the table has."""
    own = {bare(name): name for name in reversed(table.columns)}
    return next((own[name] for name in names if name in own), None)


def _run(table: Table) -> str | None:
    """The column that says whose score it is: one of groups of runs rather than of single runs."""
    filled = {bare(name): name for name in reversed(table.columns) if _is_filled(table, name)}
    groups = [filled[name] for name in GROUPS if name in filled and not _is_measured(table, filled[name])]
    varying = [name for name in groups if len({str(cells[name]) for _, cells in table.rows}) > 1]
    if len(varying) > 1:
        raise UserError(f"{table.source}: which of {', '.join(varying)} names the arm? Type --run {varying[0]}")
    named = [filled[name] for name in NAMES if name in filled]
    return next(iter([*varying, *groups, *named]), None)


def _is_filled(table: Table, name: str) -> bool:
    return not any(is_missing(cells[name]) for _, cells in table.rows)


def _is_measured(table: Table, name: str) -> bool:
    """Whether a column holds fractional numbers: an arm that is called `model`, not the names of models."""
    found = [number(cells[name], table.decimal_comma) for _, cells in table.rows]
    return all(found) and any(one is not None and one.value != int(one.value) for one in found)


def _is_counted(table: Table, name: str) -> bool:
    """Whether a column holds whole numbers: runs 0 to 7 are seeds, and no names of arms."""
    return all(re.fullmatch(r"\d+", key(cells[name], "", "", table.decimal_comma)) for _, cells in table.rows)


def _is_numeric(table: Table, name: str) -> bool:
    """Whether a column is one of numbers: of one that has a text among them, the text is the mistake."""
    cells = [row[name] for _, row in table.rows if not is_missing(row[name])]
    count = sum(number(cell, table.decimal_comma) is not None for cell in cells)
    return count > 0 and len(cells) <= 2 * count


def _is_score(name: str) -> bool:
    words = set(bare(name).split("_"))
    return bool(words & (MORE | LESS)) and not words & SPREADS
