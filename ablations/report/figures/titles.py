"""Titles of figures: what is seen, by rule from the verdict and from the numbers drawn."""

from collections.abc import Callable
from functools import partial
from itertools import pairwise

from ablations.evidence.claimed import favours_variant
from ablations.evidence.findings import Finding
from ablations.evidence.verdict import (
    CONTRADICTED,
    DIRECTION_ONLY,
    EQUIVALENT,
    NOT_JUDGED,
    REPRODUCED,
    UNDECIDED,
    is_real,
)
from ablations.evidence.weighing import Evidence
from ablations.study import Claim
from ablations.study.decimals import counted, plain, signed
from ablations.study.measures import measure

STEADY = 1.0  # points: a variant that gained more at the end of its training is called rising
END = 0.1  # of its epochs: at a rate that falls to 0 the last one alone brings next to nothing, however long the rest
LEAST = 0.05  # points: less than this is 0.0 in a title


def verdict_title(one: Finding) -> str | None:
    """A claim's difference and its verdict: `Pooling better than fc by 2.89 points after 6 epochs: not judged`.

    `None` for an ordering, and for a claim whose arms have no results.
    """
    if one.evidence is None or not isinstance(one.claim, Claim):
        return None
    claim, name = one.claim, one.verdict.name
    if name == EQUIVALENT or (name == REPRODUCED and claim.direction == "equal"):
        if is_real(one.evidence):
            return _sentence(f"{_difference(one.evidence)}, less than {claim.margin_words}")
        first, second = one.evidence.labels
        return _sentence(f"{first} and {second} are equal within {claim.margin_words}")
    ending = {
        REPRODUCED: ", as claimed",
        DIRECTION_ONLY: "" if claim.effect is None else f", where {abs(claim.effect):g} was claimed",
        CONTRADICTED: ", against the claim",
        UNDECIDED: ": undecided",
        NOT_JUDGED: f" after {counted(one.records[0].recipe['epochs'], 'epochs')}: not judged",
    }[name]
    return _sentence(_difference(one.evidence) + ending)


def _forest_title(numbers: dict, one: Finding | None, caveat: str) -> str:
    """The verdict on the primary claim; without one the measure of the differences."""
    seen = (verdict_title(one) if one else None) or f"Difference in {measure(numbers['metric']).label}"
    return _with_caveat(seen, caveat)


def _accuracy_title(numbers: dict, one: Finding | None, caveat: str, what: str) -> str:
    """The variant with the highest accuracy and its cost; two where the second is inside the interval of the first.

    With a caveat none is the highest: a network that guesses says nothing of its variant.
    """
    if caveat:
        return _with_caveat(f"Top-1 over {what}", caveat)
    rows = sorted(numbers["rows"], key=lambda row: -row["mean"])
    best, second = rows[0], rows[1]
    counts = [row["count"] for row in rows]
    if best["ends"] and second["mean"] >= best["ends"][0]:
        return f"Highest top-1: {best['label']}, level with {second['label']}"
    if best["count"] == min(counts):
        return f"Highest top-1: {best['label']}, with the fewest {what}"
    times = f"{best['count'] / min(counts):.3g}"
    more = f"hardly more {what} than" if times == "1" else f"{times} times the {what} of"
    return f"Highest top-1: {best['label']}, with {more} the smallest variant"


def _curves_title(numbers: dict, one: Finding | None, caveat: str) -> str:
    """How much validation accuracy the last tenth of the epochs brought: the rungs say whether more would help."""
    return _with_caveat(_gained(numbers), caveat)


def _gained(numbers: dict) -> str:
    gain, epochs, label = max(_at_the_end(row) for row in numbers["rows"])
    when = "in the last epoch" if epochs == 1 else f"in the last {epochs} epochs"
    if gain < LEAST:
        return f"No variant gained {when}"
    if gain < STEADY:
        return f"No variant gained more than {gain:.1f} points {when}"
    if len(numbers["rows"]) == 1:
        return _sentence(f"{label} gained {gain:.1f} points {when}")
    return _sentence(f"{label} gained the most {when}, {gain:.1f} points")


def _at_the_end(row: dict) -> tuple[float, int, str]:
    """What the last tenth of a variant's epochs brought, in points; how many these are, at least one; its label."""
    means = [epoch["mean"] for epoch in row["validation"]]
    epochs = max(1, round(END * len(means)))
    return means[-1] - means[-1 - epochs], epochs, row["label"]


def _rungs_title(numbers: dict, one: Finding | None, caveat: str) -> str:
    """The arms, their difference at the shortest and at the longest budget, and the verdict."""
    rows, unit = numbers["rows"], measure(numbers["metric"]).unit
    seen = [f"{signed(row['difference'], unit)} at {counted(row['budget'], 'epochs')}" for row in (rows[0], rows[-1])]
    verdict = f": {one.verdict.name}" if one else ""
    arms = f"{rows[-1]['first']} against {rows[-1]['second']}"
    return _sentence(f"{arms}: {seen[0].replace(' ', f' {unit} ', 1)}, {seen[1]}{verdict}")


def _ensembles_title(numbers: dict, one: Finding | None, caveat: str) -> str:
    """How many rows lower the error, and the verdict on the order."""
    means = [row["mean"] for row in numbers["rows"]]
    lower = sum(after < before for before, after in pairwise(means))
    verdict = f": {one.verdict.name}" if one else ""
    return f"{lower} of {len(means) - 1} steps lower the error{verdict}"


def parameters_title(rows: list[dict]) -> str:
    """The greatest share of a published network's parameters that its fully connected layers hold."""
    shares = {row["label"]: 1 - row["parts"]["convolutions"] / sum(row["parts"].values()) for row in rows[::2]}
    low, high = (f"{100 * share:.0f}" for share in (min(shares.values()), max(shares.values())))
    of = f"{low} to {high}%" if low != high else f"{high}%"
    return f"Fully connected layers hold {of} of a network's parameters"


def _difference(one: Evidence) -> str:
    """Which arm is better than which, and by how much, with the unit: a figure may have a row for other arms."""
    about = measure(one.metric)
    better, worse = reversed(one.labels) if favours_variant(one) else one.labels
    return f"{better} {about.gains} than {worse} by {plain(abs(one.found.difference), about.unit)} {about.unit}"


def _with_caveat(seen: str, caveat: str) -> str:
    return f"{seen}. {_sentence(caveat)}" if caveat else seen


def _sentence(text: str) -> str:
    """Text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


TITLES: dict[str, Callable[[dict, Finding | None, str], str]] = {
    "forest": _forest_title,
    "params": partial(_accuracy_title, what="trainable parameters"),
    "macs": partial(_accuracy_title, what="multiply-adds"),
    "curves": _curves_title,
    "rungs": _rungs_title,
    "ensembles": _ensembles_title,
}
