"""The figure of differences: one row per comparison, with its intervals and what was claimed."""

import textwrap

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from ablations.report.figures.frame import fitted, frame, made_of, padded
from ablations.report.figures.labels import text_width
from ablations.report.figures.look import (
    CLAIMED,
    GREY,
    INCH,
    OVER_IMAGES,
    OVER_SEEDS,
    PALE,
    POINT,
    WIDTH,
    Style,
    with_n,
)
from ablations.report.formats import minus
from ablations.study.decimals import amounts, signed
from ablations.study.measures import measure

LONGEST = 40  # letters of a label in one line
TICK = 0.5  # inches, the room of a number under the axis
LINE = 0.14  # inches, the height of a line of a label


def draw_forest(numbers: dict, width: float = WIDTH) -> Figure:
    """One row per comparison, the first on top, with its numbers at the right, or above it in a narrow figure."""
    rows = numbers["rows"]
    about = measure(numbers["metric"])
    labels, beside = [_row_label(row) for row in rows], [difference_words(row, about.unit) for row in rows]
    # other measures use two splits, or none
    where = " on the test split" if about.name.startswith("top") else ""
    as_claimed = "; plus is as claimed" if any(row["claimed"] for row in rows) else ""
    caption = f"{made_of(numbers)} How much the first arm is {about.gains}{where}, over n seeds{as_claimed}."
    narrow = width < WIDTH
    left, right = 0.25 + max(map(text_width, labels)), 0.35 + max(map(text_width, beside))
    written = LINE * (1 + max(label.count("\n") for label in labels) + narrow)
    row_height = 0.36 + written if narrow else max(0.4, 0.1 + written)
    figure, (axes,) = frame(
        numbers["title"],
        caption,
        _keys(numbers, "over it" if narrow else "at the right"),
        width,
        body=0.3 + row_height * len(rows),
        left=0.15 if narrow else left,
        right=0.15 if narrow else right,
    )
    axes.axvline(0, color=GREY, lw=0.8)
    reach = 0.14 / row_height if narrow else 0.4  # of a row, up and down
    for place, row in enumerate(rows):
        if row["margin"]:
            axes.barh(place, 2 * row["margin"], 2 * reach, left=-row["margin"], color=PALE, zorder=0)
        _draw_difference(axes, place, row, beside[place], labels[place] if narrow else None)
        if row["effect"] is not None:
            axes.plot([row["effect"]] * 2, [place - reach, place + reach], **CLAIMED)
    axes.set_yticks(range(len(rows)), [""] * len(rows) if narrow else labels)
    below, above = (0.25 / row_height, (written + 0.3) / row_height) if narrow else (0.6, 0.6)
    axes.set_ylim(len(rows) - 1 + below, -above)
    if narrow:
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    axes.set_xlabel(fitted(f"difference in {about.label} ({about.unit})", width))
    margins = [row["margin"] or 0 for row in rows]
    shown = [max(margins), -max(margins), *(row["difference"] for row in rows), *(row["effect"] or 0 for row in rows)]
    shown += [end for row in rows for end in (row["seeds"] or []) + (row["images"] or [])]
    axes.set_xlim(*padded(shown, 0.05))
    axes.xaxis.set_major_locator(MaxNLocator(int(axes.bbox.width / INCH / TICK), steps=[1, 2, 5, 10]))
    return figure


def difference_words(row: dict, unit: str = "points") -> str:
    """A difference with its interval over seeds: `+2.89 (+2.46 to +3.33)`."""
    words = signed(row["difference"], unit)
    if row["seeds"]:
        words += " ({} to {})".format(*(signed(end, unit) for end in row["seeds"]))
    return minus(words)


def _draw_difference(axes: Axes, place: int, row: dict, beside: str, over: str | None):
    """A row: its intervals, its mean, and its numbers at the right, or with its label `over` them."""
    if row["images"]:
        axes.plot(row["images"], [place] * 2, **OVER_IMAGES)
    if row["seeds"]:
        axes.plot(row["seeds"], [place] * 2, **OVER_SEEDS)
    axes.plot(row["difference"], place, **POINT)
    x_of_axes = axes.get_yaxis_transform()
    if over is None:
        axes.text(1.03, place, beside, transform=x_of_axes, va="center")
    else:
        on_white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        at: Style = {"xycoords": x_of_axes, "textcoords": "offset points", "va": "bottom", "bbox": on_white}
        axes.annotate(f"{over}\n{beside}", (0, place), (0, 12), **at)


def _row_label(row: dict) -> str:
    """The label of a row, wrapped if it would take too much width from the plot."""
    words = with_n(f"{row['first']} over {row['second']}", row["n"])
    return words if len(words) <= LONGEST else "\n".join(textwrap.wrap(words.replace("+", "+ "), 34)).replace("+ ", "+")


def _keys(numbers: dict, written: str) -> list[Artist]:
    rows = numbers["rows"]
    unit = measure(numbers["metric"]).unit
    keys: list[Artist] = [Line2D([], [], **POINT, label="mean difference")]
    if any(row["seeds"] for row in rows):
        keys.append(Line2D([], [], **OVER_SEEDS, label=f"95% interval over seeds, as {written}"))
    if any(row["images"] for row in rows):
        keys.append(Line2D([], [], **OVER_IMAGES, label="95% interval over seeds and images"))
    if sizes := sorted({row["effect"] for row in rows if row["effect"] is not None}):
        claimed = ", ".join(f"{size:g}" for size in sizes)
        keys.append(Line2D([], [], **CLAIMED, label=f"claimed: {claimed} {unit}"))
    if margins := sorted({row["margin"] for row in rows if row["margin"] is not None}):
        keys.append(Patch(color=PALE, label=f"counts as equal: within {amounts(margins, unit)}"))
    return keys
