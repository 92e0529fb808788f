"""The claim about ensembles: that more models and more crops are better, in the order of the paper's table."""

from dataclasses import dataclass
from typing import NamedTuple

from ablations.checks import check_count
from inception_keras.errors import UserError, unknown

METRICS = ("top1", "top5")


class Row(NamedTuple):
    """So many models, each evaluated on so many crops of an image, all their probabilities averaged."""

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
    """A claim that rows of models and crops stand in an order.

    Attributes:
        statement: The claim in one sentence.
        source: Where it is from.
        order: The rows, the greatest error first. Each is compared with the next; Holm's correction is over these.
        metric: `top1` or `top5`, on the test images.
        images: The first so many images of the test split are evaluated; `None`: all.
        refuted_by: What result would contradict it.
    """

    statement: str
    source: str
    order: tuple[Row, ...] = tuple(sorted(PAPER, key=lambda row: PAPER[row], reverse=True))
    metric: str = "top1"
    images: int | None = None
    refuted_by: str = ""

    def __post_init__(self):
        if self.metric not in METRICS:
            raise unknown("metric of an ordering", self.metric, METRICS)
        if self.images is not None:
            check_count("images", self.images)
        if len(self.order) < 2 or len(set(self.order)) < len(self.order):
            raise UserError(f"an ordering has two different rows or more; got {self.order}")
