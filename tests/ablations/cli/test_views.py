"""What the commands show on a terminal."""

import io

from ablations.cli.views import print_closing
from inception_keras.cli.console import SafeConsole


def shown(sentence: str) -> list[str]:
    console = SafeConsole(file=io.StringIO(), width=40, markup=False, emoji=False, highlight=False)
    print_closing(console, [sentence])
    return console.file.getvalue().splitlines()


def test_a_command_stays_on_one_line_to_be_copied():
    sentence = "Next: `python -m ablations report mine.py --open` shows the figures on a page."
    assert shown(sentence) == [sentence]


def test_a_sentence_without_a_command_fits_the_terminal():
    sentence = "Next: only longer training can settle it: declare `epochs=10` in the recipe."
    lines = shown(sentence)
    assert max(map(len, lines)) <= 40 and " ".join(lines) == sentence
