"""What the project asks to be installed: the same in every file, and nothing with a known hole."""

import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.support.paths import ROOT

# The first release without a hole that is known, and the hole.
FLOORS = {
    "torch": "2.10",  # GHSA-63cw-57p8-fm3p: a file can corrupt memory although it is read with weights_only
    "pillow": "12.3",  # pictures that write outside their memory, or unpack to any size
    "filelock": "3.20.3",  # a lock file that follows a link
    "jinja2": "3.1.6",  # a template that leaves its sandbox
    "setuptools": "78.1.1",  # GHSA-5rjg-fvgr-3xxf: a download that is written anywhere
    "nbconvert": "7.17",  # GHSA-xm59-rqc7-hhvf: a program of the current folder is run
    "pytest": "9.0.3",  # a predictable folder in /tmp
}


def _asked() -> list[tuple[str, Requirement]]:
    """(file, requirement) of everything that any file names."""
    found = []
    for path in ROOT.glob("requirements*.txt"):
        lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
        found += [(path.name, Requirement(line)) for line in lines if line]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = {name: words for name, words in project["project"]["optional-dependencies"].items() if name != "bench"}
    words = chain(project["build-system"]["requires"], *extras.values())
    return found + [("pyproject.toml", Requirement(word)) for word in words]


@pytest.mark.parametrize("package", sorted({requirement.name for _, requirement in _asked()}))
def test_every_file_asks_for_the_same(package):
    asked = {str(requirement.specifier) for _, requirement in _asked() if requirement.name == package}
    assert len(asked) == 1, asked


@pytest.mark.parametrize("package", FLOORS)
def test_no_release_with_a_known_hole_is_allowed(package):
    floors = [
        next(Version(one.version) for one in requirement.specifier if one.operator == ">=")
        for _, requirement in _asked()
        if requirement.name == package
    ]
    assert floors and min(floors) >= Version(FLOORS[package])


def test_jax_has_the_same_requirements_in_place_of_tensorflow():
    asked = {path.name: [one for name, one in _asked() if name == path.name] for path in ROOT.glob("requirements*.txt")}
    jax, default = asked.pop("requirements-jax.txt"), asked.pop("requirements.txt")
    assert not asked
    assert (jax[0].name, default[0].name) == ("jax", "tensorflow")
    assert jax[1:] == default[1:]
