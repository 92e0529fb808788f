"""Draws the figures of a page: as under `figures/`, in two widths, in the page's colours and fonts.

Title and caption move from the drawing to the text of the page, and each colour becomes a variable of its style sheet,
which differs in dark mode.
"""

import io
import re

from markupsafe import Markup
from matplotlib import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from ablations.report.figures.drawing import DRAW
from ablations.report.figures.look import LOOK, NARROW, WIDTH

ROOM = 0.05  # inches above the plots and their names
# Variables of style.css by the colours of ablations.report.figures.look.
VARIABLES = {
    "#0072b2": "blue",
    "#d55e00": "vermilion",
    "#009e73": "green",
    "#cc79a7": "purple",
    "#e69f00": "orange",
    "#56b4e9": "sky",
    "#000000": "ink",
    "#555555": "muted",
    "#e4e4e4": "band",
    "#cccccc": "behind",
    "#ffffff": "card",
}


def draw(name: str, numbers: dict, words: str) -> dict[str, str]:
    """The `title` and the `caption` of a figure, and its drawing for a page, `svg`, and for a phone, `narrow`.

    Args:
        name: The figure's.
        numbers: What it shows.
        words: Its text alternative, in one sentence.
    """
    with style.context(["default", LOOK]):
        wide, narrow = (DRAW[name](numbers, width=width) for width in (WIDTH, NARROW))
        title, caption = (text.get_text().replace("\n", " ") for text in wide.texts)
        svg, narrow_svg = (
            _svg(_draw(figure), place, title, words) for place, figure in ((name, wide), (f"{name}-narrow", narrow))
        )
    return {"title": title, "caption": caption, "svg": str(svg), "narrow": str(narrow_svg)}


def _svg(drawn: str, name: str, title: str, words: str) -> Markup:
    """The drawing as a single image for screen readers, with its title and a description."""
    box = re.search(r'viewBox="([\d. ]+)"', drawn)
    assert box is not None, "Matplotlib writes one into every drawing"
    opening = Markup('<svg role="img" aria-labelledby="{0}-title {0}-words" viewBox="{1}">').format(name, box[1])
    labels = Markup('<title id="{0}-title">{1}</title><desc id="{0}-words">{2}</desc>')
    return opening + labels.format(name, title, words) + Markup(_themed(drawn, name))


def _draw(figure: Figure) -> str:
    """The SVG of a figure without the texts above its plot."""
    for text in list(figure.texts):
        text.remove()
    width, _ = figure.get_size_inches()
    renderer = FigureCanvasAgg(figure).get_renderer()
    highest = max(axes.get_position().y1 for axes in figure.axes)
    first_row = [axes.get_tightbbox(renderer) for axes in figure.axes if axes.get_position().y1 == highest]
    top = max(box.y1 for box in first_row if box is not None) / figure.dpi + ROOM
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, bbox_inches=Bbox([[0, 0], [width, top]]))
    return buffer.getvalue().decode()


def _themed(drawn: str, name: str) -> str:
    """The content of the `svg` element, changed so that a page can hold several drawings."""
    inside = re.search(r"<svg[^>]*>(.*</svg>)", drawn, re.DOTALL)
    assert inside is not None, "a drawing is an svg element"
    body = re.sub(r"<metadata>.*?</metadata>", "", inside[1], flags=re.DOTALL)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)  # it would apply to the whole page
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", body)
    body = re.sub(r" font-family: [^;\"]*;", "", body)
    body = re.sub(r"#[0-9a-f]{6}(?=[;\"])", lambda found: _variable(found[0]), body)
    return re.sub(r"\s*\n\s*", "\n", body)


def _variable(colour: str) -> str:
    return f"var(--{VARIABLES[colour]})" if colour in VARIABLES else colour
