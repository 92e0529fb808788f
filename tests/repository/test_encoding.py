"""Every text file is read and written as UTF-8, whatever the machine's own encoding is.

Ruff's PLW1514 finds `open` and the methods of a `Path` that it recognises as one; this finds them by name, and
programs whose output is read as text.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT

FOLDERS = ("inception_keras", "ablations", "benchmarks", "examples", "docs")
PATH_METHODS = ("read_text", "write_text")


def without_encoding(source: str) -> Iterator[str]:
    """The calls in `source` that leave the encoding to the machine."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        keywords = {keyword.arg for keyword in call.keywords}
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        text = {"text", "universal_newlines"} & keywords or name in PATH_METHODS or (name == "open" and _is_text(call))
        if text and "encoding" not in keywords:
            yield f"line {call.lineno}: {ast.unparse(call)}"


def _is_text(call: ast.Call) -> bool:
    """Whether it is Python's own `open` in text mode; other functions called `open` have other arguments."""
    if not isinstance(call.func, ast.Name):
        return False
    modes = [*call.args[1:2], *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    constants = (part for mode in modes for part in ast.walk(mode) if isinstance(part, ast.Constant))
    return not any("b" in str(constant.value) for constant in constants)


@pytest.mark.parametrize("folder", FOLDERS)
def test_text_has_an_encoding(folder):
    found = {
        path.relative_to(ROOT).as_posix(): calls
        for path in (ROOT / folder).rglob("*.py")
        if (calls := list(without_encoding(path.read_text(encoding="utf-8"))))
    }
    assert not found


def test_the_search_finds_what_it_looks_for():
    bad = ["open(p)", "open(p, 'w')", "p.read_text()", "(a / b).write_text(t)", "subprocess.run(c, text=True)"]
    good = [
        "open(p, 'rb')",
        "open(p, 'ab' if more else 'wb')",
        "open(p, mode='wb')",
        "p.read_text(encoding='utf-8')",
        "Image.open(p)",
    ]
    assert [len(list(without_encoding(line))) for line in bad] == [1] * len(bad)
    assert not [line for line in good if list(without_encoding(line))]
