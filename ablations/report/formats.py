"""How numbers, intervals and p-values are written for people."""

import re

import pandas as pd

from ablations.report.escapes import markdown_cell

MINUS = "\N{MINUS SIGN}"
NUMBERS = {"parameters", "in the head", "multiply-adds", "seconds a trial", "n"}


def interval(found) -> str:
    """A difference with its interval, such as `-2.45 [-3.02, -1.88]`; with one trial there is no interval."""
    if found.n < 2:
        return f"{found.difference:+.2f}"
    return f"{found.difference:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"


def p_value(p: float) -> str:
    """A p-value with four decimals, such as `0.0078`; one that would round to zero is `< 0.0001`.

    >>> p_value(0.0078125), p_value(1e-9)
    ('0.0078', '< 0.0001')
    """
    return "< 0.0001" if p < 0.00005 else f"{p:.4f}"


def equals(p: float) -> str:
    """A p-value to follow `p` in a sentence: `= 0.0078`, `< 0.0001`."""
    return p_value(p) if p < 0.00005 else f"= {p_value(p)}"


def to_markdown(table: pd.DataFrame) -> str:
    """A table of texts as Markdown, with the columns in `NUMBERS` aligned to the right."""
    align = ["right" if column in NUMBERS else "left" for column in table.columns]
    table = table.map(markdown_cell).rename(columns=markdown_cell)
    return table.to_markdown(index=False, disable_numparse=True, colalign=align)


def minus_signs(text: str) -> str:
    """Replaces the hyphens before numbers with minus signs; names and options of commands keep their hyphens.

    >>> minus_signs("fc-1 − gap: -2.89 [-3.33, -.46] points of top-1")
    'fc-1 − gap: −2.89 [−3.33, −.46] points of top-1'
    >>> minus_signs("name the claimed one with --claim")
    'name the claimed one with --claim'
    """
    return re.sub(r"(?<![^ \[(])-(?=[\d.])", MINUS, text)


def minus(text: str) -> str:
    """Replaces every hyphen with a minus sign, for the text of a number."""
    return text.replace("-", MINUS)
