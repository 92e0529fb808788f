"""Caffe's networks in the ONNX model zoo: initializers by Caffe2's names."""

import math

import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.weights import inspect_file, read_checkpoint
from inception_keras.weights.onnx_files import read_onnx
from tests.support import vectors
from tests.support.caffemodels import _bytes, _number
from tests.support.forward import forward
from tests.support.onnx_models import caffe2_names, onnx_model

PAIR = (np.arange(6, dtype="float32").reshape(2, 3, 1, 1), np.ones(2, "float32"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_layers_arrays_are_two_initializers(tmp_path, packed):
    shape = {"OC2_DUMMY_1": np.array([1, 1024], "int64")}
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_model({**caffe2_names({"conv1/7x7_s2": PAIR}), **shape}, packed=packed))
    found = read_onnx(path)
    assert list(found) == ["conv1/7x7_s2"]
    for ours, written in zip(found["conv1/7x7_s2"], PAIR, strict=True):
        np.testing.assert_array_equal(ours, written)


def test_the_real_library_writes_what_is_read(tmp_path):
    onnx = pytest.importorskip("onnx")
    tensors = [onnx.numpy_helper.from_array(array, name) for name, array in caffe2_names({"fc": PAIR}).items()]
    image = onnx.helper.make_tensor_value_info("data_0", onnx.TensorProto.FLOAT, [1])
    node = onnx.helper.make_node("Identity", ["data_0"], ["prob_1"])
    graph = onnx.helper.make_graph([node], "graph", [image], [image], tensors)
    onnx.save(onnx.helper.make_model(graph), tmp_path / "net.onnx")
    checkpoint = read_checkpoint(tmp_path / "net.onnx")
    assert (checkpoint.kind, checkpoint.framework) == ("onnx", "caffe")
    np.testing.assert_array_equal(checkpoint.arrays["fc"][0], PAIR[0])


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"conv1.weight": PAIR[0]}, "not called as Caffe2 calls a layer's, such as 'conv1_w_0'.*'conv1.weight'"),
        ({"conv1_w_0": PAIR[0]}, "'conv1'"),
        ({}, "'none'"),
    ],
)
def test_another_model_is_refused(tmp_path, arrays, words):
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_model(arrays))
    with pytest.raises(UserError, match=words):
        read_onnx(path)


def test_a_model_that_is_cut_short_is_refused(tmp_path):
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_model(caffe2_names({"conv1": PAIR}))[:-20])
    with pytest.raises(UserError, match="not a complete ONNX model"):
        read_onnx(path)


@pytest.mark.parametrize("shape", [(0, 2**63), (0, 2**31 - 1, 2**31 - 1), (1,) * 70])
def test_a_shape_that_no_array_has_is_refused(tmp_path, shape):
    path = tmp_path / "net.onnx"
    sizes = b"".join(_number(1, size) for size in shape)
    numbers = np.ones(math.prod(shape), "float32").tobytes()
    tensor = sizes + _number(2, 1) + _bytes(8, b"conv1_w_0") + _bytes(9, numbers)
    path.write_bytes(_bytes(7, _bytes(5, tensor)))
    with pytest.raises(UserError, match=f"an array has {len(shape)} axes.*more than Caffe allows"):
        read_onnx(path)


@pytest.mark.slow
def test_the_papers_network_from_its_address_to_the_logits(publish, tmp_path):
    content = onnx_model(caffe2_names(vectors.blobs("caffe_bvlc_googlenet")))
    publish("googlenet", "onnx", content)
    model = create_model("googlenet", weights="onnx", classifier_activation=None)
    expected = vectors.load("caffe_bvlc_googlenet")["loss3.classifier"]
    assert vectors.ratio(forward(model, vectors.image(224, 50)), expected) < 1e-4
    (tmp_path / "g.onnx").write_bytes(content)
    assert inspect_file(tmp_path / "g.onnx")[:3] == ("googlenet", "onnx", 1000)
