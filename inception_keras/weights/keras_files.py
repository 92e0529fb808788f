"""Converts the weights files of Keras 2 that Keras Applications publishes."""

from pathlib import Path

from inception_keras.io.imagenet import imagenet_names
from inception_keras.io.keras_weights import assign_weights
from inception_keras.io.manifests import sha256
from inception_keras.weights.conversion import write_converted
from inception_keras.weights.published import PublishedFile


def convert_keras_file(source: Path, target: Path, file: PublishedFile) -> dict:
    """Converts a file into `NAME.weights.h5` with its manifest, as `convert` does; returns the manifest.

    Raises:
        UserError: The file is damaged or belongs to another model, or the target can't be written.
    """
    from inception_keras.graph.without_weights import without_weights
    from inception_keras.zoo import create_model

    facts = {
        "form": f"Keras's {file.model}",
        "file": source.name,
        "kind": "Keras 2 weights",
        "sha256": sha256(source),
        "left_out": [],
        "place": "",
        "moving_average": False,
        "other_weights": [],
        "assumed": [],
    }
    with without_weights():  # all of them are loaded
        model = create_model(file.model)
        assign_weights(model, source)
        if file.divisors:
            _fold_division(model, file.divisors)
        return write_converted(model, target, file.model, file.preprocessing, facts, class_names=imagenet_names())


def _fold_division(model, divisors: tuple[float, ...]):
    """Folds into the normalisation's variance the division that Keras's EfficientNet has with ImageNet weights alone.

    As a layer of the graph this would let a file saved from one form load into the other without an error; in the
    variance it is saved in the file.
    """
    import numpy as np
    from keras import layers

    (normalization,) = [layer for layer in model.layers if isinstance(layer, layers.Normalization)]
    mean, variance, count = normalization.get_weights()
    normalization.set_weights([mean, variance * np.square(divisors), count])
    normalization.finalize_state()
