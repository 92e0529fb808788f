"""The figure of a claim's difference over the budget: does it shrink, hold, or change its sign?"""

import textwrap

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ablations.report.figures.frame import frame
from ablations.report.figures.look import BLUE, CLAIMED, GREY, OVER_SEEDS, PALE, POINT, WIDTH, with_n
from ablations.study.decimals import amount, counted
from ablations.study.measures import measure

LETTERS = 36  # of the label of an upright axis in a line


def draw_rungs(numbers: dict, width: float = WIDTH) -> Figure:
    """One point per budget, with its interval."""
    rows, effect, margin = numbers["rows"], numbers["effect"], numbers["margin"]
    about = measure(numbers["metric"])
    keys: list[Artist] = [Line2D([], [], **POINT, label="mean difference")]
    keys.append(Line2D([], [], **OVER_SEEDS, label="95% interval over seeds"))
    if effect is not None:
        keys.append(Line2D([], [], **CLAIMED, label=f"claimed: {amount(effect, about.unit)}"))
    if margin is not None:
        keys.append(Patch(color=PALE, label=f"counts as equal: within {amount(margin, about.unit)}"))
    epochs = counted(numbers["epochs"], "epochs")
    longest = f"{numbers['study']} ({numbers['section']}): {numbers['dataset']}, up to {epochs}."
    arms = f"Above 0, {rows[-1]['first']} would be {about.gains} than {rows[-1]['second']}, as claimed."
    caption = f"{longest} {arms} The claim: {numbers['claim']}. Each budget is a full schedule of its own."
    of = textwrap.fill(f"difference in {about.label} ({about.unit})", LETTERS)
    left = 0.65 + 0.15 * len(of.split("\n"))
    figure, (axes,) = frame(numbers["title"], caption, keys, width, body=2.4, left=left)
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
    between = " " if len(rows) < 5 and width == WIDTH else "\n"
    axes.set_xticks(places, [with_n(str(row["budget"]), row["n"]).replace(" ", between, 1) for row in rows])
    axes.set_xlim(-0.5, len(rows) - 0.5)
    axes.set_xlabel("epochs")
    axes.set_ylabel(of)
    return figure
