"""A figure without its content: title, caption, legend and an empty plot, with room for everything."""

import math
import textwrap
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ablations.report.figures.labels import text_width
from ablations.report.figures.look import GREY, INCH, TEXT, WIDTH
from ablations.report.formats import minus_signs
from ablations.study.decimals import counted
from ablations.study.measures import POINTS

TITLE = TEXT + 2  # points
LETTERS = 98  # of a caption in a line of a wide figure
BOLD = 1.1  # letters of a title are so many times as wide as those of a text


def frame(
    title: str,
    caption: str,
    keys: Sequence[Artist],
    width: float,
    *,
    body: float,
    left: float = 0.7,
    right: float = 0.25,
    panels: tuple[int, int] = (1, 1),
    between: tuple[float, float] = (0.0, 0.0),
    over: float = 0.0,
) -> tuple[Figure, list[Axes]]:
    """A figure of plots, with title and caption above and the legend below them.

    Args:
        title: A sentence that says what is seen.
        caption: What is drawn.
        keys: The entries of the legend.
        width: Of the figure, in inches.
        body: Height of each plot in inches.
        left, right: Room beside the plots in inches.
        panels: Rows and columns of plots.
        between: Room between the rows and between the columns, in inches.
        over: Room over the first row, in inches.
    """
    title, caption = minus_signs(title), minus_signs(caption)
    headline = _wrapped(title, BOLD * text_width("0", TITLE), width - 0.2)
    lines = textwrap.wrap(caption, int(LETTERS * width / WIDTH))
    widest = max((text_width(str(key.get_label())) for key in keys), default=0)
    columns = max(1, min(len(keys), int((width - 0.2) / (widest + 0.55))))
    above = 0.18 * len(headline) + 0.14
    top, bottom = above + 0.15 * len(lines) + 0.13 + over, 0.57 + 0.17 * math.ceil(len(keys) / columns)
    bottom += 0 if width == WIDTH else 0.17  # the label of the axis takes a second line
    rows, across = panels
    height = round(top + rows * body + (rows - 1) * between[0] + bottom, 2)
    figure = Figure(figsize=(width, height), dpi=INCH)  # so that pixels are points until the figure is saved
    figure.text(0.1 / width, 1 - 0.1 / height, "\n".join(headline), size=TITLE, weight="bold", va="top")
    figure.text(0.1 / width, 1 - above / height, "\n".join(lines), color=GREY, va="top")
    if keys:
        figure.legend(handles=list(keys), loc="lower left", bbox_to_anchor=(0.005, 0), ncols=columns)
    one = (width - left - right - (across - 1) * between[1]) / across
    plots = []
    for row in range(rows):
        for column in range(across):
            start, low = left + column * (one + between[1]), bottom + (rows - 1 - row) * (body + between[0])
            plots.append(figure.add_axes((start / width, low / height, one / width, body / height)))
    return figure, plots


def fitted(text: str, width: float) -> str:
    """The label of an axis, in lines that fit under a narrow plot."""
    return text if width == WIDTH else textwrap.fill(text, 42)


def made_of(numbers: dict) -> str:
    """The beginning of a caption: which study, data and budget."""
    return f"{numbers['study']} ({numbers['section']}): {numbers['dataset']}, {counted(numbers['epochs'], 'epochs')}."


def padded(values: Sequence[float], share: float) -> tuple[float, float]:
    """Limits of an axis, with a margin of `share` of the range at both ends."""
    room = share * (max(values) - min(values)) or 1.0
    return min(values) - room, max(values) + room


def percent(limits: tuple[float, float]) -> tuple[float, float]:
    """Limits of an axis of accuracies: none is under 0 or over 100%."""
    return max(limits[0], 0.0), min(limits[1], float(POINTS))


def _wrapped(text: str, letter: float, width: float) -> list[str]:
    return textwrap.wrap(text, int(width / letter)) or [""]
