"""Draws the figure of the main claim from the numbers of `main_claim_numbers`."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ablations.report.figures.forest import difference_words
from ablations.report.figures.frame import frame, padded
from ablations.report.figures.labels import text_width
from ablations.report.figures.look import GREY, HEADS, WIDTH, Style, with_n
from ablations.report.figures.main_claim import CONNECTED, POOLED, better_head
from ablations.study.decimals import counted

SIDES = {True: 0.55, False: 0.3}  # of the range shown: in a narrow figure, in a wide one
ABOUT = (
    "Difference in points of test top-1 between GoogLeNet with average pooling and with fully connected layers: mean "
    "and 95% interval over n seeds, after the longest training of each study."
)
MARKS = (
    "Filled marks: trained out and judged. Hollow ones: not judged, since longer training may move them. Colour: the "
    "better head, as named under the axis; grey where 0 is not ruled out."
)
BEYOND = "Arrows point to what lies beyond the axis, which has the range of what is judged."
SHARED = "The rows against {} and against {} share their trials of {}."
LINEAR = "{} has no hidden layer: a linear layer leads from it straight to the classes."
MARK: Style = {"ls": "", "marker": "o", "mew": 1.2, "ms": 4.5}
ARROWS = {-1: "<", 1: ">"}  # at the left end of the axis, and at the right one
# thicker than a mark, which would hide one that is short, and pale, so that a filled mark is seen on it
INTERVAL: Style = {"alpha": 0.4, "lw": 8, "solid_capstyle": "butt"}
PAPER: Style = {"color": "black", "lw": 1.2, "ls": (0, (3, 1.5))}


def draw_main_claim(numbers: dict, width: float = WIDTH) -> Figure:
    """One row per study, with its numbers at the right, or over it in a narrow figure."""
    rows, narrow = numbers["rows"], width < WIDTH
    labels, beside = [_label(row) for row in rows], [difference_words(row) for row in rows]
    limits = _limits(numbers, SIDES[narrow])
    left, right = 0.25 + max(map(text_width, labels)), 0.35 + max(map(text_width, beside))
    figure, (axes,) = frame(
        numbers["title"],
        caption(rows, beyond=any(_beyond(end, limits) for row in rows for end in _ends(row))),
        [],
        width,
        body=0.25 + (0.62 if narrow else 0.42) * len(rows),
        over=0.15,
        left=0.15 if narrow else left,
        right=0.15 if narrow else right,
    )
    axes.axvline(0, color=GREY, lw=0.8)
    axes.axvline(numbers["effect"], **PAPER)
    for place, row in enumerate(rows):
        _draw_difference(axes, place, row, limits)
        _write_row(axes, place, labels[place] if narrow else None, beside[place])
    axes.set_yticks(range(len(rows)), [""] * len(rows) if narrow else labels)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(len(rows) - 0.5, -1.0 if narrow else -0.6)
    axes.set_xlim(*limits)
    at: Style = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
    axes.annotate(f"the paper: {numbers['effect']:g}", (numbers["effect"], 1), (-2, 3), **at)
    _name_sides(axes)
    return figure


def caption(rows: Sequence[dict], *, beyond: bool) -> str:
    """What is drawn, what a mark means, which rows share an arm, and which heads are a linear layer alone.

    Args:
        rows: The rows.
        beyond: Whether one of them has an arrow.
    """
    linear = dict.fromkeys(row["over"] for row in rows if not row["hidden"])
    explained = [LINEAR.format(name[:1].upper() + name[1:]) for name in linear]
    return " ".join([ABOUT, MARKS, *([BEYOND] if beyond else []), *_shared(rows), *explained])


def _shared(rows: Sequence[dict]) -> list[str]:
    """Which rows have trials in common, so that they are no independent evidence."""
    over = {row["study"]: row["over"] for row in rows}
    taken = [(row, row["shared"]) for row in rows if row["shared"] and row["shared"]["study"] in over]
    return list(dict.fromkeys(SHARED.format(over[of["study"]], row["over"], of["arm"]) for row, of in taken))


def _limits(numbers: dict, side: float) -> tuple[float, float]:
    """Limits of the axis: what is judged is seen at its full width, however far off the rest is.

    Args:
        numbers: What is shown.
        side: The least share of the range on either side of zero, where the names of the heads are.
    """
    rows = [row for row in numbers["rows"] if row["verdict"]] or numbers["rows"]
    low, high = padded([0, numbers["effect"], *(end for row in rows for end in _ends(row))], 0.05)
    room = side * (high - low)
    return min(low, -room), max(high, room)


def _ends(row: dict) -> list[float]:
    """Both ends of what a row shows."""
    return row["seeds"] or [row["difference"]] * 2


def _beyond(value: float, limits: tuple[float, float]) -> int:
    """On which side of the axis a value lies: -1 or 1; 0 if it is inside."""
    return (value > limits[1]) - (value < limits[0])


def _draw_difference(axes: Axes, place: int, row: dict, limits: tuple[float, float]):
    """A row's interval as far as the axis goes, its mean, and an arrow at each end of the axis that it passes."""
    colour = _colour(row)
    fill = colour if row["verdict"] else "white"
    low, high = (min(max(end, limits[0]), limits[1]) for end in _ends(row))
    if low < high:
        axes.plot([low, high], [place] * 2, color=colour, **INTERVAL)
    if not _beyond(row["difference"], limits):
        axes.plot(row["difference"], place, mfc=fill, mec=colour, **MARK)
    for side in {_beyond(end, limits) for end in _ends(row)} - {0}:
        arrow = {**MARK, "marker": ARROWS[side]}
        axes.plot(limits[side > 0], place, mfc=fill, mec=colour, clip_on=False, **arrow)


def _write_row(axes: Axes, place: int, over: str | None, beside: str):
    """A row's numbers at the right, or with its label `over` them."""
    of_axes = axes.get_yaxis_transform()
    if over is None:
        axes.text(1.06, place, beside, transform=of_axes, va="center")
    else:
        on_white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(0, place - 0.22, f"{over}\n{beside}", transform=of_axes, va="bottom", bbox=on_white)


def _name_sides(axes: Axes):
    """Writes under the axis which head is better on which side of zero, in the colours of the heads."""
    at: Style = {"xycoords": axes.get_xaxis_transform(), "textcoords": "offset points", "va": "top"}
    at["annotation_clip"] = False
    axes.annotate(f"← {CONNECTED}\nbetter", (0, 0), (-6, -18), ha="right", color=HEADS["fc"], **at)
    axes.annotate(f"{POOLED} →\nbetter", (0, 0), (6, -18), ha="left", color=HEADS["gap"], **at)


def _label(row: dict) -> str:
    size = "" if row["width"] is None else f", width {row['width']:g}"
    budget = with_n(counted(row["budget"], "epochs"), row["n"])
    return f"{row['dataset'].partition('/')[0]}, {row['images']:,} images{size}\nagainst {row['over']}, {budget}"


def _colour(row: dict) -> str:
    """The colour of the better head; grey where the interval includes 0."""
    head = better_head(row)
    return HEADS[head] if head else GREY
