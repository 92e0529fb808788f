"""Reads a file as a table: text with separators, JSON, JSON lines and Parquet. Columns have no meaning here."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ablations.foreign.separators import SEPARATORS, separator_of
from inception_keras.errors import UserError, in_one_line

MOST_BYTES = 2**30
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


Row = tuple[int, dict[str, Any]]  # the number of its line, and its cells


@dataclass(frozen=True)
class Table:
    """A table as a file holds it.

    Attributes:
        source: The file's name, for messages.
        columns: Their names, each once.
        rows: The number of each row's line (or its place), and its cells: texts, or what JSON and Parquet hold.
        decimal_comma: Whether a comma inside a number is taken as its decimal sign: cells are separated otherwise.
        notes: What had to be assumed to read it, a sentence each.
    """

    source: str
    columns: tuple[str, ...]
    rows: list[Row]
    decimal_comma: bool = False
    notes: list[str] = field(default_factory=list)


def read_table(path: Path) -> Table:
    """Reads a table; the suffix says the format, and text with separators is the rule.

    Raises:
        UserError: The file is missing, too large, or not such a table.
    """
    content = read_bytes(path)
    suffix = path.suffix.lower()
    readers: dict[str, Callable[[Path, bytes], Table]] = {
        ".jsonl": _json_lines,
        ".ndjson": _json_lines,
        ".json": _json,
        ".parquet": _parquet,
    }
    return readers.get(suffix, _separated)(path, content)


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises:
        UserError: It can't be read, holds nothing, or has over a GiB.
    """
    try:
        if path.is_dir():
            raise UserError(f"{path} is a folder: name the files of results, such as {path}/*.csv")
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path} has over {MOST_BYTES >> 30} GiB: keep the columns of run, seed, example and score")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise UserError(f"{path} can't be read ({reason})") from None
    if not content.strip():
        raise UserError(f"{path} is empty: a table of results has a line of column names and a line per result")
    return content


def _text(path: Path, content: bytes, notes: list[str]) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or else Windows-1252, which has a sign for nearly every byte."""
    coding = next((coding for mark, coding in BOMS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(coding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        notes.append(f"{path.name} is not UTF-8: read as Windows-1252")
    if "\0" in text:
        raise UserError(f"{path} is no text: save the results as CSV in UTF-8, as JSON lines, Parquet or .npy")
    return text


def _separated(path: Path, content: bytes) -> Table:
    notes: list[str] = []
    text = _text(path, content, notes)
    separator = ","
    try:
        separator = separator_of(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise UserError(f"{path} is not a table with {SEPARATORS[separator]} ({error})") from None
    columns = [cell.strip() for cell in lines[0][1]]
    if any(_is_number(cell) for cell in columns):
        raise UserError(f"{path}: the first line must name the columns, such as `seed{separator}score`; got {columns}")
    rows = []
    for line, cells in lines[1:]:
        while len(cells) > len(columns) and not cells[-1].strip():  # a separator at the end of each line
            cells = cells[:-1]
        if len(cells) != len(columns):
            raise UserError(f"{path}, line {line}: {len(cells)} cells under {len(columns)} column names")
        rows.append((line, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    return _table(path, columns, rows, notes, decimal_comma=separator != ",")


def _json_lines(path: Path, content: bytes) -> Table:
    notes: list[str] = []
    found = []
    for line, text in enumerate(_text(path, content, notes).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{path}, line {line}: not JSON ({in_one_line(error)})") from None
        if not isinstance(row, dict):
            raise UserError(f'{path}, line {line}: each line is an object, such as {{"seed": 0, "score": 0.9}}')
        found.append((line, row))
    return _of_objects(path, found, notes)


def _json(path: Path, content: bytes) -> Table:
    """A list of objects, or an object of lists of equal length, or of objects as pandas writes its columns.

    A file of JSON lines may have this suffix too.
    """
    notes: list[str] = []
    try:
        found = json.loads(_text(path, content, notes))
    except (ValueError, RecursionError):
        return _json_lines(path, content)
    if isinstance(found, dict) and found and all(isinstance(values, list) for values in found.values()):
        if len({len(values) for values in found.values()}) > 1:
            raise UserError(f"{path}: its lists differ in length, so they are no columns of one table")
        found = [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]
    if isinstance(found, dict) and isinstance(found.get("results"), dict):
        raise UserError(
            f"{path} holds means over the examples, as lm-evaluation-harness writes them: give the files "
            "samples_*.jsonl, which --log_samples writes"
        )
    if isinstance(found, dict) and found and all(isinstance(column, dict) for column in found.values()):
        found = _of_columns(path, found)
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        raise UserError(f"{path} is no table: give a list of objects, an object of lists, or JSON lines")
    return _of_objects(path, list(enumerate(found, start=1)), notes)


def _of_columns(path: Path, columns: dict[str, dict[str, Any]]) -> list[dict]:
    """The rows of columns that are an object each, from the names of the rows to their cells.

    The names become a column too, `index`, so that `--seed index` can match the rows of two files.

    Raises:
        UserError: A row has a name that is no number: objects of `accuracy` and `loss` are rows, and would be compared
            as the runs of an arm.
    """
    names = list(dict.fromkeys(name for cells in columns.values() for name in cells))
    other = next((name for name in names if not name.isdecimal()), None)
    if other is not None:
        raise UserError(
            f"{path}: its objects are columns if their keys number the rows, as pandas has it; got {other!r}: give "
            "a list of rows, such as `frame.reset_index().to_json(FILE, orient='records')` writes"
        )
    return [{"index": name, **{column: cells.get(name) for column, cells in columns.items()}} for name in names]


def _of_objects(path: Path, found: list[tuple[int, dict]], notes: list[str]) -> Table:
    """A table of JSON objects; nested values, such as the documents of lm-evaluation-harness, are no cells."""
    columns = list(dict.fromkeys(name for _, row in found for name, cell in row.items() if _is_cell(cell)))
    rows = [
        (line, {name: row.get(name) if _is_cell(row.get(name)) else None for name in columns}) for line, row in found
    ]
    return _table(path, columns, rows, notes)


def _parquet(path: Path, content: bytes) -> Table:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UserError(f"{path}: Parquet needs pyarrow: type `pip install pyarrow`, or save it as CSV") from None
    try:
        found = parquet.read_table(io.BytesIO(content)).to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise UserError(f"{path} is not a Parquet file ({in_one_line(error)})") from None
    return _of_objects(path, list(enumerate(found, start=1)), [])


def _table(path: Path, columns: Sequence[str], rows: list, notes: list[str], *, decimal_comma: bool = False) -> Table:
    for name in columns:
        if columns.count(name) > 1:
            raise UserError(f"{path}: two columns are called {name!r}")
    if rows and not columns:
        raise UserError(f"{path} has no cells: each row is an object of numbers and texts, not of lists and objects")
    if not rows:
        raise UserError(f"{path} has no rows: a table of results has a line of column names and a line per result")
    return Table(path.name, tuple(columns), rows, decimal_comma, notes)


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
