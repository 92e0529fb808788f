"""Reads class names from a text file."""

from pathlib import Path

from inception_keras.errors import UserError


def read_class_names(path: str | Path) -> list[str]:
    """The class names in a text file with one name per line; the first line names class 0.

    Raises:
        UserError: The file can't be read, is not UTF-8 text, or has an empty line.
    """
    path = Path(path)
    try:
        names = [line.strip() for line in path.read_text(encoding="utf-8-sig").rstrip().split("\n")]
    except UnicodeDecodeError:
        raise UserError(f"{path} is not UTF-8 text: class names are a text file with one name per line") from None
    except OSError as error:
        raise UserError(f"the class names in {path} can't be read: {error.strerror}") from None
    if "" in names:
        raise UserError(f"{path}: line {names.index('') + 1} is empty: write one class name per line")
    return names
