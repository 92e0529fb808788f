"""HDF5 files that point outside, unpack to many times their size, or have another tree than Keras writes."""

import os

import h5py
import ml_dtypes
import numpy as np
import pytest

from inception_keras import UserError
from inception_keras.io.hdf5 import read_array
from inception_keras.io.keras_weights import read_layers


@pytest.fixture
def file(tmp_path):
    """A weights file with one dense layer, and a function that reads its layers."""
    path = tmp_path / "net.weights.h5"
    with h5py.File(path, "w") as opened:
        variables = opened.create_group("layers/dense/vars")
        variables["0"] = np.ones((2, 3), "float32")
    return path


def change(path, edit):
    with h5py.File(path, "a") as opened:
        edit(opened)


def test_what_keras_writes_is_read(file):
    assert read_layers(file)["dense"].shapes == ((2, 3),)


@pytest.mark.parametrize("shape", [(), (0, 2), (3, 4), (5, 2**13)])
def test_bfloat16_is_read_to_the_bit(tmp_path, shape):
    numbers = np.random.default_rng(0).normal(scale=1e3, size=shape).astype(ml_dtypes.bfloat16)
    with h5py.File(tmp_path / "net.weights.h5", "w") as opened:
        opened["numbers"] = numbers
        opened["numbers"].attrs["dtype"] = "bfloat16"
        read = read_array(opened["numbers"])
    assert (read.dtype, read.shape) == (np.float32, shape)
    np.testing.assert_array_equal(read, numbers.astype("float32"))


def external_link(opened):
    opened["layers/dense/vars/1"] = h5py.ExternalLink("pipe", "/x")


def external_group(opened):
    opened["layers/conv2d"] = h5py.ExternalLink("pipe", "/x")


def external_layers(opened):
    del opened["layers"]
    opened["layers"] = h5py.ExternalLink("pipe", "/x")


def soft_link(opened):
    opened["layers/dense/vars/1"] = h5py.SoftLink("/layers/dense/vars/0")


def external_numbers(opened):
    opened.create_dataset("layers/dense/vars/1", (4,), "f4", external=[("pipe", 0, 16)])


def virtual(opened):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("pipe", "x", (4,))
    opened.create_virtual_dataset("layers/dense/vars/1", layout)


@pytest.mark.parametrize("edit", [external_link, external_group, external_layers, soft_link, external_numbers, virtual])
def test_what_points_outside_is_refused_before_it_is_touched(file, edit):
    os.mkfifo(file.with_name("pipe"))  # opening it would wait for ever
    change(file, edit)
    with pytest.raises(UserError, match=r"net\.weights\.h5: .*: refused"):
        read_layers(file)


def group_for_variable(opened):
    opened.create_group("layers/dense/vars/1")


def null_dataspace(opened):
    opened["layers/dense/vars/1"] = h5py.Empty("f4")


def text_for_numbers(opened):
    opened["layers/dense/vars/1"] = "text"


def bytes_for_numbers(opened):
    opened["layers/dense/vars/1"] = np.zeros(3, "V2")


def wider_than_bfloat16(opened):
    opened["layers/dense/vars/1"] = np.zeros(3, "V4")
    opened["layers/dense/vars/1"].attrs["dtype"] = "bfloat16"


def variable_without_number(opened):
    opened["layers/dense/vars/kernel"] = np.ones(1, "float32")


def array_for_layer(opened):
    opened["layers/conv2d"] = np.ones(1, "float32")


def array_for_variables(opened):
    opened["layers/conv2d/vars"] = np.ones(1, "float32")


def array_for_layers(opened):
    del opened["layers"]
    opened["layers"] = np.ones(1, "float32")


@pytest.mark.parametrize(
    "edit",
    [
        group_for_variable,
        null_dataspace,
        text_for_numbers,
        bytes_for_numbers,
        wider_than_bfloat16,
        variable_without_number,
        array_for_layer,
        array_for_variables,
        array_for_layers,
    ],
)
def test_another_tree_is_a_damaged_file(file, edit):
    change(file, edit)
    with pytest.raises(UserError, match=r"net\.weights\.h5 is an HDF5 file that is cut short or damaged"):
        read_layers(file)


@pytest.mark.parametrize("keywords", [{"chunks": (1000,)}, {"compression": "gzip", "fillvalue": 1}])
def test_numbers_that_are_declared_and_not_stored(file, keywords):
    change(file, lambda opened: opened.create_dataset("layers/dense/vars/1", (10**9,), "f4", **keywords))
    with pytest.raises(UserError, match=r"unpacks to 4,000,000,024"):
        read_layers(file)


def test_groups_in_a_circle_end(file):
    change(file, lambda opened: opened["layers/dense"].__setitem__("again", opened["layers"]))
    assert read_layers(file)["dense"].shapes == ((2, 3),)
