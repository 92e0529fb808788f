"""Reads class names from JSON, in the forms that programs write."""

import json
from pathlib import Path
from typing import Any

from inception_keras.errors import UserError

FORMS = (
    "a list of names; names or [id, name] by class number, as in Keras's imagenet_class_index.json; or numbers by "
    "name, as torchvision's class_to_idx"
)


def parse_class_index(text: str, path: Path) -> list[str]:
    """The class names in a JSON text, in the order of the classes.

    Raises:
        UserError: The text is not JSON or of none of the forms above, or numbers are missing or occur twice.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:  # the latter for lists in lists without end
        raise UserError(f"{path} looks like JSON, but is damaged: {error}") from None
    if isinstance(content, dict) and isinstance(content.get("id2label"), dict):  # a config of Hugging Face
        content = content["id2label"]
    if isinstance(content, list):
        names = [_name(value) for value in content]
    elif isinstance(content, dict) and all(_is_number(value) for value in content.values()):
        names = _by_number([(number, name) for name, number in content.items()], path)
    elif isinstance(content, dict) and all(key.isdecimal() for key in content):
        names = _by_number([(int(key), _name(value)) for key, value in content.items()], path)
    else:
        names = []
    if not names or not all(names):
        raise UserError(f"{path} holds no class names: JSON with class names is {FORMS}")
    return [str(name) for name in names]


def _name(value: Any) -> str | None:
    """A name, or the last of `[id, name]`; `None` for anything else."""
    if isinstance(value, list) and value:
        value = value[-1]
    return value.strip() if isinstance(value, str) else None


def _by_number(pairs: list[tuple[int, str | None]], path: Path) -> list[str | None]:
    numbered = dict(pairs)
    lacking = next((number for number in range(len(pairs)) if number not in numbered), None)
    if lacking is not None:
        raise UserError(f"{path} has {len(pairs)} class names, but none for class {lacking}: number them from 0")
    return [numbered[number] for number in range(len(pairs))]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
