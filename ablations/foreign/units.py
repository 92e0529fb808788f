"""In which unit foreign scores are: fractions, percent, or no accuracy at all. A mixture is refused, not guessed."""

from collections.abc import Sequence
from math import inf

from ablations.foreign.names import ANYTHING, MORE, bare, less_is_better
from ablations.foreign.results import Results
from inception_keras.errors import UserError

POINTS = 100  # per 1
SHOWN = 3  # names in a message
MOST = 1e100  # of larger numbers the squares, which a spread is made of, are too large for a float
UNITS = ("points", "units")
ERRORS = {"error", "err", "wer", "cer"}  # of which less is better, and which are shares all the same
SHARES = (MORE - ANYTHING) | ERRORS
NO_SHARE = "{} is no accuracy: differences are in its own unit"
NO_NAME_OF_SHARES = (
    "{} is no accuracy by its name, though all scores are from 0 to 1: differences are in its own unit, not in points; "
    "if it is one, type --unit fraction"
)


def find_unit(files: Sequence[Results], score: str, asked: str, own: bool = False) -> tuple[str, int, list[str]]:
    """The unit of the scores of all files, what they are multiplied with, and the assumptions.

    Args:
        files: The results of each.
        score: The name of the score.
        asked: `fraction`, `percent`, `plain`, or `auto`.
        own: Whether the score is a function of the user's own, of which the name of its module says nothing.

    Raises:
        UserError: Some are fractions and some percent, they are not what was asked, or one is too large.
    """
    _check_sizes(files)
    scores = [result.score for one in files for result in one.results if result.score]
    least, most = min(one.value for one in scores), max(one.value for one in scores)
    signs = {one.percent for one in scores}
    if asked == "plain":
        return UNITS[1], 1, []
    if len(signs) > 1:
        raise UserError("some scores have a percent sign and some have none: give all of them the same unit")
    if asked == "fraction" and not (least >= 0 and most <= 1):
        raise UserError(f"--unit fraction: scores lie from 0 to 1; got {least:g} to {most:g}")
    if asked == "percent" and not (least >= 0 and most <= POINTS):
        raise UserError(f"--unit percent: scores lie from 0 to 100; got {least:g} to {most:g}")
    if asked == "fraction":
        return UNITS[0], POINTS, []
    if asked == "percent" or signs == {True}:
        return UNITS[0], 1, []
    if own:
        return UNITS[1], 1, [NO_SHARE.format(score)]
    if not set(bare(score).split("_")) & SHARES or least < 0 or most > POINTS:
        may_be_share = less_is_better(score) is None and least >= 0 and most <= 1
        return UNITS[1], 1, [NO_NAME_OF_SHARES.format(score) if may_be_share else NO_SHARE.format(score)]
    if most <= 1:
        return UNITS[0], POINTS, [f"{score} is a fraction: all scores are from 0 to 1"]
    if least <= 1:
        raise UserError(
            f"{_mixed(files)}: give all of them the same unit, or type --unit percent, or --unit plain for scores that "
            "are no accuracies"
        )
    return UNITS[0], 1, [f"{score} is in percent: scores are from {least:g} to {most:g}"]


def _check_sizes(files: Sequence[Results]):
    for one in files:
        for result in one.results:
            if result.score and abs(result.score.value) > MOST:
                whose = f" of {result.run}" if result.run else ""
                raise UserError(
                    f"{one.source}: the score {result.score.value:g}{whose} is too large to compute with: scores lie "
                    f"from -{MOST:g} to {MOST:g}; leave that of a run that diverged empty"
                )


def _mixed(files: Sequence[Results]) -> str:
    """Where fractions stand, and where the largest score does."""
    largest: dict[str, float] = {}
    for one in files:
        for result in one.results:
            name = f"{result.run} of {one.source}" if result.run else one.source
            if result.score:
                largest[name] = max(result.score.value, largest.get(name, -inf))
    small = [name for name, value in largest.items() if value <= 1]
    most = max(largest, key=lambda name: largest[name])
    more = f", and {len(small) - SHOWN} more" if len(small) > SHOWN else ""
    where = f"all scores of {', '.join(small[:SHOWN])}{more} are" if small else "some scores are"
    return f"{where} fractions (1 or less), and others are larger (up to {largest[most]:g}, in {most})"
