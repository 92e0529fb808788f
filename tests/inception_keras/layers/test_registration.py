"""A saved model loads where only the package and Keras are imported, in either order."""

import subprocess
import sys

import keras
import pytest

from inception_keras import create_model
from tests.support.paths import ROOT

pytestmark = pytest.mark.jax
SMALL = {"stem": "small", "width": 0.05, "branches": ("1x1",), "input_shape": (32, 32, 3), "classes": 3}
NOT_LOADED = "import sys, inception_keras; assert not {'keras', 'tensorflow', 'jax', 'torch'} & {*sys.modules}; "


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model with all layers and initialisers that this package registers, in Keras's own format."""
    image = keras.Input((32, 32, 3))
    kinds: dict[str, dict] = {"lrn": {"initializer": "identity", "whitening": True}, "batch": {"aux_heads": "4a"}}
    both = [create_model("googlenet", normalization=kind, name=kind, **SMALL, **kinds[kind])(image) for kind in kinds]
    path = tmp_path_factory.mktemp("registration") / "m.keras"
    keras.Model(image, both).save(path)
    return path


@pytest.mark.parametrize(
    "imports",
    [
        f"{NOT_LOADED} import keras",
        "import keras, inception_keras",
        "import importlib.util, inception_keras; assert importlib.util.find_spec('keras'); from keras import layers",
    ],
)
def test_a_new_process_loads_it(imports, saved):
    program = f"{imports}; import keras; print(keras.models.load_model({str(saved)!r}).count_params())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
