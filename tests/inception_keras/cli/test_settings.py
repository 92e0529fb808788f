"""Values of `--set`."""

import pytest

from inception_keras.cli.settings import parse


@pytest.mark.parametrize("text", ["{[1]}", "{{}: 1}", "(" * 1000, "-" * 100_000 + "1", "fc"])
def test_what_is_no_literal_is_text(text):
    assert parse([f"a={text}"]) == {"a": text}


def test_literals_are_values():
    assert parse(["a=0.5", "b=(1, 2)", "c=true", "d=None"]) == {"a": 0.5, "b": (1, 2), "c": True, "d": None}
