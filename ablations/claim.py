"""A claim as a study states it before its run; what became of it is found in `claims.py`."""

from dataclasses import dataclass

from ablations.checks import check_between
from ablations.measures import measure
from inception_keras.errors import UserError, unknown

DIRECTIONS = ("better", "worse", "equal")


@dataclass(frozen=True)
class Claim:
    """What is said, by whom, and how the study would show it wrong.

    Attributes:
        statement: The claim in one sentence.
        source: Where it is from.
        variant: The arm that the claim is about.
        effect: The claimed difference, variant minus baseline, in points; `None` where the source has no number.
        margin: Differences smaller than this, in points, count as none: the study calls the two arms equivalent when
            it can exclude a larger one. `None`: every difference counts.
        metric: `top1` or `top5`, on the test split, or another name that `measures.measure` takes; effect and margin
            are in its unit.
        direction: The variant is `better`, `worse` or `equal`; left out, as the sign of the effect says, or `better`.
            Of a measure such as `overfitting`, of which less is better, a negative effect is better.
        baseline: The arm that the variant is compared with; `None` for the study's baseline.
        refuted_by: What result would contradict it.
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
        sign = 1 if measure(self.metric).more_is_better else -1
        for name in ("effect", "margin"):
            if getattr(self, name) is not None:
                check_between(name, getattr(self, name), 0.01 if name == "margin" else -100, 100)
        effect = sign * self.effect if self.effect is not None else 1.0
        implied = "better" if effect > 0 else "worse" if effect < 0 else "equal"
        if self.direction is None:
            object.__setattr__(self, "direction", implied)
        if self.direction not in DIRECTIONS:
            raise unknown("direction", self.direction, DIRECTIONS)
        if self.effect is not None and self.direction != implied:
            raise UserError(
                f"a claim of {self.effect:+} {measure(self.metric).unit} says that the variant is {implied}, not "
                f"{self.direction}"
            )
        if self.direction == "equal" and self.margin is None:
            raise UserError("a claim that two arms are equal needs a margin in points: no study can show a zero")
