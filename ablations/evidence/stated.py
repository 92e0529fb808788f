"""What a user claims of the arms of foreign results."""

from dataclasses import dataclass

from ablations.foreign.arms import Foreign
from ablations.study import Claim
from ablations.study.checks import check_between
from ablations.study.decimals import amount
from inception_keras.errors import UserError

SOURCE = "the files of results"


@dataclass(frozen=True)
class Stated:
    """What is claimed of every arm beside the baseline; see `ablations.study.claims.Claim`.

    Attributes:
        direction: `better`, `worse` or `equal`.
        effect: The claimed size of the difference, without a sign: the direction says which arm it favours.
        margin: Smaller differences count as none.
    """

    direction: str | None = None
    effect: float | None = None
    margin: float | None = None

    def __post_init__(self):
        if self.effect is not None:
            _check_effect(self.effect, self.direction)
        if self.direction == "equal" and self.margin is None:
            raise UserError(
                "a claim that two arms are equal needs a margin, since no number of runs shows exactly 0: type "
                "--margin X, where smaller differences count as none"
            )

    def sizes(self) -> list[str]:
        """The sizes that were typed, in words."""
        return [f"the {name} {size:g}" for name in ("effect", "margin") if (size := getattr(self, name)) is not None]

    def unit_note(self, foreign: Foreign) -> list[str]:
        """In which unit the sizes are, where a reader may take them for another; else nothing."""
        if not self.sizes():
            return []
        sizes = f"{' and '.join(self.sizes())} {'is' if len(self.sizes()) == 1 else 'are'}"
        if foreign.unit == "points":
            return [f"{sizes} in points, hundredths of a fraction"]
        if all(0 <= score <= 1 for arm in foreign.arms for score in arm.scores.values()):
            return [f"{sizes} in units of {foreign.score}, not in points"]
        return []

    def of(self, foreign: Foreign, metric: str, baseline: str, variant: str) -> Claim:
        """The claim about an arm.

        Raises:
            UserError: It is none.
        """
        direction = self.direction or "better"
        effect = self.effect
        if effect is not None and (direction == "worse") != foreign.less_is_better:
            effect = -effect
        size = "" if self.effect is None else f" by {amount(self.effect, foreign.unit)}"
        words = (
            f"{variant} and {baseline} are equal"
            if direction == "equal"
            else f"{variant} is {direction} than {baseline}"
        )
        return Claim(words + size, SOURCE, variant, effect, self.margin, metric, direction, baseline)


def _check_effect(effect: object, direction: str | None):
    """Raises a UserError unless the size of a difference is a number without a sign."""
    if isinstance(effect, (int, float)) and effect < 0:
        way = f"--claim {direction}" if direction in ("better", "worse") else "--claim worse, or --claim better"
        raise UserError(
            f"--effect is the size of the difference, without a sign; got {effect:g}: type --effect {-effect:g} {way}"
        )
    check_between("effect", effect, 0, 10**6)
