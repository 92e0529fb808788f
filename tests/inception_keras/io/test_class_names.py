"""Class names from text and from JSON."""

import json

import pytest

from inception_keras import UserError
from inception_keras.io.class_names import read_class_names

NAMES = ["tench", "goldfish", "great white shark"]


@pytest.mark.parametrize(
    "content",
    [
        NAMES,
        {str(number): name for number, name in enumerate(NAMES)},
        {str(number): [f"n0{number}", name] for number, name in enumerate(NAMES)},
        {str(number): NAMES[number] for number in (2, 0, 1)},
        {name: number for number, name in enumerate(NAMES)},
        {"id2label": {str(number): name for number, name in enumerate(NAMES)}, "label2id": {}},
    ],
)
def test_json(tmp_path, content):
    (tmp_path / "names.json").write_text(json.dumps(content))
    assert read_class_names(tmp_path / "names.json") == NAMES


def test_text(tmp_path):
    (tmp_path / "names.txt").write_text("\n".join(NAMES) + "\n")
    assert read_class_names(tmp_path / "names.txt") == NAMES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"0": "a", "2": "b"}', "has 2 class names, but none for class 1"),
        ('{"a": 0, "b": 0}', "none for class 1"),
        ('{"classes": ["a"]}', "holds no class names"),
        ("[]", "holds no class names"),
        ('["a", 3]', "holds no class names"),
        ('{"0": ', "looks like JSON, but is damaged"),
        ("[" * 100_000, "looks like JSON, but is damaged"),
    ],
)
def test_json_of_something_else(tmp_path, text, words):
    (tmp_path / "names.json").write_text(text)
    with pytest.raises(UserError, match=words):
        read_class_names(tmp_path / "names.json")
