"""Exported models, run by their own engines.

Every engine has the one method that these models need of Keras, `predict_on_batch`: images float32
`(batch, height, width, channels)` in, outputs `(batch, classes)` out, for any size of batch.
"""

import importlib.util
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np


class Engine(Protocol):
    """What runs an exported model; a Keras model is one too."""

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray: ...


class SavedModel:
    """TensorFlow. It takes as many threads as the process may use cores."""

    def __init__(self, path: Path, threads: int | None):
        import tensorflow as tf

        self._model = tf.saved_model.load(str(path))

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        return self._model.serve(images).numpy()


class LiteRT:
    """The LiteRT interpreter; without the package `ai-edge-litert` the older one that comes with TensorFlow."""

    def __init__(self, path: Path, threads: int | None):
        self._interpreter = _interpreter()(model_path=str(path), num_threads=threads)
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._shape: tuple[int, ...] | None = None

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        if images.shape != self._shape:  # which plans all memory anew
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
        # threads that wait for work in a loop would take the cores from whatever is measured next
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        return self._session.run(None, {self._input: images})[0]


class OpenVINO:
    """OpenVINO on the CPU, in float32 where the processor has bfloat16 as well."""

    def __init__(self, path: Path, threads: int | None):
        import openvino

        settings = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        if threads:
            settings["INFERENCE_NUM_THREADS"] = str(threads)
        self._model = openvino.Core().compile_model(str(path), "CPU", settings)

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        return np.array(self._model(images)[0])  # a copy: the next call overwrites what it gives


ENGINES: dict[str, Callable[[Path, int | None], Engine]] = {
    "saved_model": SavedModel,
    "litert": LiteRT,
    "onnx": OnnxRuntime,
    "openvino": OpenVINO,
}


def load_engine(path: str | Path, to: str, threads: int | None = None) -> Engine:
    """The exported model at `path`, of the format `to`, in its engine.

    Args:
        path: The file; of SavedModel the folder.
        to: A name of `FORMATS`.
        threads: That the engine computes with; `None` leaves it to the engine.

    Raises:
        UserError: An unknown format, or its packages are missing.
    """
    from inception_keras.export.formats import find_format

    return ENGINES[find_format(to).name](Path(path), threads)
