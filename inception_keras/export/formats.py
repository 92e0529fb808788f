"""The formats, by the name that `--to` takes."""

import importlib.util
from dataclasses import dataclass

from inception_keras.errors import UserError, unknown

INSTALL = "pip install 'inception_keras[export]'"


@dataclass(frozen=True)
class Format:
    """A format that models are exported to.

    Attributes:
        name: What `--to` takes.
        keras_name: What `keras.Model.export` calls it.
        suffix: How its file is called; of SavedModel, a folder, nothing.
        modules: What its converter and its engine import beside TensorFlow.
        engine: What runs it.
    """

    name: str
    keras_name: str
    suffix: str
    modules: tuple[str, ...]
    engine: str


FORMATS = {
    format.name: format
    for format in (
        Format("onnx", "onnx", ".onnx", ("onnx", "tf2onnx", "onnxruntime"), "ONNX Runtime"),
        Format("litert", "litert", ".tflite", (), "LiteRT"),
        Format("saved_model", "tf_saved_model", "", (), "TensorFlow"),
        Format("openvino", "openvino", ".xml", ("openvino",), "OpenVINO"),
    )
}


def find_format(name: str) -> Format:
    """The format called `name`, whose packages are installed.

    Raises:
        UserError: There is none, or packages are missing.
    """
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    if absent := missing(FORMATS[name]):
        raise UserError(f"the format {name} needs {' and '.join(absent)}, not installed here: {INSTALL}")
    return FORMATS[name]


def missing(format: Format) -> list[str]:
    """The modules that a format needs and that are not installed; nothing is imported."""
    return [module for module in format.modules if importlib.util.find_spec(module) is None]


def check_backend():
    """Raises `UserError` where Keras has another backend than TensorFlow; loads Keras."""
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UserError(
            f"models are exported by Keras on TensorFlow, and the backend here is {keras.backend.backend()}: set "
            "KERAS_BACKEND=tensorflow (weights files are the same for every backend)"
        )
