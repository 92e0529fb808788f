"""The figure of ensembles: the error of each row of models and crops, beside the paper's."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ablations.report.figures.frame import frame, made_of, padded
from ablations.report.figures.labels import text_width
from ablations.report.figures.look import OVER_SEEDS, POINT, RED, TEXT, WIDTH, Style
from ablations.report.formats import minus

PAPER: Style = {**POINT, "mec": RED, "marker": "s"}
ROW = 0.3  # inches


def draw_ensembles(numbers: dict, width: float = WIDTH) -> Figure:
    """One row per number of models and crops, the first on top: here, and at the right in the paper.

    In a narrow figure the paper's plot is below.
    """
    rows, narrow = numbers["rows"], width < WIDTH
    rows_of_paper = [row for row in rows if row["paper"] is not None]
    labels = [_label(row) for row in rows]
    keys = [
        Line2D([], [], **POINT, label="here: mean over the draws of a row"),
        Line2D([], [], **OVER_SEEDS, label="95% interval over test images"),
    ]
    keys += [Line2D([], [], **PAPER, label="the paper, ImageNet")] if rows_of_paper else []
    panels = 2 if rows_of_paper else 1
    figure, plots = frame(
        numbers["title"],
        f"{made_of(numbers)} Error of averaged models and crops. The claim: each row has a lower error than the one "
        "above it.",
        keys,
        width,
        body=0.2 + ROW * len(rows),
        left=0.25 + max(map(text_width, labels)),
        panels=(panels, 1) if narrow else (1, panels),
        between=(0.6, 0.35),
    )
    for place, axes in enumerate(plots):
        axes.set_ylim(len(rows) - 0.5, -0.5)
        shared = place > 0 and not narrow
        axes.set_yticks(range(len(rows)), [""] * len(rows) if shared else labels)
    _draw_ours(plots[0], rows, f"{numbers['metric']} error here (%)")
    if rows_of_paper:
        _draw_papers(plots[1], rows)
    return figure


def _draw_ours(axes: Axes, rows: list[dict], label: str):
    for place, row in enumerate(rows):
        axes.plot(row["ends"], [place] * 2, **OVER_SEEDS)
        axes.plot(row["mean"], place, **POINT)
    _scale(axes, [end for row in rows for end in row["ends"]], label)
    _write_values(axes, [(place, row["ends"][1], row["mean"]) for place, row in enumerate(rows)])


def _draw_papers(axes: Axes, rows: list[dict]):
    known = [(place, row["paper"]) for place, row in enumerate(rows) if row["paper"] is not None]
    for place, value in known:
        axes.plot(value, place, **PAPER)
    _scale(axes, [value for _, value in known], "top-5 error in the paper (%)")
    _write_values(axes, [(place, value, value) for place, value in known])


def _scale(axes: Axes, values: list[float], label: str):
    low, high = padded(values, 0.1)
    axes.set_xlim(low, high + 0.25 * (high - low))  # room for the value at the right of its point
    axes.set_xlabel(label)


def _write_values(axes: Axes, values: list[tuple[int, float, float]]):
    for place, end, value in values:
        at: Style = {"textcoords": "offset points", "va": "center", "size": TEXT}
        axes.annotate(minus(f"{value:.2f}"), (end, place), (6, 0), **at)


def _label(row: dict) -> str:
    models, crops = (f"{count}\N{NO-BREAK SPACE}{unit}{'s' * (count > 1)}" for count, unit in _counts(row))
    return f"{models}, {crops}"


def _counts(row: dict) -> tuple[tuple[int, str], tuple[int, str]]:
    return (row["models"], "model"), (row["crops"], "crop")
