"""The figure of where networks have their parameters: two bars per network, one colour per part."""

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ablations.report.figures.frame import frame
from ablations.report.figures.labels import text_width
from ablations.report.figures.look import COLOURS, HEADS, WIDTH

# The fully connected layers have the colours of their head and of the palette beside it.
PARTS = {"convolutions": "#AAAAAA", "fc1": HEADS["fc"], "fc2": COLOURS[4], "classifier": COLOURS[6]}
ABOUT = (
    "Trainable parameters with 1,000 classes, in millions at the end of each bar. The classifier is the last linear "
    "layer. GoogLeNet has no hidden fully connected layers before its classifier, so it is given VGG's."
)


def draw_parameters(numbers: dict, width: float = WIDTH) -> Figure:
    """Two bars per network, with fully connected layers and with average pooling; names are over narrow bars."""
    rows, narrow = numbers["rows"], width < WIDTH
    labels = [row["label"] for row in rows]
    parts = list(dict.fromkeys(part for row in rows for part in row["parts"]))
    keys = [Patch(color=PARTS[part], label=part) for part in parts]
    left = 0.15 if narrow else 0.25 + max(map(text_width, labels))
    figure, (axes,) = frame(
        numbers["title"], ABOUT, keys, width, body=(0.5 if narrow else 0.42) * len(rows), left=left, right=0.6
    )
    places = [place + 0.4 * (place // 2) for place in range(len(rows))]  # a gap between the networks
    thick = 0.45 if narrow else 0.8
    for place, row in zip(places, rows, strict=True):
        end = 0.0
        for part, count in row["parts"].items():
            axes.barh(place, count / 1e6, left=end, color=PARTS[part], height=thick)
            end += count / 1e6
        axes.annotate(f"{end:.1f}\N{NO-BREAK SPACE}M", (end, place), (4, 0), textcoords="offset points", va="center")
        if narrow:
            over = place - thick / 2
            axes.annotate(row["label"], (0, over), (2, 1), textcoords="offset points", va="bottom")
    axes.set_yticks(places, [""] * len(rows) if narrow else labels)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(places[-1] + 0.5, -0.7 if narrow else -0.5)
    axes.set_xlabel("trainable parameters (millions)")
    return figure
