"""pretrainedmodels' BN-Inception: the names, the old shapes, and the logits that torch computes."""

import numpy as np
import pytest

from inception_keras import create_model, preprocess_input
from inception_keras.weights import inspect_file
from tests.support.forward import forward


def test_images_are_prepared_with_the_means_of_the_port():
    white = np.full((1, 1, 1, 3), 255, "uint8")
    assert preprocess_input(white, "bn_inception").tolist() == [[[[151.0, 138.0, 127.0]]]]


def test_the_published_file_computes_what_torch_computes(publish, tmp_path):
    torch = pytest.importorskip("torch")
    from tests.support.bn_inception import BNInception

    torch.manual_seed(0)
    image = np.random.default_rng(0).uniform(-100, 100, (1, 64, 64, 3)).astype("float32")
    with torch.no_grad():
        net = BNInception().eval()
        expected = net(torch.from_numpy(image.transpose(0, 3, 1, 2).copy())).numpy()
    state = net.state_dict()
    state = {key: array[None] if "_bn." in key and array.ndim == 1 else array for key, array in state.items()}
    torch.save(state, tmp_path / "net.pth", _use_new_zipfile_serialization=False)
    assert inspect_file(tmp_path / "net.pth")[:3] == ("bn_inception", "torch", 1000)
    publish("bn_inception", "cadene", (tmp_path / "net.pth").read_bytes())
    model = create_model("bn_inception", weights="imagenet", input_shape=(64, 64, 3), classifier_activation=None)
    assert np.abs(forward(model, image) - expected).max() < 1e-3 * expected.std()
