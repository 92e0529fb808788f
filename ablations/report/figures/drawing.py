"""Draws Matplotlib figures from plain numbers: as wide as a page, safe for colour-blind readers, without overlaps.

Lengths of figures are in inches; sizes of text and positions of points and labels are in points.
"""

import math
import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from ablations.report.figures.labels import INCH, TEXT, place_labels, side_by_side, text_width
from ablations.report.formats import minus
from ablations.study.measures import POINTS, measure

WIDTH = 6.5  # inches, as wide as the text of a page
NARROW = 3.5  # inches, for a phone
LABELS = 8  # up to this many points are labelled in the plot, more in a legend below it
Style = dict[str, Any]  # keyword arguments of Matplotlib
# Okabe and Ito's palette, without its yellow, which is too pale for a line
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P")  # 6 markers with 7 colours: 42 variants look different,
FILLINGS = (None, "white", "#BBBBBB")  # and with 3 fillings (the first is the colour of the line) 126
BLUE, RED, GREY, PALE = COLOURS[0], COLOURS[1], "#555555", "#E4E4E4"
POINT: Style = {"ls": "", "marker": "o", "mfc": "white", "mec": BLUE, "mew": 1.5, "ms": 6}
# the marks at its ends stay visible if the interval over seeds is as long
OVER_IMAGES: Style = {"color": BLUE, "lw": 1, "marker": "|", "ms": 11}
OVER_SEEDS: Style = {"color": BLUE, "lw": 4, "solid_capstyle": "butt"}
CLAIMED: Style = {"color": RED, "lw": 1.5, "ls": (0, (3, 1.5))}
BAND: Style = {"alpha": 0.2, "lw": 0}
# Added to Matplotlib's defaults, in place of the user's settings: SVG keeps text as text, and its ids are repeatable.
LOOK = {
    "font.size": TEXT,
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # Verdana has the same width
    "axes.labelsize": TEXT + 1,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "text.parse_math": False,  # a $ in the name of a data set or in a setting is a $
    "svg.fonttype": "none",
    "svg.hashsalt": "ablations",
}


def _frame(title: str, caption: str, keys: list, width: float, *, body: float, left: float = 0.7, right: float = 0.25):
    """A figure with one plot `body` inches high, title and caption above it, and the legend below it."""
    lines = textwrap.wrap(caption, int(112 * width / WIDTH))
    widest = max((text_width(key.get_label()) for key in keys), default=0)
    columns = max(1, min(len(keys), int((width - 0.2) / (widest + 0.55))))
    top, bottom = 0.45 + 0.15 * len(lines), 0.57 + 0.17 * math.ceil(len(keys) / columns)
    bottom += 0 if width == WIDTH else 0.17  # the label of the axis takes a second line
    height = round(top + body + bottom, 2)
    figure = Figure(figsize=(width, height), dpi=INCH)  # so that pixels are points until the figure is saved
    figure.text(0.1 / width, 1 - 0.1 / height, title, size=TEXT + 2, weight="bold", va="top")
    figure.text(0.1 / width, 1 - 0.32 / height, "\n".join(lines), color=GREY, va="top")
    if keys:
        figure.legend(handles=keys, loc="lower left", bbox_to_anchor=(0.005, 0), ncols=columns)
    sides = (left / width, bottom / height, (width - left - right) / width, body / height)
    return figure, figure.add_axes(sides)


def _fitted(text: str, width: float) -> str:
    """The label of an axis, in lines that fit under a narrow plot."""
    return text if width == WIDTH else textwrap.fill(text, 42)


def _made_of(numbers: dict) -> str:
    return f"{numbers['study']} ({numbers['section']}): {numbers['dataset']}, {numbers['epochs']} epochs."


def _short(count: float) -> str:
    """A count with three digits and a unit: 0.373 M, 15.5 G."""
    size, unit = (1e9, "G") if count >= 1e9 else (1e6, "M") if count >= 1e5 else (1e3, "k")
    return f"{count / size:.3g} {unit}"


def _draw_forest(numbers: dict, width: float = WIDTH) -> Figure:
    """One row per comparison, the first on top, with its numbers at the right, or above it in a narrow figure."""
    rows, margin = numbers["rows"], numbers["margin"] or 0
    about = measure(numbers["metric"])
    labels = [_row_label(row) for row in rows]
    # other measures use two splits, or none
    where = " on the test split" if about.name.startswith("top") else ""
    as_claimed = "; plus is as claimed" if any(row["claimed"] for row in rows) else ""
    caption = f"{_made_of(numbers)} How much the first arm is {about.gains}{where}, over n seeds{as_claimed}."
    narrow = width < WIDTH
    sides = {"left": 0.15, "right": 0.15} if narrow else {"left": 0.25 + max(map(text_width, labels)), "right": 1.6}
    keys, body = (
        _forest_keys(numbers, "over it" if narrow else "at the right"),
        0.3 + (0.6 if narrow else 0.4) * len(rows),
    )
    figure, axes = _frame(f"Difference in {about.label}", caption, keys, width, body=body, **sides)
    if margin:
        axes.axvspan(-margin, margin, color=PALE, lw=0)
    axes.axvline(0, color=GREY, lw=0.8)
    for place, row in enumerate(rows):
        _draw_difference(axes, place, row, over=labels[place] if narrow else None)
    axes.set_yticks(range(len(rows)), [""] * len(rows) if narrow else labels)
    axes.set_ylim(len(rows) - 0.4, -0.8 if narrow else -0.6)
    if narrow:
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    axes.set_xlabel(_fitted(f"difference in {about.label} ({about.unit})", width))
    shown = [0, margin, -margin, *(row["difference"] for row in rows), *(row["effect"] or 0 for row in rows)]
    shown += [end for row in rows for end in (row["seeds"] or []) + (row["images"] or [])]
    axes.set_xlim(*_padded(shown, 0.05))
    return figure


def _row_label(row: dict) -> str:
    """The label of a row, wrapped if it would take too much width from the plot."""
    words = f"{row['first']} over {row['second']} (n = {row['n']})"
    return words if len(words) <= 40 else "\n".join(textwrap.wrap(words.replace("+", "+ "), 34)).replace("+ ", "+")


def _draw_difference(axes: Axes, place: int, row: dict, over: str | None):
    words = f"{row['difference']:+.2f}"
    if row["images"]:
        axes.plot(row["images"], [place] * 2, **OVER_IMAGES)
    if row["seeds"]:
        axes.plot(row["seeds"], [place] * 2, **OVER_SEEDS)
        words += " ({:+.2f} to {:+.2f})".format(*row["seeds"])
    axes.plot(row["difference"], place, **POINT)
    beside, x_of_axes = minus(words), axes.get_yaxis_transform()
    if over is None:
        axes.text(1.03, place, beside, transform=x_of_axes, va="center")
    else:
        on_white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(0, place - 0.3, f"{over}\n{beside}", transform=x_of_axes, va="bottom", bbox=on_white)
    if row["effect"] is not None:
        axes.plot([row["effect"]] * 2, [place - (0.4 if over is None else 0.2), place + 0.4], **CLAIMED)


def _forest_keys(numbers: dict, written: str) -> list:
    rows, margin = numbers["rows"], numbers["margin"]
    unit = measure(numbers["metric"]).unit
    keys: list[Artist] = [Line2D([], [], **POINT, label="mean difference")]
    if any(row["seeds"] for row in rows):
        keys.append(Line2D([], [], **OVER_SEEDS, label=f"95% interval over seeds, as {written}"))
    if any(row["images"] for row in rows):
        keys.append(Line2D([], [], **OVER_IMAGES, label="95% interval over seeds and images"))
    if sizes := sorted({row["effect"] for row in rows if row["effect"] is not None}):
        claimed = ", ".join(f"{size:g}" for size in sizes)
        keys.append(Line2D([], [], **CLAIMED, label=f"claimed: {claimed} {unit}"))
    if margin is not None:
        keys.append(Patch(color=PALE, label=f"counts as equal: within {margin:g} {unit}"))
    return keys


def _draw_accuracy(numbers: dict, what: str, width: float = WIDTH) -> Figure:
    """One point per variant."""
    rows = numbers["rows"]
    bars = "; bars: 95% interval over seeds" if any(row["ends"] for row in rows) else ""
    keys = [Line2D([], [], **_look(row), ls="", label=_count_label(row, ", ")) for row in rows]
    keys = [] if _labelled(rows, width) else keys
    caption = f"{_made_of(numbers)} Test split, mean over n seeds{bars}."
    figure, axes = _frame(f"Accuracy and {what}", caption, keys, width, body=3)
    _scale_counts(axes, [row["count"] for row in rows])
    axes.set_ylabel("top-1 (%)")
    axes.set_ylim(*_padded([end for row in rows for end in row["ends"] or [row["mean"]]], 0.15))
    moved, spots, boxes = _draw_points(axes, rows, width)
    note = "; near ones side by side" if moved else ""
    axes.set_xlabel(_fitted(f"{what} of the inference network (logarithmic{note})", width))
    if not keys:
        _draw_labels(axes, [_count_label(row, "\n") for row in rows], spots, boxes)
    return figure


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
    axes.set_xticks(ticks, [_short(tick) for tick in ticks])
    axes.set_xticks([], minor=True)


def _draw_points(axes: Axes, rows: list[dict], width: float) -> tuple[bool, list[tuple], list[Bbox]]:
    """Draws points and bars; returns whether points were moved apart, their positions, and the boxes of their bars."""
    to_page, to_data = axes.transData.transform, axes.transData.inverted().transform
    places = [to_page((row["count"], row["mean"])).tolist() for row in rows]
    gap = 10 if width == WIDTH else 6
    xs, bars = [x for x, _ in places], []
    if _labelled(rows, width):  # more points would be moved out of the plot, and there is no label to tell them by
        xs = side_by_side(xs, gap)
    spots = [(x, y) for x, (_, y) in zip(xs, places, strict=True)]
    for row, (x, y) in zip(rows, spots, strict=True):
        look, count, ends = _look(row), to_data((x, y))[0], row["ends"] or [row["mean"]] * 2
        axes.plot([count] * 2, ends, color=look["color"], lw=1.2)
        axes.plot(count, row["mean"], **{**look, "ms": 6})
        (_, low), (_, high) = (to_page((count, end)) for end in ends)
        bars.append(Bbox.from_extents(x - 4, min(low, y - 4), x + 4, max(high, y + 4)))
    return xs != [x for x, _ in places], spots, bars


def _draw_labels(axes: Axes, labels: list[str], spots: list[tuple], bars: list[Bbox]):
    for label, spot, (x, y, far) in zip(labels, spots, place_labels(labels, spots, bars, axes.bbox), strict=True):
        line: Style = {"arrowprops": {"arrowstyle": "-", "color": GREY, "lw": 0.5, "shrinkB": 4}} if far else {}
        axes.annotate(label, spot, (x, y), "figure points", **line)


def _labelled(rows: list[dict], width: float) -> bool:
    """Whether the points are labelled in the plot; else a legend below it names them."""
    return len(rows) <= LABELS * width / WIDTH


def _count_label(row: dict, between: str) -> str:
    return f"{row['variant']} (n = {row['n']}){between}{_short(row['count'])}"


def _draw_curves(numbers: dict, width: float = WIDTH) -> Figure:
    rows = numbers["rows"]
    keys: list[Artist] = [Line2D([], [], **_look(row), label=f"{row['variant']} (n = {row['n']})") for row in rows]
    keys.append(Line2D([], [], color=GREY, lw=0.9, ls="--", label="training, same colours"))
    if any(epoch["ends"] for row in rows for epoch in row["validation"]):
        keys.append(Patch(color=PALE, label="95% interval over seeds"))
    caption = (
        f"{_made_of(numbers)} Means over n seeds. Solid: the validation split, after each epoch. Dashed: the training "
        "images, over each epoch while it is learnt."
    )
    figure, axes = _frame("Learning curves", caption, keys, width, body=3)
    for row in rows:
        _draw_curve(axes, row)
    low, high = axes.get_ylim()
    axes.set_ylim(max(low, 0), min(high, POINTS))  # an interval over few seeds may go beyond 0 to 100%
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.set_xlabel("epoch")
    axes.set_ylabel("top-1 (%)")
    return figure


def _draw_curve(axes: Axes, row: dict):
    look, epochs = _look(row), row["epochs"]
    validation = [epoch["mean"] for epoch in row["validation"]]
    if all(epoch["ends"] for epoch in row["validation"]):
        low, high = zip(*(epoch["ends"] for epoch in row["validation"]), strict=True)
        axes.fill_between(epochs, low, high, color=look["color"], **BAND)
    axes.plot(epochs, [epoch["mean"] for epoch in row["training"]], color=look["color"], lw=0.9, ls="--")
    axes.plot(epochs, validation, **look)


def _draw_rungs(numbers: dict, width: float = WIDTH) -> Figure:
    """The claim's difference over the budget: does it shrink, hold, or change its sign?"""
    rows, effect, margin = numbers["rows"], numbers["effect"], numbers["margin"]
    about = measure(numbers["metric"])
    keys: list[Artist] = [Line2D([], [], **POINT, label="mean difference")]
    keys.append(Line2D([], [], **OVER_SEEDS, label="95% interval over seeds"))
    if effect is not None:
        keys.append(Line2D([], [], **CLAIMED, label=f"claimed: {effect:g} {about.unit}"))
    if margin is not None:
        keys.append(Patch(color=PALE, label=f"counts as equal: within {margin:g} {about.unit}"))
    longest = f"{numbers['study']} ({numbers['section']}): {numbers['dataset']}, up to {numbers['epochs']} epochs."
    caption = f"{longest} Each budget is a full schedule of its own; plus is as claimed."
    figure, axes = _frame("The difference over the budget", caption, keys, width, body=2.4)
    if margin is not None:
        axes.axhspan(-margin, margin, color=PALE, lw=0)
    axes.axhline(0, color=GREY, lw=0.8)
    if effect is not None:
        axes.axhline(effect, **CLAIMED)
    places = range(len(rows))
    for place, row in zip(places, rows, strict=True):
        if row["seeds"]:
            axes.plot([place] * 2, row["seeds"], **OVER_SEEDS)
    axes.plot(places, [row["difference"] for row in rows], **{**POINT, "ls": "-", "color": BLUE, "lw": 1})
    axes.set_xticks(places, [f"{row['budget']} (n = {row['n']})" for row in rows])
    axes.set_xlim(-0.5, len(rows) - 0.5)
    axes.set_xlabel("epochs")
    axes.set_ylabel(f"difference ({about.unit})")
    return figure


def _draw_parameters(numbers: dict) -> Figure:
    """Two bars per network, one colour per part."""
    rows = numbers["rows"]
    parts = list(dict.fromkeys(part for row in rows for part in row["parts"]))
    colours = dict(zip(parts, COLOURS, strict=False))
    keys = [Patch(color=colours[part], label=part) for part in parts]
    caption = (
        "Trainable parameters with 1,000 classes, in millions at the end of each bar. The classifier is the last "
        "linear layer. GoogLeNet never had fully connected layers, so it is given VGG's."
    )
    sides = {"left": 0.25 + max(text_width(row["label"]) for row in rows), "right": 0.6}
    figure, axes = _frame("Where the parameters are", caption, keys, WIDTH, body=0.42 * len(rows), **sides)
    places = [place + 0.4 * (place // 2) for place in range(len(rows))]  # a gap between the networks
    for place, row in zip(places, rows, strict=True):
        end = 0.0
        for part, count in row["parts"].items():
            axes.barh(place, count / 1e6, left=end, color=colours[part], height=0.8)
            end += count / 1e6
        axes.annotate(f"{end:.1f} M", (end, place), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(places, [row["label"] for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel("trainable parameters (millions)")
    return figure


def _padded(values: list[float], share: float) -> tuple[float, float]:
    """Limits of an axis, with a margin of `share` of the range at both ends."""
    room = share * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room


def _look(row: dict) -> dict:
    """Colour and marker of a variant, the same in all figures."""
    place = row["place"]
    look = {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)], "ms": 4}
    if filling := FILLINGS[place // (len(COLOURS) * len(MARKERS)) % len(FILLINGS)]:
        look["mfc"] = filling
    return look


DRAW: dict[str, Callable[..., Figure]] = {  # all take the numbers; all but `parameters` also a width
    "forest": _draw_forest,
    "params": partial(_draw_accuracy, what="trainable parameters"),
    "macs": partial(_draw_accuracy, what="multiply-adds"),
    "curves": _draw_curves,
    "rungs": _draw_rungs,
    "parameters": _draw_parameters,
}
