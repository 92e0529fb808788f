"""The network that the converters get: only the main output, in operations that every format has."""

import keras

from inception_keras.errors import UserError
from inception_keras.graph.inference import inference_model
from inception_keras.layers.response_normalization import LocalResponseNormalization


class PortableResponseNormalization(LocalResponseNormalization):
    """Local response normalisation as a product with a banded matrix, on TensorFlow too.

    The compiled form is an XLA program: ONNX has no such operation, and the other formats would decompose it.
    """

    def call(self, x):
        return self.neutral(x)


def portable_model(model: keras.Model, fold: bool = False) -> keras.Model:
    """A model of `model`'s main output alone that every format can store; shares the weights unless `fold`.

    Args:
        model: A functional model in float32.
        fold: Whether to fold batch normalisation into the layers before it first. The converters of LiteRT, ONNX and
            OpenVINO do that anyway; a SavedModel keeps the layers as they are.

    Raises:
        UserError: A layer computes in another type than float32.
    """
    for layer in model.layers:
        if layer.compute_dtype != "float32":
            raise UserError(
                f"{model.name} computes in {layer.compute_dtype} ({layer.name}), but only float32 models are exported: "
                "build it with keras.config.set_dtype_policy('float32') and load its weights"
            )

    def clone(layer):
        if type(layer) is LocalResponseNormalization:
            return PortableResponseNormalization.from_config(layer.get_config())
        return layer

    # The same graph in a new model, without the arguments of `compile`.
    graph = inference_model(model, fold=fold)
    graph = keras.Model(graph.input, graph.output, name=model.name)
    network = keras.models.clone_model(graph, clone_function=clone)
    # ONNX's converter needs a model that has been called.
    network(keras.ops.zeros((1, *network.input.shape[1:])))
    return network
