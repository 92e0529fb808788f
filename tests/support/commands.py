"""Checks the commands of documentation pages: finds them in fenced blocks, parses them as the shell and Typer do."""

import importlib
import os
import re
import shlex
import tomllib
from functools import cache

import typer

from ablations import studies
from inception_keras import zoo
from inception_keras.cli.models import matching
from inception_keras.cli.settings import parse
from tests.support.paths import ROOT

BLOCK = re.compile(r"^```(?:sh|bash|shell|console)\b[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
PACKAGES = ("ablations", "inception_keras", "benchmarks")
STUDY_WORDS, MODEL_WORDS = ("study", "names"), ("name", "model")  # parameters of the command lines
# Programs outside this repository: their options are not checked.
OTHERS = {
    *("source", "tfds", "ray", "srun", "sleep", "scontrol", "head", "helm", "docker", "kubectl", "gcloud", "export"),
    "nvidia-cuda-mps-control",
}


def blocks(page: str) -> list[str]:
    """The shell blocks of a page."""
    return BLOCK.findall(page)


def commands(block: str) -> list[list[str]]:
    """Splits a block into commands, each a list of words without comments; in a console block they follow `$`."""
    lines = re.sub(r"\\\n\s*", " ", block).splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    found, text = [], ""
    for line in lines:
        text += line + "\n"
        try:
            found += _split(text)
        except ValueError:  # a quotation that continues on the next line
            continue
        text = ""
    assert not text, f"unterminated quotation: {text}"
    return found


def _split(text: str) -> list[list[str]]:
    text = re.sub(r"\$\(\([^()]*\)\)", "1", text)  # arithmetic
    shell = shlex.shlex(text, posix=True, punctuation_chars=";&|()<>")
    shell.whitespace_split, found = True, [[]]
    for word in shell:
        if set(word) <= set(";&|()<>"):
            found.append([])
        else:
            found[-1].append(word)
    return [words for words in found if words]


def check(words: list[str]):
    """Raises if a command would fail: unknown program, command, option, study, model, make target or extra."""
    if "python" in words and words[(place := words.index("python")) + 1 : place + 2] == ["-m"]:
        assert words[place + 2] in PACKAGES, words
        return _check_arguments(words[place + 2], words[place + 3 :])
    for word in words:
        if "python -m" in word:  # a command quoted for another shell
            for inner in commands(re.sub(r"^--[\w-]+=", "", word) + "\n"):
                check(inner)
    while words and re.match(r"\w+=", words[0]):
        words = words[1:]
    if not words:
        return
    program, *rest = words
    if program == "make":
        assert re.search(rf"^{re.escape(rest[0])}:", (ROOT / "Makefile").read_text(), re.MULTILINE), words
    elif program == "pip":
        assert rest[0] == "install", words
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        for extra in re.findall(r"\.\[(\w+)\]", " ".join(rest)):
            assert extra in extras, words
    elif program == "python":
        assert rest[0].endswith(".py"), words
    elif program.startswith("examples/"):
        assert os.access(ROOT / program, os.X_OK), words
    else:
        assert program in OTHERS, f"{program}: neither one of our commands nor a known program"


@cache
def group(package: str):
    home = "benchmarks.__main__" if package == "benchmarks" else f"{package}.cli.app"
    return typer.main.get_command(importlib.import_module(home).app)


def _check_arguments(package: str, arguments: list[str]):
    commands = group(package).commands
    if arguments == ["--help"]:
        return
    assert arguments and arguments[0] in commands, f"{package} has no command {arguments[:1]}"
    command = commands[arguments[0]]
    if arguments[1:] == ["--help"]:
        return
    given = command.make_context(arguments[0], list(arguments[1:])).params  # raises for an unknown option
    if package == "ablations":
        _check_studies(given)
    if package == "inception_keras":
        for name in (given.get(key) for key in MODEL_WORDS):
            assert name in (None, "NAME") or zoo.architecture(name), name
        assert "pattern" not in given or matching(given["pattern"])


def _check_studies(given: dict):
    named = [given.get(key) for key in STUDY_WORDS]
    names = [name for entry in named if entry for name in ([entry] if isinstance(entry, str) else entry)]
    for name in names:
        if name.endswith(".py"):
            continue
        study = studies.load(name)
        study = study.reduce() if given.get("reduced") else study
        if given.get("settings"):
            study.change(parse(given["settings"]))
