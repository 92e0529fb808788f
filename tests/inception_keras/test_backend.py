"""How the command lines load Keras: fast, quietly, and without hiding a library from later imports."""

from tests.support.cli import run_python


def test_what_only_helpers_of_keras_need_is_not_loaded_and_can_be_later():
    answer = run_python("""
import sys
from inception_keras.backend import load_backend
load_backend()
assert not {"sklearn", "matplotlib"} & set(sys.modules)
import keras
assert keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).count_params() == 8
import matplotlib.pyplot
import sklearn.datasets
""")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == "", "libraries that look for a GPU stay quiet"


def test_what_was_loaded_before_stays():
    answer = run_python("""
import sklearn, sys
before = sys.modules["sklearn"]
from inception_keras.backend import load_backend
load_backend()
assert sys.modules["sklearn"] is before
""")
    assert answer.returncode == 0, answer.stderr


def test_an_error_while_loading_is_shown():
    answer = run_python("""
import os, sys
os.environ["KERAS_BACKEND"] = "none-such"
from inception_keras.backend import load_backend
load_backend()
""")
    assert answer.returncode == 1
    assert "none-such" in answer.stderr
