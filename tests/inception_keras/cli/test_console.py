"""What is printed cannot control a terminal, whatever a file or its name holds."""

import io

import pytest

from inception_keras.cli.console import SafeConsole, print_table
from inception_keras.errors import UserError, visible

NASTY = {
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "\u202egnp.exe": r"\u202egnp.exe",
    "a\nb": r"a\nb",
    "\udcff": r"\udcff",
    "\x9b2J": r"\x9b2J",
    "café 😀 \u0645\u06cc\u200c\u062e": "café 😀 \u0645\u06cc\u200c\u062e",
    r"C:\new": r"C:\new",
}


@pytest.mark.parametrize(("text", "shown"), NASTY.items())
def test_control_characters_are_made_visible_everywhere(text, shown):
    assert visible(text) == shown == visible(shown)
    assert str(UserError(f"{text} is wrong")) == f"{shown} is wrong"
    file = io.StringIO()
    screen = SafeConsole(file=file, width=80)
    screen.print(visible(text), markup=False, highlight=False)
    print_table(screen, text, [text], [[text]])
    assert file.getvalue().count(shown) >= 3
    assert "\x1b" not in file.getvalue() and "\x07" not in file.getvalue() and "\u202e" not in file.getvalue()


def test_the_lines_of_a_page_stay(capsys):
    SafeConsole().print("one\ntwo")
    assert capsys.readouterr().out == "one\ntwo\n"
