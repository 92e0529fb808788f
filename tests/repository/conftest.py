"""One wheel for all tests of this folder, installed once in an environment outside the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.paths import ROOT

SOURCES = ("pyproject.toml", "requirements.txt", "README.md", "LICENSE")
PACKAGES = ("inception_keras", "ablations")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy of the sources without the files of earlier builds."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", built, source], check=True)
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def environment(wheel, tmp_path_factory) -> Path:
    """The scripts folder of an environment with the wheel, which takes its requirements from the tests' environment."""
    place = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", place / "bin" / "python"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", wheel], check=True)
    own = sysconfig.get_path("purelib", vars={"base": str(place)})
    # Listed after the wheel: a checkout installed there would be imported instead. Its .pth files are not read.
    others = dict.fromkeys(path for path in sys.path if path.endswith("-packages"))
    Path(own, "others.pth").write_text("\n".join(others), encoding="utf-8")
    return place / "bin"


@pytest.fixture
def outside(environment, tmp_path):
    """Runs a program of the environment in an empty folder; returns what it prints."""

    def run(*command: str) -> str:
        settings = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        settings |= {"TFDS_DATA_DIR": str(tmp_path / "data"), "TF_CPP_MIN_LOG_LEVEL": "2"}
        program, *arguments = command
        done = subprocess.run(
            [environment / program, *arguments], cwd=tmp_path, env=settings, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return run
