"""Texts of users (questions, claims, descriptions of data) as they are, in a format where signs have a meaning.

One function per format. A terminal has `inception_keras.cli.console.plain`, HTML the templates, which escape by
themselves, and a figure is drawn without mathematical text (`figures.look.LOOK`).
"""

import re
import unicodedata

LATEX = {sign: f"\\{sign}" for sign in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "−": "$-$",
}


def latex(text: str) -> str:
    r"""A text for LaTeX, in one line.

    >>> print(latex("2^n of ~0.5x, 10%: \\input{a_b}"))
    2\textasciicircum{}n of \textasciitilde{}0.5x, 10\%: \textbackslash{}input\{a\_b\}
    """
    return _one_line(text).translate({ord(sign): word for sign, word in LATEX.items()})


def markdown(text: str) -> str:
    r"""A text for Markdown, in one line.

    >>> print(markdown("# 2*n*m in <b>, `x`"))
    \# 2\*n\*m in \<b>, \`x\`
    """
    signs = re.sub(r"([\\`*~]|<(?=[A-Za-z/!?]))", r"\\\1", _one_line(text))
    return re.sub(r"^([#>+-])", r"\\\1", signs)


def markdown_cell(text: str) -> str:
    r"""What stands in a cell of a Markdown table, in one line; only the sign that ends a cell is escaped.

    >>> print(markdown_cell("a | b"))
    a \| b
    """
    return _one_line(text).replace("|", r"\|")


def _one_line(text: str) -> str:
    """The text without control characters, every run of spaces and line ends as one space."""
    shown = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or not _controls(sign))
    return re.sub(r"[ ]+", " ", shown)


def _controls(sign: str) -> bool:
    return unicodedata.category(sign) in ("Cc", "Cf", "Cs")
