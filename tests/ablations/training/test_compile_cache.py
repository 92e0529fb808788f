"""JAX's compiled programs: stored in the user's cache folder unless another one is configured."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from ablations.training import compile_cache
from tests.support.paths import ROOT

pytestmark = pytest.mark.jax
JAX = pytest.mark.skipif(keras.backend.backend() != "jax", reason="what JAX compiles")
PROGRAM = """
import sys
import jax
from ablations.training import compile_cache
if len(sys.argv) > 1:
    jax.config.update("jax_compilation_cache_dir", sys.argv[1])
compile_cache.keep()
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)  # so that this quick program is stored too
jax.jit(lambda x: x @ x)(jax.numpy.ones((7, 7)))
"""


def run(cache: Path, *arguments: Path) -> list[str]:
    """Compiles a program in a fresh process; returns the folders under `cache` that hold one."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    environment |= {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert "cache" not in answer.stderr
    return sorted({str(path.parent.relative_to(cache)) for path in cache.rglob("*-cache")})


@JAX
def test_programs_are_kept_in_the_users_cache(tmp_path):
    assert run(tmp_path) == ["inception_keras/compiled"]


@JAX
def test_a_folder_that_was_named_stays(tmp_path):
    assert run(tmp_path, tmp_path / "mine") == ["mine"]


@JAX
def test_without_a_folder_to_write_to_nothing_is_kept(tmp_path):
    (tmp_path / "inception_keras").write_text("a file where the folder would be")
    assert run(tmp_path) == []


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="where there is nothing to keep")
def test_other_backends_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    compile_cache.keep()
    assert not list(tmp_path.iterdir())
