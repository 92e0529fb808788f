"""Reading checkpoint files: what is read, and what is refused and why."""

import argparse
import io
import json
import os
import pickle
import struct
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from inception_keras import UserError
from inception_keras.weights import read_checkpoint
from tests.support.caffemodels import caffemodel

ARRAYS = {
    "conv1.weight": np.arange(54, dtype="float32").reshape(2, 3, 3, 3),
    "conv1.bias": np.array([1, -2], "float32"),
}
BLOBS = {
    "conv1/7x7_s2": (np.arange(54, dtype="float32").reshape(2, 3, 3, 3), np.array([1, -2], "float32")),
    "loss3/classifier": (np.arange(6, dtype="float32").reshape(3, 2), np.array([1, 2, 3], "float32")),
}


class Shaped(np.ndarray):
    """An array without numbers that says it has another shape."""

    @property
    def shape(self):
        return self.said

    @classmethod
    def layer(cls, shape) -> dict:
        array = np.empty(0, "float32").view(cls)
        array.said = shape
        return {"a": (array, np.ones(1, "float32"))}


def refusal(path) -> str:
    with pytest.raises(UserError) as error:
        read_checkpoint(path)
    message = str(error.value)
    assert path.name in message and "\n" not in message
    return message


def same(got, expected) -> bool:
    return got.keys() == expected.keys() and all(np.array_equal(got[key], expected[key]) for key in got)


# -- Caffe -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("v1", [False, True], ids=["new", "2014"])
def test_caffemodel(tmp_path, v1):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(caffemodel(BLOBS, v1=v1))
    checkpoint = read_checkpoint(path)
    assert (checkpoint.kind, checkpoint.framework) == ("caffemodel", "caffe")
    assert checkpoint.arrays.keys() == BLOBS.keys()
    for layer, pair in BLOBS.items():
        assert all(np.array_equal(a, b) for a, b in zip(checkpoint.arrays[layer], pair, strict=True))


@pytest.mark.parametrize("v1", [False, True], ids=["new", "2014"])
def test_a_caffemodel_that_is_cut_anywhere_is_never_taken_for_whole(tmp_path, v1):
    whole = caffemodel(BLOBS, v1=v1)
    path = tmp_path / "net.caffemodel"
    for size in range(1, len(whole)):
        path.write_bytes(whole[:size])
        try:
            checkpoint = read_checkpoint(path)
        except UserError:
            continue
        # a cut between two layers leaves a whole message with fewer layers: the import finds what is missing
        assert len(checkpoint.arrays) < len(BLOBS) or whole[size:].find(b"relu_loss3") >= 0


def test_bytes_that_are_no_caffemodel(tmp_path):
    path = tmp_path / "net.caffemodel"
    random = np.random.default_rng(0)
    for size in (1, 10, 1000):
        path.write_bytes(b"\x0b" + random.bytes(size))
        assert "caffemodel" in refusal(path)


def test_a_layer_with_one_array(tmp_path):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(caffemodel({"scale": (np.ones((2, 2, 1, 1), "float32"),)}))
    assert "layer 'scale' has 1 arrays" in refusal(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x80", "not a complete .caffemodel"),
        (caffemodel({"a": (np.ones((1,) * 40, "float32"), np.ones(1, "float32"))}), "40 axes"),
        (caffemodel(Shaped.layer((0, 2**63))), "the longest of 9,223,372,036,854,775,808"),
        (caffemodel(Shaped.layer((0, 2**31 - 1, 2**31 - 1))), "3 axes, the longest of 2,147,483,647"),
        (
            caffemodel({"a": (np.ones(1, "float32"),) * 2}).replace(b"\x2a\x04\0\0\x80\x3f", b"\x28\x80\x80\x80\x80\1"),
            "not a complete",
        ),
    ],
    ids=["one byte", "too many axes", "too long", "too long together", "numbers of another wire type"],
)
def test_a_caffemodel_of_impossible_arrays(tmp_path, content, words):
    path = tmp_path / "net.caffemodel"
    path.write_bytes(content)
    assert words in refusal(path)


def test_opencv_reads_the_same(tmp_path):
    cv2 = pytest.importorskip("cv2")
    if not hasattr(cv2.dnn, "readNetFromCaffe"):
        pytest.skip("OpenCV 5 has no Caffe reader")
    path, text = tmp_path / "net.caffemodel", tmp_path / "net.prototxt"
    path.write_bytes(caffemodel(BLOBS))
    # OpenCV names a layer after its output
    text.write_text(
        """
        input: "data" input_shape { dim: 1 dim: 3 dim: 3 dim: 3 }
        layer { name: "conv1/7x7_s2" type: "Convolution" bottom: "data" top: "conv1/7x7_s2"
                convolution_param { num_output: 2 kernel_size: 3 } }
        layer { name: "loss3/classifier" type: "InnerProduct" bottom: "conv1/7x7_s2" top: "loss3/classifier"
                inner_product_param { num_output: 3 } }
        """
    )
    net = cv2.dnn.readNetFromCaffe(str(text), str(path))
    for layer, arrays in read_checkpoint(path).arrays.items():
        for number, array in enumerate(arrays):
            np.testing.assert_array_equal(net.getParam(layer, number).reshape(array.shape), array)


# -- safetensors -------------------------------------------------------------------------------------------------------


def test_safetensors(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "net.safetensors"
    library.save_file(ARRAYS, path)
    checkpoint = read_checkpoint(path)
    assert (checkpoint.kind, checkpoint.framework) == ("safetensors", "torch")
    assert same(checkpoint.arrays, ARRAYS)
    path.rename(tmp_path / "net.bin")  # the content counts, not the name
    assert same(read_checkpoint(tmp_path / "net.bin").arrays, ARRAYS)


def test_a_safetensors_file_that_is_cut_short(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    path = tmp_path / "net.safetensors"
    library.save_file(ARRAYS, path)
    whole = path.read_bytes()
    for size in (20, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert "cut short or damaged" in refusal(path)
    path.write_bytes(struct.pack("<Q", 30) + b"{" + b"x" * 40)
    assert "cut short or damaged" in refusal(path)


@pytest.mark.parametrize(("name", "library"), [("safetensors", "safetensors"), ("pth", "torch")])
def test_a_library_that_is_not_installed_is_named(tmp_path, name, library, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)  # makes its import fail
    path = tmp_path / f"net.{name}"
    settings = pickle.dumps({"args": argparse.Namespace(lr=0.1)}, protocol=2)
    path.write_bytes(struct.pack("<Q", 2) + b"{}" if name == "safetensors" else settings)
    message = refusal(path)
    assert library in message and "pip install -e '.[weights]'" in message


# -- torch -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("wrapper", [None, "state_dict", "model"])
def test_torch(tmp_path, torch, zipped, wrapper):
    path = tmp_path / "net.pth"
    content = {f"module.{key}": torch.from_numpy(array) for key, array in ARRAYS.items()}
    content = {wrapper: content, "epoch": 3} if wrapper else content
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    checkpoint = read_checkpoint(path)
    assert (checkpoint.kind, checkpoint.framework) == ("torch", "torch")
    assert same(checkpoint.arrays, ARRAYS)


def test_torch_in_bfloat16(tmp_path, torch):
    torch.save({"weight": torch.tensor([1.5, -2]).bfloat16()}, tmp_path / "net.pth")
    assert same(read_checkpoint(tmp_path / "net.pth").arrays, {"weight": np.array([1.5, -2], "float32")})


def test_a_torch_file_that_is_cut_short(tmp_path, torch):
    path = tmp_path / "net.pth"
    for zipped in (True, False):
        torch.save({key: torch.from_numpy(a) for key, a in ARRAYS.items()}, path, _use_new_zipfile_serialization=zipped)
        whole = path.read_bytes()
        for size in (len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:size])
            assert "cut short or damaged" in refusal(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda torch: torch.nn.Linear(2, 3), "can run code when it is loaded"),
        (lambda torch: [1, 2], "no state_dict: it must be a mapping of names to arrays; got list"),
        (lambda torch: {"epoch": 3, "lr": 0.1}, "no state_dict: it is a dict with the keys epoch, lr"),
        (lambda torch: {}, "no state_dict"),
    ],
)
def test_a_torch_file_of_something_else(tmp_path, torch, content, words):
    torch.save(content(torch), tmp_path / "net.pth")
    assert words in refusal(tmp_path / "net.pth")


class Command:
    def __reduce__(self):
        return subprocess.check_call, (["touch", "ran"],)


def test_a_pickle_that_runs_a_command_does_not(tmp_path, torch, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pth").write_bytes(pickle.dumps(Command(), protocol=2))
    assert "refused" in refusal(tmp_path / "net.pth")
    assert not (tmp_path / "ran").exists()


def test_tensors_that_are_no_arrays_are_named_with_their_kind(tmp_path, torch):
    kinds = {
        "qint8": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "sparse_coo": torch.eye(3).to_sparse(),
        "device meta": torch.empty(3, device="meta"),
    }
    for words, tensor in kinds.items():
        torch.save({"conv1.weight": tensor}, tmp_path / "net.pth")
        message = refusal(tmp_path / "net.pth")
        assert "net.pth: conv1.weight is a tensor that is no plain array" in message and words in message


@pytest.mark.parametrize("half", [False, True])
def test_a_tensor_that_repeats_one_number_is_not_unpacked(tmp_path, torch, half):
    tensor = torch.zeros(1, dtype=torch.bfloat16 if half else torch.float32).expand(10**10)
    torch.save({"conv1.weight": tensor}, tmp_path / "net.pth")
    assert "but unpacks to" in refusal(tmp_path / "net.pth")


def test_every_flipped_byte_of_a_directory_is_one_line(tmp_path, torch):
    path = tmp_path / "net.pth"
    torch.save({"conv1.bias": torch.ones(2)}, path)
    whole = path.read_bytes()
    for place in range(whole.index(b"PK\1\2"), len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x80]) + whole[place + 1 :])
        try:
            read_checkpoint(path)
        except UserError as error:
            assert str(error).isprintable()


@pytest.mark.parametrize(("dtype", "size"), [("F8_E4M3", 1), ("BF16", 2)])
def test_types_of_safetensors_that_numpy_lacks(tmp_path, dtype, size):
    pytest.importorskip("safetensors")
    path = tmp_path / "net.safetensors"
    header = json.dumps({"conv1.bias": {"dtype": dtype, "shape": [2], "data_offsets": [0, 2 * size]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\x80\x3f" * size)
    if dtype == "BF16":
        assert same(read_checkpoint(path).arrays, {"conv1.bias": np.ones(2, "float32")})
    else:
        assert "conv1.bias is of the type F8_E4M3, which NumPy does not have" in refusal(path)


# -- everything else ---------------------------------------------------------------------------------------------------


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(zipfile.ZipInfo(name), "content")  # without the time, which would be in the test's id
    return content.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pth", b"", "is empty"),
        ("a.pth", b"<!DOCTYPE html><html>404</html>", "an HTML page: did a download fail?"),
        ("a.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
        ("a.pth", b"\x1f\x8b" + bytes(50), "a gzip archive that is damaged or no .tar.gz"),
        ("a.pth", b"no checkpoint at all", "other than a .pth file: its first bytes are"),
        ("a.bin", b"no checkpoint at all", "an unknown file of 20 bytes"),
        ("a.ckpt.data-00000-of-00001", bytes(50), "a TensorFlow checkpoint"),
        ("a.npz", zipped("a.npy", "b.npy"), "a NumPy archive"),
        ("a.zip", zipped("a.txt"), "a zip archive with a.txt"),
        ("a.pt", zipped("a/data.pkl", "a/code/__torch__.py"), "a TorchScript program, which is code"),
        ("a.pth", zipped("a/data.pkl")[:60], "looks like a torch checkpoint that is cut short"),
        ("a.keras", zipped("config.json", "metadata.json", "model.weights.h5"), "loading one can run code"),
        ("a.weights.h5", b"\x89HDF\r\n\x1a\n" + bytes(30), "HDF5 file that is cut short or damaged"),
    ],
)
def test_another_file_is_said_to_be_what_it_looks_like(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    assert words in refusal(path)


def test_a_zip_of_many_times_its_size_is_not_unpacked(tmp_path):
    path = tmp_path / "net.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("net/data.pkl", bytes(2**24))
    assert "unpacks to 16,777,216: it is refused" in refusal(path)


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors", "a.caffemodel", "a.weights.h5"])
def test_what_is_no_regular_file_is_never_opened(tmp_path, name):
    os.mkfifo(tmp_path / name)  # opening it would wait for ever
    assert "is a pipe, not a regular file" in refusal(tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    assert "is a device, not a regular file" in refusal(tmp_path / name)


def test_no_file_and_a_folder(tmp_path):
    assert "there is no file" in refusal(tmp_path / "none.pth")
    (tmp_path / "saved_model").mkdir()
    assert "is a folder" in refusal(tmp_path / "saved_model")


@pytest.mark.parametrize("name", ["a.h5", "a.keras"])
def test_whole_keras_models_are_refused(tmp_path, name):
    import keras

    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(tmp_path / name)
    message = refusal(tmp_path / name)
    assert "run code" in message and "model.save_weights" in message
