"""The graph in a `.caffemodel` tells networks apart that have the same names and shapes."""

import pytest

from inception_keras import UserError
from inception_keras.weights import identify, read_checkpoint
from inception_keras.weights.caffe_graph import check_graph
from inception_keras.weights.tables import caffe
from tests.support.caffe_networks import LRN, POOL, alexnet, convolution, googlenet
from tests.support.caffemodels import Layer, network


@pytest.fixture
def write(tmp_path):
    def file(name, layers, v1=False):
        (tmp_path / "net.caffemodel").write_bytes(network(name, layers, v1=v1))
        return tmp_path / "net.caffemodel"

    return file


@pytest.mark.parametrize("v1", [False, True], ids=["new", "2014"])
def test_bvlcs_networks(write, v1):
    assert identify(write("AlexNet", alexnet(), v1)) == "alexnet"
    assert identify(write("GoogleNet", googlenet(), v1)) == "googlenet"


@pytest.mark.parametrize("v1", [False, True], ids=["new", "2014"])
def test_every_layer_of_the_tables_is_compared(write, v1):
    for form, layers in ((caffe.ALEXNET, alexnet()), (caffe.GOOGLENET, googlenet())):
        assert read_checkpoint(write("net", layers, v1)).arrays.graph.inputs == form.graph


@pytest.mark.parametrize("v1", [False, True], ids=["new", "2014"])
def test_caffenet_is_not_alexnet(write, v1):
    path = write("CaffeNet", alexnet(order=("Pooling", "LRN")), v1)
    with pytest.raises(UserError) as error:
        identify(path)
    message = str(error.value)
    assert "net.caffemodel has the names and shapes of BVLC's AlexNet, but is another network" in message
    assert (
        "'CaffeNet'" in message and "conv2 is convolution /1 pad 2 group 2 of lrn 5 0.0001 0.75 1 of max 3/2" in message
    )
    checkpoint = read_checkpoint(path)
    with pytest.raises(UserError, match="conv2 is"):  # the same from memory
        check_graph(checkpoint.arrays, caffe.ALEXNET, "blobs")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"group": 1}, "conv2 is convolution /1 pad 2 of"),
        ({"lrn": ((1, 5), (2, 5e-4), (3, 0.75))}, "lrn 5 0.0005 0.75 1"),
        ({"lrn": (*LRN, (5, 2.0))}, "lrn 5 0.0001 0.75 2"),
        ({"lrn": (*LRN, (4, 1))}, "lrn within channels"),
        ({"lrn": ((1, 3), *LRN[1:])}, "lrn 3 0.0001"),
        ({"pool": ((1, 1), *POOL[1:])}, "average 3/2"),
        ({"pool": (*POOL, (4, 1))}, "max 3/2 pad 1"),
        ({"pool": ((1, 0), (2, 2), (3, 2))}, "max 2/2"),
        ({"order": ("Pooling",)}, "of max 3/2 of relu of conv1, not"),
    ],
)
def test_what_differs_is_said(write, changes, words):
    with pytest.raises(UserError) as error:
        identify(write("AlexNet", alexnet(**changes)))
    assert words in str(error.value)


def test_branches_in_another_order(write):
    with pytest.raises(UserError, match=r"inception_3b/1x1 is convolution /1 of concat of \(relu of inception_3a/3x3"):
        identify(write("GoogleNet", googlenet(order=("3x3", "1x1", "5x5", "pool_proj"))))


def test_a_replaced_head_is_compared_too(write):
    from inception_keras.weights.identification import flat, form_of

    checkpoint = read_checkpoint(write("flickr", alexnet(classifier="fc8_flickr")))
    arrays = flat(checkpoint, head="fc8_flickr")
    assert form_of(checkpoint, arrays, "fc8_flickr")[0] is caffe.ALEXNET


def test_words_do_not_grow_without_end(write):
    doubling = [Layer(f"c{number}", "Concat", ("data", "data"), ("data",)) for number in range(60)]
    graph = read_checkpoint(write("doubling", [*doubling, *convolution("conv1", "data")])).arrays.graph
    assert len(graph.inputs["conv1"]) < 10_000
