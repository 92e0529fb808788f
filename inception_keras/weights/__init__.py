"""Loads weights of other frameworks into the models of the zoo.

`from_torch`, `from_caffe` and `from_slim` take arrays and check all of them before they assign one; `read_checkpoint`
reads a file, `convert` turns one into a Keras weights file with a manifest, `identify` names the model that a file
belongs to, and `preprocess_input` prepares images as the source of the weights did.
"""

from inception_keras.io.keras_weights import load_weights
from inception_keras.io.manifests import read_manifest
from inception_keras.weights.checkpoints import Checkpoint, read_checkpoint
from inception_keras.weights.conversion import convert
from inception_keras.weights.decoding import decode_predictions
from inception_keras.weights.forms import Form, Preprocessing
from inception_keras.weights.identification import Identity, identify, inspect_file
from inception_keras.weights.importing import from_caffe, from_slim, from_torch
from inception_keras.weights.preprocessing import preprocess_input

__all__ = [
    "Checkpoint",
    "Form",
    "Identity",
    "Preprocessing",
    "convert",
    "decode_predictions",
    "from_caffe",
    "from_slim",
    "from_torch",
    "identify",
    "inspect_file",
    "load_weights",
    "preprocess_input",
    "read_checkpoint",
    "read_manifest",
]
