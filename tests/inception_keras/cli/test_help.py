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
