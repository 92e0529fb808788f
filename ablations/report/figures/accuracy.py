"""The figures of accuracy over a cost, parameters or multiply-adds: one point per variant, at its values."""

import math
import textwrap
from functools import partial

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from ablations.report.figures.frame import fitted, frame, made_of, padded, percent
from ablations.report.figures.labels import place_labels, text_width
from ablations.report.figures.look import GREY, INCH, WIDTH, Style, look, short, with_n

MOST_LABELS = 8  # of more, some are so far from their points that their lines cross
BODY = 3.0  # inches
LABEL = 26  # letters in a line of a label


def draw_accuracy(numbers: dict, what: str, width: float = WIDTH) -> Figure:
    """One point per variant, labelled in the plot where there is room for all labels, else in a legend below it."""
    rows = numbers["rows"]
    if len(rows) <= MOST_LABELS:
        figure, axes = _plot(numbers, what, width, [])
        if _draw_labels(axes, rows):
            return figure
    keys = [Line2D([], [], **look(row), ls="", label=f"{_name(row)}, {short(row['count'])}") for row in rows]
    return _plot(numbers, what, width, keys)[0]


draw_params = partial(draw_accuracy, what="trainable parameters")
draw_macs = partial(draw_accuracy, what="multiply-adds")


def _plot(numbers: dict, what: str, width: float, keys: list) -> tuple[Figure, Axes]:
    rows = numbers["rows"]
    bars = "; bars: 95% interval over seeds" if any(row["ends"] for row in rows) else ""
    caption = f"{made_of(numbers)} Test split, mean over n seeds{bars}."
    figure, (axes,) = frame(numbers["title"], caption, keys, width, body=BODY)
    _scale_counts(axes, [row["count"] for row in rows])
    axes.set_xlabel(fitted(f"{what} of the inference network (logarithmic)", width))
    axes.set_ylabel("top-1 (%)")
    axes.set_ylim(*percent(padded([end for row in rows for end in row["ends"] or [row["mean"]]], 0.15)))
    for row in rows:
        style = look(row)
        axes.plot([row["count"]] * 2, row["ends"] or [row["mean"]] * 2, color=style["color"], lw=1.2)
        axes.plot(row["count"], row["mean"], clip_on=False, **{**style, "ms": 6})
    return figure, axes


def _scale_counts(axes: Axes, counts: list[int]):
    """Makes the x axis logarithmic, with ticks at round numbers even if the counts are close together."""
    room = max(1.25, (max(counts) / min(counts)) ** 0.2)
    low, high = min(counts) / room, max(counts) * room
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    ticks = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    if high / low < 5:
        ticks = list(MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high))
    ticks = [tick for tick in ticks if low <= tick <= high]
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    axes.set_xticks(_legible(axes, ticks), minor=False)
    axes.set_xticklabels([short(tick) for tick in axes.get_xticks()])
    axes.set_xticks([], minor=True)


def _legible(axes: Axes, ticks: list[float]) -> list[float]:
    """The ticks whose labels do not touch the one before."""
    kept: list[float] = []
    end = -math.inf
    for tick in ticks:
        centre, reach = axes.transData.transform((tick, 0))[0], INCH * text_width(short(tick)) / 2
        if centre - reach > end + 4:
            kept.append(tick)
            end = centre + reach
    return kept


def _draw_labels(axes: Axes, rows: list[dict]) -> bool:
    """Labels the points; returns whether there was room for all labels, and draws none if not."""
    to_page = axes.transData.transform
    spots = [to_page((row["count"], row["mean"])).tolist() for row in rows]
    bars = []
    for row, (x, y) in zip(rows, spots, strict=True):
        (_, low), (_, high) = (to_page((row["count"], end)) for end in row["ends"] or [row["mean"]] * 2)
        bars.append(Bbox.from_extents(x - 4, min(low, y - 4), x + 4, max(high, y + 4)))
    labels = [_beside(row) for row in rows]
    places = place_labels(labels, spots, bars, axes.bbox)
    for label, spot, (x, y, far) in zip(labels, spots, places or [], strict=bool(places)):
        line: Style = {"arrowprops": {"arrowstyle": "-", "color": GREY, "lw": 0.5, "shrinkB": 4}} if far else {}
        axes.annotate(label, spot, (x, y), "figure points", **line)
    return places is not None


def _beside(row: dict) -> str:
    """The label beside a point, in short lines, which find room where a long one would not."""
    return f"{textwrap.fill(_name(row), LABEL, break_long_words=False)}\n{short(row['count'])}"


def _name(row: dict) -> str:
    return with_n(row["label"], row["n"])
