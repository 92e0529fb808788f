"""Both command lines tell their version, which is that of the package as it would be installed."""

import tomllib

import pytest
from typer.testing import CliRunner

import inception_keras
from ablations.cli.app import app as bench
from inception_keras.cli.app import app as zoo
from tests.support.paths import ROOT


@pytest.mark.parametrize("app", [zoo, bench])
def test_the_version_is_printed(app):
    answer = CliRunner().invoke(app, ["--version"])
    assert answer.exit_code == 0 and answer.output == f"inception_keras {inception_keras.__version__}\n"


def test_the_package_takes_it_from_the_same_place_and_the_changelog_has_it():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"] and "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "inception_keras.__version__"}
    assert f"\n## [{inception_keras.__version__}]" in (ROOT / "CHANGELOG.md").read_text()
