"""The package as a wheel: it holds what it should, and works where there is no checkout."""

import zipfile
from pathlib import Path

import pytest

from tests.repository.conftest import PACKAGES
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow  # builds, installs and trains: a minute or two


def test_the_wheel_holds_both_packages_with_all_their_files_and_nothing_else(wheel):
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file())
    assert held == {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert {"inception_keras/py.typed", "ablations/py.typed", "ablations/studies/quickstart.py"} <= held


def test_what_runs_is_the_wheel(outside, environment):
    code = "import ablations, inception_keras as zoo; print(zoo.__file__, ablations.__file__, sep='\\n')"
    for path in outside("python", "-c", code).split():
        assert Path(path).is_relative_to(environment.parent)


def test_the_console_scripts_work_outside_the_checkout(outside, tmp_path):
    assert "googlenet_torchvision" in outside("inception-keras", "list")
    assert "quickstart" in outside("ablations", "list")
    shown = outside("ablations", "run", "three_convolutions", "--reduced", "--jobs", "0")
    assert "gap" in shown and "tables: results/three_convolutions" in shown
    records = list((tmp_path / "results" / "three_convolutions" / "records").glob("*.json"))
    assert records and '"commit": null' in records[0].read_text(), "there is no checkout"
