"""Names of classes, from a text file."""

from pathlib import Path

from inception_keras.errors import UserError


def read_class_names(path: str | Path) -> list[str]:
    """A name a line, the first is that of class 0.

    Raises:
        UserError: The file can't be read, is no text in UTF-8, or a line in it is empty.
    """
    path = Path(path)
    try:
        names = [line.strip() for line in path.read_text(encoding="utf-8-sig").rstrip().split("\n")]
    except UnicodeDecodeError:
        raise UserError(f"{path} is no text in UTF-8: class names are a text file, a name a line") from None
    except OSError as error:
        raise UserError(f"the class names in {path} can't be read: {error.strerror}") from None
    if "" in names:
        raise UserError(f"{path}: line {names.index('') + 1} is empty: class names are a text file, a name a line")
    return names
