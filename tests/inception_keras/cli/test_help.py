"""The help of every command of every command line, at 80 columns."""

import importlib
import re

import pytest
from typer.testing import CliRunner

from tests.support.commands import PACKAGES, group

EVERY = [(package, name) for package in PACKAGES for name in group(package).commands]


def shown(package: str, *words: str) -> str:
    """What a command line shows at 80 columns."""
    answer = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).invoke(_app(package), [*words, "--help"])
    assert answer.exit_code == 0, answer.output
    return answer.output


def _app(package: str):
    return importlib.import_module("benchmarks.__main__" if package == "benchmarks" else f"{package}.cli.app").app


@pytest.mark.parametrize(("package", "name"), EVERY)
def test_no_flag_has_a_type(package, name):
    assert "<bool>" not in shown(package, name) + shown(package)


@pytest.mark.parametrize(("package", "name"), EVERY)
def test_usage_has_the_words_of_the_arguments_as_declared(package, name):
    usage = re.search(r"Usage:(.*?)\n\s*\n", shown(package, name), re.DOTALL)[1]
    assert not re.search(r"\.\.\.[}\]]\.\.\.|\[\[|\{", usage), usage


@pytest.mark.parametrize(("package", "name"), EVERY)
def test_words_to_type_are_whole(package, name):
    text = shown(package, name)
    assert "…" not in text, "a word is cut off"
    for param in group(package).commands[name].params:
        words = [*param.opts, *param.secondary_opts] if param.param_type_name == "option" else []
        for word in [*words, *([param.metavar] if param.metavar else [])]:
            assert word in text, f"{word} is folded"


@pytest.mark.parametrize(("package", "name"), EVERY)
def test_an_option_has_one_default(package, name):
    for param in group(package).commands[name].params:
        told = (param.help or "").casefold()
        assert not ("default:" in told and param.default not in (None, False) and param.show_default), param.name


@pytest.mark.parametrize(
    ("command", "words", "others"),
    [
        ("parameters", "Write the tables and the figure to DIR.", "STUDY"),
        ("simulate", "Write the tables to DIR.", "STUDY"),
        ("status", "reads DIR/STUDY.", "Keep"),
        ("report", "reads DIR/STUDY, and writes there.", "Keep"),
        ("explain", "reads DIR/STUDY, and writes there.", "Keep"),
        ("deploy", "reads DIR/STUDY, and writes there.", "Keep"),
        ("doctor", "--repair and --merge write there.", "Keep"),
        ("reproduce", "Default: one per core, 1 on a GPU. 0:", "Ray"),
        ("run", "on Ray one per GPU", "how-to"),
        ("compare", "better, worse, equal. Default: better.", "better|worse"),
        ("compare", "Default: none, so that no arm can come out as equivalent.", "fraction|"),
        ("compare", "$GITHUB_STEP_SUMMARY", "better|worse"),
        ("compare", "balanced_accuracy", "better|worse"),
    ],
)
def test_help_says_what_the_command_does_with_it(command, words, others):
    text = " ".join(re.sub(r"[│╭╰╮╯─]", " ", shown("ablations", command)).split())
    assert words in text and others not in text
