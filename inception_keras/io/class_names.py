"""Reads class names from a text file or a JSON file."""

from collections.abc import Sequence
from pathlib import Path

from inception_keras.errors import UserError, visible
from inception_keras.io.class_index import parse_class_index
from inception_keras.io.regular_files import read_file

MOST_BYTES = 64 * 2**20


def read_class_names(path: str | Path) -> list[str]:
    """The class names in a text file with one name per line, the first for class 0, or in a JSON file.

    Raises:
        UserError: The file can't be read, is not UTF-8 text, has an empty line, or is JSON of another form than
            `parse_class_index` reads.
    """
    path = Path(path)
    try:
        text = read_file(path, MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text: class names are a text file with one name per line") from None
    if text.lstrip()[:1] in ("[", "{"):
        names = parse_class_index(text, path)
    else:
        names = [line.strip() for line in text.rstrip().split("\n")]
    if "" in names:
        raise UserError(f"{path}: line {names.index('') + 1} is empty: write one class name per line")
    check_class_names(names)
    return names


def check_class_names(names: Sequence[str]):
    """Raises `UserError` if a name has characters that control a terminal or that nobody sees, or is no text."""
    for number, name in enumerate(names):
        if not isinstance(name, str):
            raise UserError(f"the name of class {number} must be a text; got {name!r}")
        if visible(name, keep="\t") != name:
            raise UserError(f"the name of class {number}, '{name}', has control characters: write it without them")
