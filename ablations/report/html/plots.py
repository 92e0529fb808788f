"""The figures of a study inside a page: SVG in the page's colours and fonts, with text alternatives.

What was drawn is kept: Matplotlib is loaded only if a figure shows other numbers than before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section
from ablations.report.figures.numbers import section_numbers
from ablations.report.html.alt_text import WORDS, Words
from inception_keras.io.kept import kept

CODE, LIBRARIES = ("ablations", "inception_keras"), ("matplotlib", "numpy")  # that a drawing follows from


@dataclass(frozen=True)
class Plot:
    """A figure of a page: `narrow` is the same drawing for a phone, `words` the text alternative of both."""

    name: str
    title: str
    caption: str
    svg: Markup
    narrow: Markup
    words: Words


def plots(section: Section, found: Sequence[Finding]) -> list[Plot]:
    """Draws the figures for which a section has data; `found` are the findings on its study."""
    return [_plot(name, numbers) for name, numbers in section_numbers(section, found).items()]


def _plot(name: str, numbers: dict) -> Plot:
    words = WORDS[name](numbers)

    def make() -> dict[str, str]:
        from ablations.report.html.plot_drawings import draw  # loads Matplotlib

        return draw(name, numbers, words.sentence)

    drawn = kept("figure", [name, numbers], make, code=CODE, libraries=LIBRARIES)
    title, caption, svg, narrow = (drawn[part] for part in ("title", "caption", "svg", "narrow"))
    return Plot(name, title, caption, Markup(svg), Markup(narrow), words)
