"""How the command lines load Keras: fast, quietly, and without hiding a library from later imports."""

import json
import os
import sys
from types import ModuleType

import pytest

from inception_keras import UserError
from inception_keras.backend import check_installed, framework_log_dropped, load_backend
from tests.support.cli import run_python


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    """What a new process prints that loads Keras beside a `keras.json`; one for two tests, since it takes seconds."""
    home = tmp_path_factory.mktemp("keras")
    settings = {"floatx": "float16", "epsilon": 1e-3, "image_data_format": "channels_first"}
    (home / "keras.json").write_text(json.dumps(settings))
    return run_python(f"""
import os, sys
os.environ["KERAS_HOME"] = {str(home)!r}
os.environ["KERAS_MAX_EPOCHS"] = os.environ["KERAS_MAX_STEPS_PER_EPOCH"] = os.environ["JAX_ENABLE_X64"] = "1"
os.environ["JAX_THREEFRY_PARTITIONABLE"] = "0"
from inception_keras import UserError
from inception_keras.backend import check_installed, load_backend
load_backend()
assert not {{"sklearn", "matplotlib", "pandas"}} & set(sys.modules)
import keras
assert keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).count_params() == 8
import matplotlib.pyplot
import sklearn.datasets
config = keras.config
print(config.floatx(), config.epsilon(), config.image_data_format(), config.dtype_policy().name)
print(*(getattr(config, name, lambda: None)() for name in ("max_epochs", "max_steps_per_epoch")))
print(keras.layers.Dense(1).compute_dtype, keras.layers.Conv2D(1, 1).data_format)
if keras.backend.backend() == "jax":
    import jax
    from inception_keras.backend import JAX
    assert all(getattr(jax.config, name) == value for name, value in JAX.items())
    assert jax.numpy.arange(2.0).dtype == "float32"
""")


def test_what_only_helpers_of_keras_need_is_not_loaded_and_can_be_later(answer):
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == "", "libraries that look for a GPU stay quiet"


def test_a_keras_json_changes_no_numbers(answer):
    assert answer.stdout.splitlines() == ["float32 1e-07 channels_last float32", "None None", "float32 channels_last"]


def test_what_was_loaded_before_stays(monkeypatch):
    before = ModuleType("sklearn")
    monkeypatch.setitem(sys.modules, "sklearn", before)
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    load_backend.__wrapped__()
    assert sys.modules["sklearn"] is before and "matplotlib" not in sys.modules


LOG = b"""WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795748029.512637   18624 port.cc:153] oneDNN custom operations are on.
2026-11-27 01:48:45.123456: I tensorflow/core/platform/cpu_feature_guard.cc:210] This TensorFlow binary is optimized
"""


def test_of_what_a_users_module_writes_only_the_log_of_tensorflow_is_dropped(capfd):
    with pytest.raises(ZeroDivisionError), framework_log_dropped():
        os.write(2, LOG)
        print("In my own words: 2026", file=sys.stderr)
        _ = 1 / 0
    assert capfd.readouterr().err == "In my own words: 2026\n"


def test_an_error_while_loading_is_shown(tmp_path):
    (tmp_path / "keras.py").write_text("print(1 / 0)")
    answer = run_python(f"""
import sys
from inception_keras.backend import load_backend
sys.path.insert(0, {str(tmp_path)!r})
load_backend()
""")
    assert answer.returncode == 1
    assert "ZeroDivisionError" in answer.stderr


@pytest.mark.parametrize("name", ["tensorlfow", "numpy"])
def test_a_backend_that_is_unknown_or_cannot_train_is_a_users_mistake(monkeypatch, name):
    monkeypatch.setenv("KERAS_BACKEND", name)
    with pytest.raises(UserError, match=f"KERAS_BACKEND, .* '{name}': .*allowed are 'tensorflow', 'jax', 'torch'"):
        check_installed()


@pytest.mark.parametrize(
    ("there", "way"),
    [
        (("jax",), "set KERAS_BACKEND=jax, or type: pip install tensorflow"),
        ((), "compute with: type: pip install tens"),
    ],
)
def test_a_backend_that_is_not_installed_is_a_users_mistake(monkeypatch, there, way):
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr("inception_keras.backend.find_spec", lambda name: name in there or None)
    with pytest.raises(UserError, match=f"TensorFlow is not installed, .*{way}"):
        check_installed()
