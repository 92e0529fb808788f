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
    "layer. GoogLeNet never had fully connected layers, so it is given VGG's."
)


def draw_parameters(numbers: dict) -> Figure:
    """Two bars per network: with fully connected layers, and with average pooling."""
    rows = numbers["rows"]
    parts = list(dict.fromkeys(part for row in rows for part in row["parts"]))
    keys = [Patch(color=PARTS[part], label=part) for part in parts]
    left = 0.25 + max(text_width(row["label"]) for row in rows)
    figure, (axes,) = frame(numbers["title"], ABOUT, keys, WIDTH, body=0.42 * len(rows), left=left, right=0.6)
    places = [place + 0.4 * (place // 2) for place in range(len(rows))]  # a gap between the networks
    for place, row in zip(places, rows, strict=True):
        end = 0.0
        for part, count in row["parts"].items():
            axes.barh(place, count / 1e6, left=end, color=PARTS[part], height=0.8)
            end += count / 1e6
        axes.annotate(f"{end:.1f}\N{NO-BREAK SPACE}M", (end, place), (4, 0), textcoords="offset points", va="center")
    axes.set_yticks(places, [row["label"] for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xlabel("trainable parameters (millions)")
    return figure
