"""Images prepared as the sources of the weights did."""

import numpy as np
import pytest
from keras import ops

from inception_keras import UserError
from inception_keras.weights import preprocess_input
from inception_keras.weights.preprocessing import MODES, constants
from inception_keras.weights.registry import FORMS

PIXEL = np.array([[[[10, 20, 250]]]], "uint8")  # red, green, blue


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("caffe", [250 - 104, 20 - 117, 10 - 123]),
        ("vgg", [250 - 103.939, 20 - 116.779, 10 - 123.68]),  # "caffe" in Keras Applications
        ("torch", [(10 / 255 - 0.485) / 0.229, (20 / 255 - 0.456) / 0.224, (250 / 255 - 0.406) / 0.225]),
        ("tf", [10 / 127.5 - 1, 20 / 127.5 - 1, 250 / 127.5 - 1]),
    ],
)
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int32"])
def test_values(mode, expected, dtype):
    images = PIXEL.astype(dtype)
    got = preprocess_input(images, mode)
    assert got.dtype == "float32" and got.shape == images.shape
    np.testing.assert_allclose(got[0, 0, 0], expected, rtol=1e-5)
    np.testing.assert_array_equal(images, PIXEL)
    tensor = preprocess_input(ops.convert_to_tensor(images), mode)
    assert not isinstance(tensor, np.ndarray)
    np.testing.assert_allclose(np.asarray(tensor), got, rtol=1e-6)


@pytest.mark.parametrize("mode", MODES)
def test_the_constants_for_the_manifest(mode):
    told = constants(mode)
    channels = PIXEL[..., ::-1] if told["order"] == "BGR" else PIXEL
    expected = (channels - np.array(told["mean"])) / np.array(told["std"])
    np.testing.assert_allclose(preprocess_input(PIXEL, mode), expected, rtol=1e-4)


def test_torchvisions_googlenet_undoes_the_normalisation():
    """With torchvision's `transform_input=True` the network sees -1 to 1, although its input is normalised."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    undone = preprocess_input(PIXEL, "torch") * (std / 0.5) + (mean - 0.5) / 0.5
    np.testing.assert_allclose(undone, preprocess_input(PIXEL, "tf"), atol=1e-6)


def test_a_mistake_gets_one_clear_line():
    with pytest.raises(UserError, match="did you mean 'torch'"):
        preprocess_input(PIXEL, "troch")
    with pytest.raises(UserError, match="channels last; got \\(1, 3, 8, 8\\)"):
        preprocess_input(np.zeros((1, 3, 8, 8)), "tf")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.framework}-{form.name}")
def test_every_form_says_how(form):
    assert preprocess_input(PIXEL, form.preprocessing.mode).shape == PIXEL.shape
    assert form.preprocessing.crop <= np.min(form.preprocessing.resize)
