"""Claims as a study states them before its run; `ablations.evidence.findings` gives what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ablations.study.checks import as_tuple, check_between, check_count, check_type
from ablations.study.decimals import amount
from ablations.study.measures import CLASS, is_own_measure, measure
from ablations.study.own_code import known
from ablations.study.own_measures import check_own_measure
from inception_keras.errors import UserError, unknown

DIRECTIONS = ("better", "worse", "equal")


@dataclass(frozen=True)
class Claim:
    """A claim, its source, and the result that would contradict it.

    Attributes:
        statement: The claim in one sentence.
        source: Where it is published.
        variant: The arm that the claim is about.
        effect: The claimed difference, variant minus baseline, in points; `None` where the source has no number.
        margin: Differences smaller than this, in points, count as none: the study calls the two arms equivalent if it
            can exclude a larger one. `None`: every difference counts.
        metric: `top1` or `top5`, on the test split, or another name that `measures.measure` takes; effect and margin
            are in its unit. A function of one's own, or its name `module:function`, gets the hash of its source.
        direction: Whether the variant is `better`, `worse` or `equal`. By default the sign of the effect decides;
            without an effect it is `better`. Where less is better, as in `overfitting`, a negative effect is better.
        baseline: The arm that the variant is compared with; `None` for the study's baseline.
        refuted_by: The result that would contradict the claim.
    """

    statement: str
    source: str
    variant: str
    effect: float | None = None
    margin: float | None = None
    metric: str = "top1"
    direction: str | None = None
    baseline: str | None = None
    refuted_by: str = ""

    def __post_init__(self):
        _check_texts("a claim", self)
        check_type("variant of a claim", self.variant, str, "the name of a variant, such as 'fc'")
        if self.baseline is not None:
            check_type("baseline of a claim", self.baseline, str, "the name of a variant, such as 'gap'")
        if callable(self.metric) or is_own_measure(self.metric):
            object.__setattr__(self, "metric", known(self.metric, "measure"))
        about = measure(self.metric)
        sign = 1 if about.more_is_better else -1
        least, most = (0.01, 100) if about.unit == "points" else (1e-6, 1e6)
        if self.effect is not None:
            check_between("effect", self.effect, -most, most)
        if self.margin is not None:
            check_between("margin", self.margin, least, most)
        effect = sign * self.effect if self.effect is not None else 1.0
        implied = "better" if effect > 0 else "worse" if effect < 0 else "equal"
        if self.direction is None:
            object.__setattr__(self, "direction", implied)
        if self.direction not in DIRECTIONS:
            raise unknown("direction", self.direction, DIRECTIONS)
        if self.effect is not None and self.direction != implied:
            raise UserError(
                f"a claim of {self.effect:+} {about.unit} says that the variant is {implied}, not {self.direction}"
            )
        if self.direction == "equal" and self.margin is None:
            raise UserError("a claim that two arms are equal needs a margin in points: no study can show exactly 0")

    @property
    def margin_words(self) -> str:
        """The margin with its unit, such as `0.3 points`; ask only of a claim that has one."""
        assert self.margin is not None, "the claim has a margin"
        return amount(self.margin, measure(self.metric).unit)


def check_measures(claims: Sequence[Claim], class_names: Sequence[str]):
    """Checks claimed measures against the classes of the data, before anything trains: a user's own are tried.

    Raises:
        UserError: One is about a class that there is not, fails, or gives no finite number.
    """
    for name in (claim.metric.removeprefix(CLASS) for claim in claims if claim.metric.startswith(CLASS)):
        if name not in class_names:
            raise unknown("class in the metric of a claim", name, class_names)
    for name in dict.fromkeys(claim.metric for claim in claims if is_own_measure(claim.metric)):
        check_own_measure(name, class_names)


METRICS = ("top1", "top5")


class Row(NamedTuple):
    """A number of models, each evaluated on a number of crops per image, the probabilities of all averaged."""

    models: int
    crops: int

    def __str__(self) -> str:
        return f"{self.models} x {self.crops}"


# Top-5 error in percent on ImageNet's validation images: arXiv 1409.4842, Table 3.
PAPER = {
    Row(1, 1): 10.07,
    Row(1, 10): 9.15,
    Row(1, 144): 7.89,
    Row(7, 1): 8.09,
    Row(7, 10): 7.62,
    Row(7, 144): 6.67,
}


@dataclass(frozen=True)
class Ordering:
    """A claim about the order of the errors of rows of models and crops.

    Attributes:
        statement: The claim in one sentence.
        source: Where it is published.
        order: The rows, the greatest error first. Each is compared with the next; Holm's correction covers these tests.
        metric: `top1` or `top5`, on the test images.
        images: How many images of the test split to evaluate, from the first; `None` for all.
        refuted_by: The result that would contradict the claim.
    """

    statement: str
    source: str
    order: tuple[Row, ...] = tuple(sorted(PAPER, key=lambda row: PAPER[row], reverse=True))
    metric: str = "top1"
    images: int | None = None
    refuted_by: str = ""

    def __post_init__(self):
        _check_texts("an ordering", self)
        rows = as_tuple("order", self.order, Row, "Rows, such as (Row(1, 1), Row(7, 1))")
        object.__setattr__(self, "order", rows)
        if self.metric not in METRICS:
            raise unknown("metric of an ordering", self.metric, METRICS)
        if self.images is not None:
            check_count("images", self.images)
        if len(self.order) < 2 or len(set(self.order)) < len(self.order):
            raise UserError(f"an ordering needs at least two different rows; got {self.order}")


def _check_texts(kind: str, stated: Claim | Ordering):
    """Checks the fields of a claim or an ordering that are for readers."""
    for name in ("statement", "source", "refuted_by"):
        check_type(f"{name} of {kind}", getattr(stated, name), str, "text")
