"""Runs exported models in their engines.

Every engine has the one Keras method that is needed here, `predict_on_batch`: float32 images
`(batch, height, width, channels)` in, outputs `(batch, classes)` out, for any batch size.
"""

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np


class Engine(Protocol):
    """Runs an exported model; a Keras model is an engine too."""

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray: ...


class SavedModel:
    """TensorFlow. It ignores `threads` and uses one per core that the process may use."""

    def __init__(self, path: Path, threads: int | None):
        import tensorflow as tf

        self._model = tf.saved_model.load(str(path))

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        return self._model.serve(images).numpy()


class LiteRT:
    """The LiteRT interpreter, or without the package `ai-edge-litert` the older one that comes with TensorFlow."""

    def __init__(self, path: Path, threads: int | None):
        self._interpreter = _interpreter()(model_path=str(path), num_threads=threads)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape: tuple[int, ...] | None = None

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        if images.shape != self._shape:  # resizing plans all memory again
            self._interpreter.resize_tensor_input(self._input, images.shape)
            self._interpreter.allocate_tensors()
            self._shape = images.shape
        self._interpreter.set_tensor(self._input, images)
        self._interpreter.invoke()
        return self._interpreter.get_tensor(self._output)


def _interpreter():
    if importlib.util.find_spec("ai_edge_litert"):
        from ai_edge_litert.interpreter import Interpreter

        return Interpreter
    import tensorflow as tf

    warnings.filterwarnings("ignore", message=r"\s*Warning: tf.lite.Interpreter is deprecated")
    return tf.lite.Interpreter


class OnnxRuntime:
    """ONNX Runtime on the CPU."""

    def __init__(self, path: Path, threads: int | None):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        if threads:
            options.intra_op_num_threads = threads
        # threads that spin while they wait for work would take cores from the next measurement
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input: images})[0]


class OpenVINO:
    """OpenVINO on the CPU, in float32 even if the processor supports bfloat16."""

    def __init__(self, path: Path, threads: int | None):
        import openvino

        settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        if threads:
            settings["INFERENCE_NUM_THREADS"] = str(threads)
        self._model = openvino.Core().compile_model(str(path), "CPU", settings)

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        return np.array(self._model(images)[0])  # a copy: the next call overwrites the result


ENGINES: dict[str, Callable[[Path, int | None], Engine]] = {
    "saved_model": SavedModel,
    "litert": LiteRT,
    "onnx": OnnxRuntime,
    "openvino": OpenVINO,
}


def load_engine(path: str | Path, to: str, threads: int | None = None) -> Engine:
    """Loads the exported model at `path`, of the format `to`, into its engine.

    Args:
        path: The file, or the folder of a SavedModel.
        to: A name of `FORMATS`.
        threads: The number of threads that the engine computes with; `None` for the engine's default.

    Raises:
        UserError: The format is unknown, or its packages are missing.
    """
    from inception_keras.export.formats import find_format

    return ENGINES[find_format(to).name](Path(path), threads)
