"""Reads the how-to pages."""

import re

from tests.support.paths import ROOT


def titled(page: str, title: str) -> str:
    """The block with a title in a how-to page."""
    return re.search(rf'^```\w+ title="{re.escape(title)}"\n(.*?)^```', _text(page), re.DOTALL | re.MULTILINE)[1]


def untitled(page: str, containing: str) -> str:
    """The block of Python in a how-to page that holds some text."""
    blocks = re.findall(r"^```python\n(.*?)^```", _text(page), re.DOTALL | re.MULTILINE)
    return next(block for block in blocks if containing in block)


def _text(page: str) -> str:
    return (ROOT / "docs" / "how_to" / page).read_text()
