"""The figure of learning curves: in one plot up to six variants, of more each in a plot of its own."""

import math
import textwrap

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ablations.report.figures.frame import frame, made_of, padded, percent
from ablations.report.figures.labels import apart, text_width
from ablations.report.figures.look import BAND, GREY, PALE, TEXT, WIDTH, Style, look, with_n

TOGETHER = 6  # more curves in one plot can't be told apart
MARKS = 16  # on a curve: with one per epoch a long training is a band of them
FEW = 5  # on the dashed curve of a variant, which is thin, to tell whose it is
NAME = 1.6  # inches, the room for the name of a curve beside its end
BODY, PANEL = 3.0, 1.05  # inches, the height of a plot
PANELS = {True: 2, False: 3}  # plots side by side in a narrow figure, in a wide one
LEFT, RIGHT, BETWEEN = 0.55, 0.25, 0.22  # inches beside and between them
BEHIND = "#CCCCCC"  # the other variants in each small plot
ABOUT = (
    "Means over n seeds. Solid: the validation split, after each epoch. Dashed: the training images, over each epoch "
    "while it is learnt."
)


def draw_curves(numbers: dict, width: float = WIDTH) -> Figure:
    """Validation and training top-1 over the epochs."""
    many = len(numbers["rows"]) > TOGETHER
    figure = _draw_panels(numbers, width) if many else _draw_together(numbers, width)
    for axes in figure.axes:
        axes.xaxis.set_major_locator(MaxNLocator(4 if many else "auto", integer=True, min_n_ticks=1))
    return figure


def _draw_together(numbers: dict, width: float) -> Figure:
    """All variants in one plot, named at the ends of their curves; in a narrow figure in a legend."""
    rows, narrow = numbers["rows"], width < WIDTH
    names = [with_n(row["label"], row["n"]) if narrow else _name(row, NAME) for row in rows]
    keys: list[Artist] = []
    if narrow:
        keys = [Line2D([], [], **look(row), label=name) for row, name in zip(rows, names, strict=True)]
    keys += _keys(rows, "same colours and marks")
    right = 0.25 if narrow else 0.4 + max(map(text_width, names))
    figure, (axes,) = frame(numbers["title"], f"{made_of(numbers)} {ABOUT}", keys, width, body=BODY, right=right)
    for row in rows:
        _draw_curve(axes, row)
    axes.set_ylim(*_limits(rows))
    axes.set_xlabel("epoch")
    axes.set_ylabel("top-1 (%)")
    if not narrow:
        _name_ends(axes, rows, names)
    return figure


def _draw_panels(numbers: dict, width: float) -> Figure:
    """Each variant in its own plot, with the validation curves of the others behind it; all plots share their axes."""
    rows, narrow = numbers["rows"], width < WIDTH
    columns = PANELS[narrow]
    names = [_name(row, (width - LEFT - RIGHT - (columns - 1) * BETWEEN) / columns) for row in rows]
    line = 0.13 * (max(name.count("\n") for name in names) + 1)
    figure, plots = frame(
        numbers["title"],
        f"{made_of(numbers)} {ABOUT} Grey: the other variants.",
        _keys(rows, "same colour"),
        width,
        body=PANEL,
        left=LEFT,
        right=RIGHT,
        panels=(math.ceil(len(rows) / columns), columns),
        between=(0.15 + line, BETWEEN),
        over=line,
    )
    limits, behind = _limits(rows), _line_of_all(rows)
    for place, axes in enumerate(plots):
        if place >= len(rows):
            axes.remove()
            continue
        axes.plot(*behind, color=BEHIND, lw=0.7, zorder=1)
        _draw_curve(axes, rows[place])
        axes.set_title(names[place], size=TEXT, loc="left", pad=3)
        axes.set_ylim(*limits)
        lowest, first = place + columns >= len(rows), place % columns == 0
        axes.tick_params(labelbottom=lowest, labelleft=first)
        axes.set_xlabel("epoch" if lowest else "")
        axes.set_ylabel("top-1 (%)" if first else "")
    return figure


def _name(row: dict, width: float) -> str:
    """The label of a variant with its n, in lines that fit in so many inches."""
    return textwrap.fill(with_n(row["label"], row["n"]), int(width / text_width("0")), break_long_words=False)


def _line_of_all(rows: list[dict]) -> tuple[list[float], list[float]]:
    """The validation curves of all variants as a single line with gaps, which is drawn quickly."""
    xs, ys = [], []
    for row in rows:
        xs += [*row["epochs"], math.nan]
        ys += [*_means(row, "validation"), math.nan]
    return xs, ys


def _draw_curve(axes: Axes, row: dict):
    style, epochs = look(row), row["epochs"]
    if all(epoch["ends"] for epoch in row["validation"]):
        low, high = zip(*(epoch["ends"] for epoch in row["validation"]), strict=True)
        axes.fill_between(epochs, low, high, color=style["color"], **BAND)
    few = {**style, "ms": 2.5, "lw": 0.9, "ls": "--", "markevery": math.ceil(len(epochs) / FEW)}
    axes.plot(epochs, _means(row, "training"), clip_on=False, **few)
    axes.plot(epochs, _means(row, "validation"), clip_on=False, markevery=math.ceil(len(epochs) / MARKS), **style)


def _name_ends(axes: Axes, rows: list[dict], names: list[str]):
    """Writes mark and name of each variant beside the end of its curve, moved up or down where two would meet."""
    to_page, to_data = axes.transData.transform, axes.transData.inverted().transform
    ends = [to_page((row["epochs"][-1], row["validation"][-1]["mean"])) for row in rows]
    gap = 1.35 * TEXT * (1 + max(name.count("\n") for name in names))
    heights = apart([y for _, y in ends], gap)
    too_high = max(0.0, max(heights) + gap / 2 - axes.bbox.y1)  # where all curves end at the top
    too_low = max(0.0, axes.bbox.y0 - min(heights) + gap / 2)
    right = axes.bbox.x1 + 8
    for row, name, height in zip(rows, names, heights, strict=True):
        x, y = to_data((right, height - too_high + too_low))
        axes.figure.add_artist(Line2D([x], [y], transform=axes.transData, **look(row)))
        at: Style = {"textcoords": "offset points", "va": "center", "annotation_clip": False}
        axes.annotate(name, (x, y), (7, 0), color=look(row)["color"], **at)


def _limits(rows: list[dict]) -> tuple[float, float]:
    """Limits of the y axis with room for every marker and every interval."""
    shown = [epoch["mean"] for row in rows for split in ("validation", "training") for epoch in row[split]]
    shown += [end for row in rows for epoch in row["validation"] for end in epoch["ends"] or []]
    return percent(padded(shown, 0.05))


def _means(row: dict, split: str) -> list[float]:
    return [epoch["mean"] for epoch in row[split]]


def _keys(rows: list[dict], colours: str) -> list[Artist]:
    keys: list[Artist] = [Line2D([], [], color=GREY, lw=0.9, ls="--", label=f"training, {colours}")]
    if any(epoch["ends"] for row in rows for epoch in row["validation"]):
        keys.append(Patch(color=PALE, label="95% interval over seeds"))
    return keys
