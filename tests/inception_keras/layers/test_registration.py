"""A saved model loads where only the package and Keras are imported, in either order."""

import subprocess
import sys

import keras
import pytest
from keras import layers

from inception_keras.layers.batch_normalization import BatchNormalization
from inception_keras.layers.convolution import Conv2D
from inception_keras.layers.partial_identity import PartialIdentity
from inception_keras.layers.patch_whitening import PatchWhitening
from inception_keras.layers.response_normalization import LocalResponseNormalization
from inception_keras.models.parts.auxiliary import ModelWithAuxiliaryHeads
from tests.support.paths import ROOT

NOT_LOADED = "import sys, inception_keras; assert not {'keras', 'tensorflow', 'jax', 'torch'} & {*sys.modules}; "


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A model with all that this package registers, in Keras's own format."""
    x = image = keras.Input((8, 8, 3))
    for layer in (
        PatchWhitening(24),
        layers.Conv2D(26, 3, kernel_initializer=PartialIdentity()),
        Conv2D(8, 1),
        BatchNormalization(),
        LocalResponseNormalization(),
        layers.Flatten(),
    ):
        x = layer(x)
    model = ModelWithAuxiliaryHeads(image, {name: layers.Dense(3, name=name)(x) for name in ("aux_4a", "main")})
    registered = [name for name in keras.saving.get_custom_objects() if name.startswith("inception_keras>")]
    serialized = str(keras.saving.serialize_keras_object(model))
    assert len(registered) >= 6 and all(name in serialized for name in registered)
    path = tmp_path_factory.mktemp("registration") / "m.keras"
    model.save(path)
    return path


@pytest.mark.parametrize(
    "imports",
    [
        pytest.param(f"{NOT_LOADED} import keras", marks=pytest.mark.jax),
        "import keras, inception_keras",
        "import importlib.util, inception_keras; assert importlib.util.find_spec('keras'); from keras import layers",
    ],
)
def test_a_new_process_loads_it(imports, saved):
    program = f"{imports}; import keras; print(keras.models.load_model({str(saved)!r}).count_params())"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 0
