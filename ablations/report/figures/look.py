"""What all figures share: sizes, colours and marks, safe for colour-blind readers.

Lengths of figures are in inches; sizes of text and positions of points and labels are in points.
"""

from typing import Any

WIDTH = 6.5  # inches, as wide as the text of a page
NARROW = 3.5  # inches, for a phone
TEXT, INCH = 8, 72  # the font size, and an inch, in points
Style = dict[str, Any]  # keyword arguments of Matplotlib
# Okabe and Ito's palette, without its yellow, which is too pale for a line
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# A head has its colour in all figures of studies that compare heads.
HEADS = {"gap": "#0072B2", "fc": "#D55E00", "conv": "#009E73", "max": "#CC79A7"}
MARKERS = ("o", "s", "^", "D", "v", "P")  # 6 markers with 7 colours: 42 variants look different,
FILLINGS = (None, "white", "#BBBBBB")  # and with 3 fillings (the first is the colour of the line) 126
BLUE, RED, GREY, PALE = COLOURS[0], COLOURS[1], "#555555", "#E4E4E4"
POINT: Style = {"ls": "", "marker": "o", "mfc": "white", "mec": BLUE, "mew": 1, "ms": 3.5}
# the marks at its ends stay visible if the interval over seeds is as long
OVER_IMAGES: Style = {"color": BLUE, "lw": 1, "marker": "|", "ms": 11}
# thicker than the mark of the mean, which would hide an interval that is short
OVER_SEEDS: Style = {"color": BLUE, "lw": 6, "solid_capstyle": "butt"}
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


def look(row: dict) -> Style:
    """Colour and marker of a variant, the same in all figures of its study.

    Args:
        row: `place` is its place among the variants, and `head` its head if the study compares heads, else `None`.
    """
    place, head = row["place"], row["head"]
    colour = COLOURS[place % len(COLOURS)] if head is None else HEADS[head]
    style: Style = {"color": colour, "marker": MARKERS[place % len(MARKERS)], "ms": 4}
    # with a head's colour, marker and filling alone tell a variant from others with that head
    alike = len(MARKERS) * (len(COLOURS) if head is None else 1)
    if filling := FILLINGS[place // alike % len(FILLINGS)]:
        style["mfc"] = filling
    return style


def with_n(name: str, n: int) -> str:
    """A name with its number of seeds, which no line break parts.

    >>> with_n("gap", 8)
    'gap (n\\xa0=\\xa08)'
    """
    return f"{name} (n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{n})"


def short(count: float) -> str:
    """A count with three digits and a unit.

    >>> short(372_578).split(), short(15_470_264_320).split()
    (['0.373', 'M'], ['15.5', 'G'])
    """
    size, unit = (1e9, "G") if count >= 1e9 else (1e6, "M") if count >= 1e5 else (1e3, "k")
    return f"{count / size:.3g}\N{NO-BREAK SPACE}{unit}"
