"""The export formats, by the names that `--to` takes."""

import importlib.util
from dataclasses import dataclass

from inception_keras.errors import UserError, unknown

INSTALL = "pip install -e '.[export]'"


@dataclass(frozen=True)
class Format:
    """A format that models are exported to.

    Attributes:
        name: What `--to` takes.
        keras_name: Its name in `keras.Model.export`.
        suffix: The suffix of its file; empty for a SavedModel, which is a folder.
        modules: What its converter and its engine import in addition to TensorFlow.
        engine: The name of the engine that runs it.
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
    """The format called `name`, after checking that its packages are installed.

    Raises:
        UserError: There is no such format, or packages are missing.
    """
    if name not in FORMATS:
        raise unknown("format", name, FORMATS)
    if absent := missing(FORMATS[name]):
        raise UserError(f"the format {name} needs {' and '.join(absent)}, not installed here: {INSTALL}")
    return FORMATS[name]


def missing(format: Format) -> list[str]:
    """The modules that a format needs and that are not installed; imports none of them."""
    return [module for module in format.modules if importlib.util.find_spec(module) is None]


def check_backend():
    """Raises `UserError` if the backend of Keras is not TensorFlow; loads Keras."""
    import keras

    if keras.backend.backend() != "tensorflow":
        raise UserError(
            f"exporting needs Keras on TensorFlow, but the backend is {keras.backend.backend()}: set "
            "KERAS_BACKEND=tensorflow (weights files are the same for every backend)"
        )
