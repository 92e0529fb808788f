"""Writes figures as PNG and SVG, and tells of a file which numbers it shows.

A file of a figure contains the hash of the numbers that it is drawn from. So it can be compared with the records
without drawing it again, and the same records give the same bytes. What was drawn is kept: Matplotlib is loaded only if
a figure shows other numbers than before.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from PIL import Image

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section
from ablations.files import write_files
from ablations.report.figures.look import LOOK, NARROW
from ablations.report.figures.main_claim import main_claim_numbers
from ablations.report.figures.numbers import parameter_numbers, section_numbers
from ablations.report.figures.titles import TITLES
from inception_keras.io.kept import kept

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200  # of the PNG
SUFFIXES = ("png", "svg")
CODE, LIBRARIES = ("ablations", "inception_keras"), ("matplotlib", "numpy", "pillow")  # that a drawing follows from


def write_figures(drawn: Mapping[str, dict], folder: Path) -> list[Path]:
    """Writes the figures of a section to `folder`, and deletes those for which it has no data any more.

    Args:
        drawn: Their numbers by name, as `numbers.section_numbers` makes them.
        folder: Where to write.

    Raises:
        UserError: `folder` can't be written.
    """
    written = [path for stem, numbers in drawn.items() for path in write_drawing(folder, stem, numbers, _named(stem))]
    for stem in TITLES:
        if stem not in drawn:
            for suffix in SUFFIXES:
                (folder / f"{stem}.{suffix}").unlink(missing_ok=True)
    return written


def expected_fingerprints(section: Section, found: Sequence[Finding]) -> dict[str, str]:
    """By figure, the `fingerprint` of a file that shows these records; draws nothing."""
    return {stem: digest(numbers) for stem, numbers in section_numbers(section, found).items()}


def write_parameters_figure(counts: pd.DataFrame, folder: Path) -> list[Path]:
    """Writes the figure `parameters` in two widths to `folder`, from the rows of `fully_connected_table`.

    Raises:
        UserError: `folder` can't be written.
    """
    return _in_two_widths(folder, "parameters", parameter_numbers(counts), _named("parameters"))


def expected_parameters_fingerprint(counts: pd.DataFrame) -> str:
    """The `fingerprint` of a file that shows these counts."""
    return digest(parameter_numbers(counts))


def write_main_claim(found: Sequence[Finding], folder: Path) -> list[Path]:
    """Writes the figure of the main claim in two widths to `folder`; nothing if there are no results.

    Args:
        found: The findings on all studies.
        folder: Where to write.

    Raises:
        UserError: `folder` can't be written.
    """

    def draw(numbers: dict, **width: float) -> "Figure":
        from ablations.report.figures.main_claim_drawing import draw_main_claim

        return draw_main_claim(numbers, **width)

    numbers = main_claim_numbers(found)
    return _in_two_widths(folder, "main_claim", numbers, draw) if numbers["rows"] else []


def expected_main_claim_fingerprint(found: Sequence[Finding]) -> str:
    """The `fingerprint` of a file that shows these findings."""
    return digest(main_claim_numbers(found))


def fingerprint(path: Path) -> str | None:
    """The hash of the numbers that a figure's file shows, 16 hexadecimal digits; `None` if the file has none."""
    if path.suffix == ".png":
        with Image.open(path) as image:
            words = image.info.get("Description", "")
    else:
        words = "".join(re.findall(r"<dc:description>(.*?)</dc:description>", path.read_text(encoding="utf-8")))
    found = re.fullmatch(r"data ([0-9a-f]{16})", words)
    return found[1] if found else None


def _in_two_widths(folder: Path, stem: str, numbers: dict, draw: Callable[..., "Figure"]) -> list[Path]:
    """As `write_drawing`, and a second time for a phone, as `stem-narrow.png` and `stem-narrow.svg`."""
    narrow = partial(draw, width=NARROW)
    return write_drawing(folder, stem, numbers, draw) + write_drawing(folder, f"{stem}-narrow", numbers, narrow)


def write_drawing(folder: Path, stem: str, numbers: dict, draw: Callable[[dict], "Figure"]) -> list[Path]:
    """Draws a figure, unless its drawing is kept, and writes it to `folder` as `stem.png` and `stem.svg`.

    Args:
        folder: Where to write.
        stem: Its name; figures of one name are drawn by one function.
        numbers: What it shows, as JSON values.
        draw: Draws it.
    """
    drawn = kept("drawing", [stem, numbers], lambda: _drawn(numbers, draw), code=CODE, libraries=LIBRARIES)
    return write_files(folder, {f"{stem}.{suffix}": base64.b64decode(drawn[suffix]) for suffix in SUFFIXES})


def _drawn(numbers: dict, draw: Callable[[dict], "Figure"]) -> dict[str, str]:
    """By suffix the content of a file, in base64."""
    from matplotlib import style  # takes a second to import

    description, files = {"Description": f"data {digest(numbers)}"}, {}
    with style.context(["default", LOOK]):
        figure = draw(numbers)
        for suffix in SUFFIXES:
            metadata = {**description, "Date": None} if suffix == "svg" else description
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, dpi=DPI, metadata=metadata)
            files[suffix] = base64.b64encode(buffer.getvalue()).decode()
    return files


def _named(stem: str) -> Callable[..., "Figure"]:
    """What draws the figure of that name, once it is called."""

    def draw(numbers: dict, **width: float) -> "Figure":
        from ablations.report.figures.drawing import DRAW

        return DRAW[stem](numbers, **width)

    return draw


def digest(numbers: dict) -> str:
    return sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:16]
