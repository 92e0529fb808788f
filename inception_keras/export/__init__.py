"""Exports models to SavedModel, LiteRT, ONNX and OpenVINO, and checks each file against the Keras model.

`export_model` keeps a file only if its engine gives the Keras model's outputs on test images, 256 on the command line.
The converters are those that Keras calls (`Model.export`); they need Keras on TensorFlow.
"""

from inception_keras.export.engines import load_engine
from inception_keras.export.formats import FORMATS
from inception_keras.export.images import prepare, read_images, smooth_images
from inception_keras.export.parity import Parity
from inception_keras.export.sources import load_source
from inception_keras.export.writing import Disagreement, convert, export_model

__all__ = [
    "FORMATS",
    "Disagreement",
    "Parity",
    "convert",
    "export_model",
    "load_engine",
    "load_source",
    "prepare",
    "read_images",
    "smooth_images",
]
