"""Torch's files without torch: made here as torch makes them, and by torch itself where it is installed."""

import collections
import io
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from inception_keras import UserError
from inception_keras.weights import read_checkpoint
from inception_keras.weights.torch_files import MAGIC, PROTOCOL, read_torch_file
from inception_keras.weights.torch_values import BeyondTensors
from tests.support.torch_files import Stored, legacy, names, zipped

ARRAYS = {
    "conv1.weight": np.arange(54, dtype="float32").reshape(2, 3, 3, 3),
    "conv1.bias": np.array([1, -2], "float32"),
    "bn1.num_batches_tracked": np.array(7, "int64"),
}
WRITERS = pytest.mark.parametrize("write", [zipped, legacy])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.pth"


@pytest.fixture(autouse=True)
def _without_torch(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # makes its import fail


@WRITERS
def test_the_arrays_of_a_file(path, write):
    path.write_bytes(write({"state_dict": ARRAYS, "epoch": 3, "best": 0.5, "names": ["a", "b"], "done": True}))
    content = read_torch_file(path)
    assert {key: content[key] for key in ("epoch", "best", "names", "done")} == {
        "epoch": 3, "best": 0.5, "names": ["a", "b"], "done": True,
    }  # fmt: skip
    assert content["state_dict"].keys() == ARRAYS.keys()
    for key, array in ARRAYS.items():
        assert content["state_dict"][key].dtype == array.dtype
        np.testing.assert_array_equal(content["state_dict"][key], array)


@WRITERS
def test_a_state_dict_with_versions_is_a_checkpoint(path, write):
    state = collections.OrderedDict(ARRAYS)
    state._metadata = {"": {"version": 1}}  # what `Module.state_dict` adds
    path.write_bytes(write(state))
    checkpoint = read_checkpoint(path)
    assert (checkpoint.kind, list(checkpoint.arrays)) == ("torch", ["conv1.weight", "conv1.bias"])


@WRITERS
@pytest.mark.parametrize("kind", ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "?"])
def test_every_type_of_numbers(path, write, kind):
    array = np.array([[0, 1, 2], [3, 4, 5]]).astype(kind)
    path.write_bytes(write({"a": array}))
    found = read_torch_file(path)["a"]
    assert found.dtype == array.dtype and np.array_equal(found, array)


@WRITERS
def test_bfloat16_is_read_as_float32(path, write):
    bits = (np.array([1.5, -2], "f4").view("u4") >> 16).astype("u2")
    path.write_bytes(write({"a": Stored("BFloat16Storage", bits, 0, (2,), (1,))}))
    np.testing.assert_array_equal(read_torch_file(path)["a"], np.array([1.5, -2], "f4"))


@WRITERS
def test_views_of_one_storage(path, write):
    numbers = np.arange(12, dtype="f4")
    views = {
        "turned": Stored("FloatStorage", numbers, 0, (4, 3), (1, 4)),
        "row": Stored("FloatStorage", numbers, 8, (4,), (1,)),
        "empty": Stored("FloatStorage", numbers, 12, (0, 5), (5, 1)),
    }
    path.write_bytes(write(views))
    found = read_torch_file(path)
    np.testing.assert_array_equal(found["turned"], numbers.reshape(3, 4).T)
    np.testing.assert_array_equal(found["row"], numbers[8:])
    assert found["empty"].shape == (0, 5)


def test_a_file_of_a_machine_that_counts_the_other_way(path):
    path.write_bytes(zipped({"a": np.array([1, 2], ">f4")}, order="big"))
    np.testing.assert_array_equal(read_torch_file(path)["a"], [1, 2])


# -- what could do harm ------------------------------------------------------------------------------------------------


class Command:
    def __reduce__(self):
        return subprocess.check_call, (["touch", "ran"],)


@WRITERS
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_payload_is_never_executed(path, write, protocol, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    path.write_bytes(write({"a": ARRAYS["conv1.bias"], "b": Command()}, protocol=protocol))
    with pytest.raises(BeyondTensors, match="check_call"):
        read_torch_file(path)
    with pytest.raises(UserError, match=r"more than tensors \(.*check_call\), which can run code"):
        read_checkpoint(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "program",
    [
        b"cos\nsystem\n(S'touch ran'\ntR.",
        b"(S'touch ran'\nios\nsystem\n.",
        b"(cos\nsystem\nS'touch ran'\no.",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n\x81.",
        b"\x80\x02ccollections\nOrderedDict\n)\x81.",
        b"\x80\x02\x82\x01.",
        b"cbuiltins\neval\n(S'1'\ntR.",
        b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93.",
    ],
)
def test_every_way_to_call_something_is_refused(path, program, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("net/data.pkl", program)
    path.write_bytes(content.getvalue())
    with pytest.raises((BeyondTensors, UserError)):
        read_torch_file(path)
    assert not (tmp_path / "ran").exists()


@WRITERS
@pytest.mark.parametrize(
    "stored",
    [
        Stored("FloatStorage", np.ones(4, "f4"), 0, (5,), (1,)),
        Stored("FloatStorage", np.ones(4, "f4"), 3, (2,), (1,)),
        Stored("FloatStorage", np.ones(4, "f4"), 0, (2, 2), (4, 1)),
        Stored("FloatStorage", np.ones(4, "f4"), -1, (2,), (1,)),
        Stored("FloatStorage", np.ones(4, "f4"), 3, (2,), (-1,)),
        Stored("FloatStorage", np.ones(4, "f4"), 0, (2**62, 2**62), (0, 0)),
        Stored("FloatStorage", np.ones(4, "f4"), 0, (1,) * 9, (1,) * 9),
        Stored("FloatStorage", np.ones(4, "f4"), 0, (2,), (1, 1)),
    ],
)
def test_a_tensor_outside_its_storage_is_refused(path, write, stored):
    path.write_bytes(write({"a": stored}))
    with pytest.raises(UserError, match="net.pth is a torch checkpoint that is cut short or damaged"):
        read_torch_file(path)


@WRITERS
def test_a_tensor_that_repeats_one_number_is_not_unpacked(path, write):
    path.write_bytes(write({"a": Stored("FloatStorage", np.ones(1, "f4"), 0, (10**10,), (0,))}))
    with pytest.raises(UserError, match="unpacks to 40,000,000,000: it is refused"):
        read_torch_file(path)


@WRITERS
def test_a_file_that_is_cut_anywhere_is_one_line(path, write):
    whole = write({"conv1.bias": np.ones(2, "float32")})
    for size in range(5, len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(UserError) as error:
            read_checkpoint(path)
        assert str(error.value).isprintable()


@WRITERS
def test_a_flipped_byte_is_one_line_or_other_numbers(path, write):
    whole = write({"conv1.bias": np.ones(2, "float32")})
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            read_checkpoint(path)
        except UserError as error:
            assert str(error).isprintable()


def test_containers_without_an_end(path):
    nested: object = 1
    for _ in range(50):
        nested = [nested]
    path.write_bytes(zipped({"a": nested}))
    with pytest.raises(UserError, match="more than 16 deep"):
        read_torch_file(path)
    path.write_bytes(zipped({}, pickled=b"\x80\x02}q\0X\1\0\0\0ah\0s."))  # a dict that holds itself
    with pytest.raises(UserError, match="more than 16 deep"):
        read_torch_file(path)


def test_a_list_in_a_million_places_is_walked_once(path):
    shared: object = "leaf"
    for _ in range(12):
        shared = [shared] * 10
    path.write_bytes(zipped({}, pickled=pickle.dumps(shared, 2)))
    found = read_torch_file(path)
    for _ in range(12):
        assert len(found) == 10 and found[0] is found[9]
        found = found[0]
    assert found == "leaf"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"}", b"K\1s."),  # a key of a dict
        (b"ccollections\nOrderedDict\n]", b"K\1\x86a\x85R."),  # a key in a pair of an OrderedDict
        (b"(X\7\0\0\0storagectorch\nFloatStorage\n", b"X\3\0\0\0cpuK\1tQ."),  # a storage's key
        (b"(X\7\0\0\0storage", b"X\1\0\0\0aX\3\0\0\0cpuK\1tQ."),  # its type
        (b"(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0aX\3\0\0\0cpu", b"tQ."),  # its size
        (b"", b"X\1\0\0\0a\x93."),  # a module to import from
        (b"", b")R."),  # a function to call
    ],
)
def test_tuples_of_tuples_are_neither_hashed_nor_printed(path, before, after):
    many: object = ("leaf",)
    for _ in range(12):
        many = (many,) * 10
    pickled = pickle.dumps(many, 2)
    path.write_bytes(zipped({}, pickled=pickled[:2] + before + pickled[2:-1] + after))
    with pytest.raises((BeyondTensors, UserError)) as error:
        read_torch_file(path)
    assert len(str(error.value)) < 200
    for parts in ((MAGIC, many), (MAGIC, PROTOCOL, {}, {}, [many])):
        path.write_bytes(b"".join(pickle.dumps(part, 2) for part in parts))
        with pytest.raises(UserError, match="has the version tuple|with a tuple as its key"):
            read_torch_file(path)


def test_another_version_of_the_old_container(path):
    path.write_bytes(b"".join(pickle.dumps(part, 2) for part in (MAGIC, PROTOCOL + 1)))
    with pytest.raises(UserError, match="the version 1002, not 1001"):
        read_torch_file(path)


def test_settings_of_a_run_need_torch(path):
    import argparse

    path.write_bytes(legacy({"state_dict": ARRAYS, "args": argparse.Namespace(lr=1)}))
    with pytest.raises(UserError, match=r"\(argparse.Namespace\).*torch reads them: pip install"):
        read_checkpoint(path)


# -- torch itself ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("new", [True, False])
def test_files_of_torch(path, new, monkeypatch):
    monkeypatch.undo()  # of what hides it, so that a loaded one is not loaded again
    torch = pytest.importorskip("torch")
    layer = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    extra = {
        "half": torch.ones(3).half(),
        "bfloat": torch.ones(3).bfloat16(),
        "turned": torch.arange(6.0).reshape(2, 3).T,
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "flags": torch.tensor([True, False]),
    }
    torch.save({"state_dict": layer.state_dict(), **extra}, path, _use_new_zipfile_serialization=new)
    content = read_torch_file(path)
    for key, tensor in layer.state_dict().items():
        np.testing.assert_array_equal(content["state_dict"][key], tensor.numpy())
    for key, tensor in extra.items():
        np.testing.assert_array_equal(content[key], tensor.detach().float().numpy())


def test_the_names_are_torchs_own(monkeypatch):
    monkeypatch.undo()  # of what hides it, so that a loaded one is not loaded again
    torch = pytest.importorskip("torch")
    from torch import serialization

    assert (serialization.MAGIC_NUMBER, serialization.PROTOCOL_VERSION) == (MAGIC, PROTOCOL)
    for name in names():
        module, _, last = name.rpartition(".")
        owner = torch._utils if module == "torch._utils" else torch
        assert module == "collections" or hasattr(owner, last)
    assert struct.calcsize("<q") == 8
