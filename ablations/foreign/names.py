"""What the names of columns say, without a look at the cells."""

import re
from collections.abc import Sequence

# Names as `bare` gives them.
GROUPS = ("arm", "variant", "model", "method", "system", "algorithm", "run", "group")
NAMES = ("name", "run_name", "mlflow_runname")  # of single runs, in exports of W&B and MLflow
SEEDS = ("seed", "random_seed", "random_state", "run_seed", "rng", "rng_seed")
REPEATS = ("replicate", "repeat", "replication", "rep")
FOLDS = ("fold", "cv_fold", "fold_id", "cv", "split")
KEYS = (*SEEDS, *REPEATS, *FOLDS)  # of runs
# only if they hold whole numbers: they are names of arms and of parts too
COUNTED = ("rng", "replication", "rep", "cv", "split")
EXAMPLES = ("example", "example_id", "doc_id", "sample_id", "question_id", "image", "image_id", "filename", "qid")
COUNTS = ("n", "count", *(much + things for things in ("runs", "seeds", "trials") for much in ("", "n_", "num_")))
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
CHANGES = {  # of a score: whether more is better depends on what was taken from what
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
SETTING = re.compile(  # of a score, at the end of a name: `loss_weight` and `acc_target`, not `acc_threshold_50`
    r"_(weights?|scale|scaling|alpha|beta|gamma|lambda|coefs?|coeff|coefficients?|factor|smoothing|temperature)(_\d+)?$"
    r"|_(threshold|target|tolerance|tol|patience|margin|clip|fn|function|type|kind|name)$"
)


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


def is_beside(name: str) -> bool:
    """Whether a column of numbers says where a row stands, or how long its run was."""
    return bare(name) in (*PLACES, *EPOCHS, *LENGTHS) or bool(PANDAS.fullmatch(bare(name)))


def is_score(name: str) -> bool:
    """Whether a column is one of scores by its name."""
    words = set(bare(name).split("_"))
    return bool(words & (MORE | LESS)) and not words & SPREADS and not is_setting(name)


def is_setting(name: str) -> bool:
    """Whether a name says a setting of a score: it has the score's name before a word such as weight.

    >>> is_setting("loss_weight"), is_setting("weight_loss"), is_setting("acc_threshold_50"), is_setting("loss alpha 2")
    (True, False, False, True)
    """
    found = SETTING.search(bare(name))
    return bool(found and set(bare(name)[: found.start()].split("_")) & (MORE | LESS))
