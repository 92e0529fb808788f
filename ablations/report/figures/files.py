"""Writes figures as PNG and SVG, and tells of a file which numbers it shows.

A file of a figure contains the hash of the numbers that it is drawn from. So it can be compared with the records
without drawing it again, and the same records give the same bytes.
"""

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure
from PIL import Image

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section
from ablations.files import write_files
from ablations.report.figures.drawing import DRAW
from ablations.report.figures.look import LOOK
from ablations.report.figures.numbers import parameter_numbers, section_numbers

DPI = 200  # of the PNG
SUFFIXES = ("png", "svg")
OF_A_SECTION = tuple(stem for stem in DRAW if stem != "parameters")


def write_figures(drawn: Mapping[str, dict], folder: Path) -> list[Path]:
    """Writes the figures of a section to `folder`, and deletes those for which it has no data any more.

    Args:
        drawn: Their numbers by name, as `numbers.section_numbers` makes them.
        folder: Where to write.

    Raises:
        UserError: `folder` can't be written.
    """
    written = [path for stem, numbers in drawn.items() for path in write_drawing(folder, stem, numbers, DRAW[stem])]
    for stem in OF_A_SECTION:
        if stem not in drawn:
            for suffix in SUFFIXES:
                (folder / f"{stem}.{suffix}").unlink(missing_ok=True)
    return written


def expected_fingerprints(section: Section, found: Sequence[Finding]) -> dict[str, str]:
    """By figure, the `fingerprint` of a file that shows these records; draws nothing."""
    return {stem: digest(numbers) for stem, numbers in section_numbers(section, found).items()}


def write_parameters_figure(counts: pd.DataFrame, folder: Path) -> list[Path]:
    """Writes the figure `parameters` to `folder`, from the rows of `fully_connected_table`.

    Raises:
        UserError: `folder` can't be written.
    """
    return write_drawing(folder, "parameters", parameter_numbers(counts), DRAW["parameters"])


def expected_parameters_fingerprint(counts: pd.DataFrame) -> str:
    """The `fingerprint` of a file that shows these counts."""
    return digest(parameter_numbers(counts))


def fingerprint(path: Path) -> str | None:
    """The hash of the numbers that a figure's file shows, 16 hexadecimal digits; `None` if the file has none."""
    if path.suffix == ".png":
        with Image.open(path) as image:
            words = image.info.get("Description", "")
    else:
        words = "".join(re.findall(r"<dc:description>(.*?)</dc:description>", path.read_text(encoding="utf-8")))
    found = re.fullmatch(r"data ([0-9a-f]{16})", words)
    return found[1] if found else None


def write_drawing(folder: Path, stem: str, numbers: dict, draw: Callable[[dict], Figure]) -> list[Path]:
    """Draws a figure and writes it to `folder` as `stem.png` and `stem.svg`."""
    description, files = {"Description": f"data {digest(numbers)}"}, {}
    with style.context(["default", LOOK]):
        figure = draw(numbers)
        for suffix in SUFFIXES:
            metadata = {**description, "Date": None} if suffix == "svg" else description
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, dpi=DPI, metadata=metadata)
            files[f"{stem}.{suffix}"] = buffer.getvalue()
    return write_files(folder, files)


def digest(numbers: dict) -> str:
    return sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:16]
