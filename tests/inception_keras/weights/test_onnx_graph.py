"""The graph in one of Caffe's networks in ONNX tells networks apart that have the same names and shapes."""

from pathlib import Path

import numpy as np
import pytest

from inception_keras import UserError
from inception_keras.weights import identify, read_checkpoint
from inception_keras.weights.tables import caffe
from inception_keras.weights.unsaid import assumptions
from tests.support.caffe_networks import LRN, POOL, alexnet, googlenet
from tests.support.onnx_models import Node, caffe2_names, onnx_model, onnx_of

PAIR = (np.ones((1, 1, 1, 1), "float32"), np.ones(1, "float32"))


@pytest.fixture
def write(tmp_path):
    def file(content: bytes) -> Path:
        (tmp_path / "net.onnx").write_bytes(content)
        return tmp_path / "net.onnx"

    return file


def words(path: Path) -> dict[str, str]:
    return dict(read_checkpoint(path).arrays.graph.inputs)


def test_every_layer_of_the_tables_is_compared(write):
    for form, layers in ((caffe.ALEXNET, alexnet()), (caffe.GOOGLENET, googlenet())):
        path = write(onnx_of(layers))
        assert words(path) == form.graph
        assert identify(path) == form.name
        assert not assumptions(read_checkpoint(path), form)


def test_caffenet_is_not_alexnet(write):
    path = write(onnx_of(alexnet(order=("Pooling", "LRN"))))
    with pytest.raises(UserError) as error:
        identify(path)
    assert "net.onnx has the names and shapes of BVLC's AlexNet, but is another network" in str(error.value)
    assert "conv2 is convolution /1 pad 2 group 2 of lrn 5 0.0001 0.75 1 of max 3/2" in str(error.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"group": 1}, "conv2 is convolution /1 pad 2 of"),
        ({"lrn": (*LRN, (5, 2.0))}, "lrn 5 0.0001 0.75 2"),
        ({"pool": ((1, 1), *POOL[1:])}, "average 3/2"),
        ({"pool": (*POOL, (4, 1))}, "max 3/2 pad 1"),
    ],
)
def test_what_differs_is_said(write, changes, said):
    with pytest.raises(UserError) as error:
        identify(write(onnx_of(alexnet(**changes))))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (("Conv", {"pads": [0, 0, 1, 1]}), "convolution /1 pad 0x0x1x1 of image"),
        (("Conv", {"auto_pad": "SAME_UPPER"}), "convolution /1 pad SAME_UPPER of image"),
        (("Conv", {"dilations": [2, 2]}), "convolution /1 dilation 2 of image"),
        (("Gemm", {}), "dense of image"),
    ],
)
def test_layers_with_weights(write, node, said):
    kind, attributes = node
    nodes = [Node(kind, ("data", "conv1_w_0", "conv1_b_0"), ("out",), attributes)]
    assert words(write(onnx_model(caffe2_names({"conv1": PAIR}), nodes))) == {"conv1": said}


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (("GlobalAveragePool", {}), "average of all of"),
        (("LRN", {"size": 5}), "lrn 5 0.0001 0.75 1 of"),
        (("LeakyRelu", {"alpha": 0.1}), "leakyrelu of"),
        (("Flatten", {}), "dense of image"),
    ],
)
def test_layers_without_weights(write, node, said):
    kind, attributes = node
    nodes = [Node(kind, ("data",), ("x",), attributes), Node("Gemm", ("x", "fc_w_0", "fc_b_0"), ("out",), {})]
    assert said in words(write(onnx_model(caffe2_names({"fc": PAIR}), nodes)))["fc"]


def test_a_setting_that_is_none_is_one_line(write):
    nodes = [Node("LRN", ("data",), ("x",), {"alpha": [1, 2]})]
    with pytest.raises(UserError, match="net.onnx is not a complete ONNX model"):
        read_checkpoint(write(onnx_model(caffe2_names({"fc": PAIR}), nodes)))


@pytest.mark.parametrize(
    ("name", "form"), [("light_bvlc_alexnet", caffe.ALEXNET), ("light_inception_v1", caffe.GOOGLENET)]
)
def test_the_graphs_of_the_model_zoo_itself(write, name, form):
    """The library has them with the weights' shapes in the place of the weights."""
    onnx = pytest.importorskip("onnx")
    model = onnx.load(Path(onnx.__file__).parent / "backend/test/data/light" / f"{name}.onnx")
    shapes = [node.output[0] for node in model.graph.node if node.op_type == "ConstantOfShape"]
    nodes = [node for node in model.graph.node if node.op_type != "ConstantOfShape"]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(PAIR[0], array) for array in shapes)
    found = words(write(model.SerializeToString()))
    assert found == {layer: said for layer, said in form.graph.items() if not layer.startswith(("loss1", "loss2"))}
