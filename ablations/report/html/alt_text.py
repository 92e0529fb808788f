"""Text alternatives of figures, in a sentence and as a table: made from the numbers that the figure is drawn from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ablations.report.formats import minus
from ablations.study.decimals import amounts, counted, plain, signed
from ablations.study.measures import measure


@dataclass(frozen=True)
class Words:
    """The text alternative of a figure.

    Attributes:
        sentence: What a screen reader reads instead of the drawing.
        columns, rows: The same numbers as a table.
    """

    sentence: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def spoken_interval(ends: Sequence[float] | None, form: Callable[[float], str]) -> str:
    """An interval such as `1.20 to 3.40`; a dash if there is none."""
    return "–" if ends is None else minus(f"{form(ends[0])} to {form(ends[1])}")


def _forest(numbers: dict) -> Words:
    about = measure(numbers["metric"])
    rows: list[tuple[str, ...]] = []
    said = []
    for row in numbers["rows"]:
        pair, mean = f"{row['first']} over {row['second']}", minus(signed(row["difference"], about.unit))
        seeds, images = (spoken_interval(row[over], partial(signed, unit=about.unit)) for over in ("seeds", "images"))
        rows.append((pair, mean, seeds, images, str(row["n"])))
        spread = f", 95% interval {seeds}" if row["seeds"] else ""
        said.append(f"{pair}: {mean}{spread}, {counted(row['n'], 'seeds')}")
    if sizes := sorted({row["effect"] for row in numbers["rows"] if row["effect"] is not None}):
        said.append(f"claimed: {', '.join(f'{size:g}' for size in sizes)} {about.unit}")
    if margins := sorted({row["margin"] for row in numbers["rows"] if row["margin"] is not None}):
        said.append(f"counts as equal: within {amounts(margins, about.unit)}")
    columns = ("comparison", f"difference ({about.unit})", "95% over seeds", "95% over seeds and images", "n")
    return Words(f"Differences in {about.label}, in {about.unit}. {'; '.join(said)}.", columns, rows)


def _accuracy(what: str) -> Callable[[dict], Words]:
    def words(numbers: dict) -> Words:
        rows: list[tuple[str, ...]] = []
        said = []
        for row in sorted(numbers["rows"], key=lambda row: row["count"]):
            count, mean = f"{row['count']:,}", plain(row["mean"])
            rows.append((row["variant"], count, mean, spoken_interval(row["ends"], plain), str(row["n"])))
            said.append(f"{row['variant']}: {count}, {mean}%")
        sentence = f"{what.capitalize()} of the inference network and mean top-1: {'; '.join(said)}."
        return Words(sentence, ("variant", what, "top-1 (%)", "95% over seeds", "n"), rows)

    return words


def _curves(numbers: dict) -> Words:
    said, columns = [], ["epoch"]
    for row in numbers["rows"]:
        first, last = row["validation"][0]["mean"], row["validation"][-1]["mean"]
        said.append(f"{row['label']}: {first:.1f}% to {last:.1f}%, training {row['training'][-1]['mean']:.1f}%")
        columns += [f"{row['label']}, validation", f"{row['label']}, training"]
    epochs = max((row["epochs"] for row in numbers["rows"]), key=len)
    rows = [(str(epoch), *_at(numbers["rows"], place)) for place, epoch in enumerate(epochs)]
    sentence = f"Mean validation top-1 from the first epoch to the last, and training top-1 in it: {'; '.join(said)}."
    return Words(sentence, tuple(columns), rows)


def _at(rows: list[dict], place: int) -> list[str]:
    """Validation and training top-1 of every variant in one epoch; a dash for a variant without that epoch."""
    found = []
    for row in rows:
        for split in ("validation", "training"):
            found.append(f"{row[split][place]['mean']:.1f}" if place < len(row[split]) else "–")
    return found


def _rungs(numbers: dict) -> Words:
    about = measure(numbers["metric"])
    rows: list[tuple[str, ...]] = []
    said = []
    for row in numbers["rows"]:
        mean = minus(signed(row["difference"], about.unit))
        seeds = spoken_interval(row["seeds"], partial(signed, unit=about.unit))
        rows.append((str(row["budget"]), mean, seeds, str(row["n"])))
        said.append(f"{counted(row['budget'], 'epochs')}: {row['words']}")
    columns = ("epochs", f"as claimed ({about.unit})", "95% over seeds", "n")
    return Words(f"The difference over the budget of epochs. {'; '.join(said)}.", columns, rows)


def _ensembles(numbers: dict) -> Words:
    rows: list[tuple[str, ...]] = []
    said = []
    for row in numbers["rows"]:
        paper = "–" if row["paper"] is None else plain(row["paper"])
        rows.append(
            (str(row["models"]), str(row["crops"]), plain(row["mean"]), spoken_interval(row["ends"], plain), paper)
        )
        averaged = f"{counted(row['models'], 'models')} on {counted(row['crops'], 'crops')}"
        said.append(f"{averaged}: {plain(row['mean'])}%, in the paper {paper}")
    columns = (
        "models",
        "crops",
        f"{numbers['metric']} error (%)",
        "95% over images",
        "paper, ImageNet, top-5 error (%)",
    )
    return Words(
        f"{numbers['metric'].capitalize()} error of averaged models and crops. {'; '.join(said)}.", columns, rows
    )


WORDS = {
    "forest": _forest,
    "params": _accuracy("trainable parameters"),
    "macs": _accuracy("multiply-adds"),
    "curves": _curves,
    "rungs": _rungs,
    "ensembles": _ensembles,
}
