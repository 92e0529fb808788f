"""Files are named by their content, whatever they are called."""

import pytest

from inception_keras.io.kinds import kind_of
from tests.support.caffemodels import Layer, network


def message(field: int, content: bytes) -> bytes:
    return bytes([field << 3 | 2, len(content)]) + content


ONNX = bytes([0x08, 9]) + message(2, b"pytorch")  # ir_version, producer_name
FROZEN = message(1, message(1, b"input") + message(2, b"Placeholder"))  # a node: its name and its operation


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ONNX, "onnx"),
        (FROZEN, "a frozen TensorFlow graph"),
        (b'name: "AlexNet"\nlayer {\n', "a .prototxt, which describes a network"),
        (b'# a comment\ninput: "data"\n', "a .prototxt"),
        (b"layers {\n", "a .prototxt"),
        (b"MATLAB 5.0 MAT-file, Platform: PCWIN64", "a MATLAB file"),
        (b"\x12\x01\0\0\0\0\0\0" + bytes(8), "MXNet's parameters"),
        (b"\x1c\0\0\0TFL3", "a TensorFlow Lite model"),
        (b"\xfd7zXZ\0", "an xz archive"),
    ],
)
@pytest.mark.parametrize("name", ["net.bin", "net.caffemodel", "net.pth"])
def test_other_programs_files(tmp_path, content, words, name):
    (tmp_path / name).write_bytes(content)
    assert words in kind_of(tmp_path / name)


@pytest.mark.parametrize("v1", [False, True])
def test_a_caffemodel_of_another_name(tmp_path, v1):
    (tmp_path / "net.bin").write_bytes(network("AlexNet", [Layer("data", "Data", (), ("data",))], v1=v1))
    assert kind_of(tmp_path / "net.bin") == "caffemodel"
