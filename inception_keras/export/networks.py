"""The network that the converters get: only the main output, in operations that every format has."""

from typing import Any

import keras
from keras import layers, ops

from inception_keras.errors import UserError
from inception_keras.graph.folding import functional_graph
from inception_keras.graph.inference import inference_model
from inception_keras.graph.nodes import main_output
from inception_keras.layers.response_normalization import LocalResponseNormalization


class PortableResponseNormalization(LocalResponseNormalization):
    """Local response normalisation as a product with a banded matrix, on TensorFlow too.

    The compiled form is an XLA program: ONNX has no such operation, and the other formats would decompose it.
    """

    def call(self, x):
        return self.neutral(x)


class PortableGroupedConvolution(layers.Conv2D):
    """A grouped convolution as one convolution per group.

    On TensorFlow Keras computes a grouped one in an XLA program, since the operation lacks a kernel for processors.
    """

    def convolution_op(self, inputs, kernel):
        channels = -1 if self.data_format == "channels_last" else 1
        own_inputs, own_kernels = ops.split(inputs, self.groups, axis=channels), ops.split(kernel, self.groups, axis=-1)
        convolve = super().convolution_op
        return ops.concatenate(list(map(convolve, own_inputs, own_kernels)), axis=channels)


class PortableNormalization(layers.Normalization):
    """Keras's input normalisation with mean and variance as constants of the graph.

    Keras keeps them in tensors outside of it, which the converter to ONNX takes for further inputs of the model.
    """

    mean: Any
    variance: Any

    def finalize_state(self):
        super().finalize_state()
        self.mean, self.variance = ops.convert_to_numpy(self.mean), ops.convert_to_numpy(self.variance)


def portable_model(model: keras.Model, fold: bool = False) -> keras.Model:
    """A model of `model`'s main output alone that every format can store.

    It shares the weights of `model`, unless `fold`, and except of grouped convolutions and input normalisation.

    Args:
        model: A functional model in float32, from images of a fixed size.
        fold: Whether to fold batch normalisation into the layers before it first. The converters of LiteRT, ONNX and
            OpenVINO do that anyway; a SavedModel keeps the layers as they are.

    Raises:
        UserError: A layer computes in another type than float32, the input is not one image of a fixed size, or there
            are several outputs without a `main`.
    """
    check_exportable(model)
    twins: dict[layers.Layer, layers.Layer] = {}

    def clone(layer):
        if (kind := _portable_kind(layer)) is None:
            return layer
        twins[layer] = kind.from_config(layer.get_config())
        return twins[layer]

    # The same graph in a new model, without the arguments of `compile`.
    graph = inference_model(model, fold=fold)
    graph = keras.Model(graph.input, graph.output, name=model.name)
    network = keras.models.clone_model(graph, clone_function=clone)
    for layer, twin in twins.items():
        twin.set_weights(layer.get_weights())
        if isinstance(twin, layers.Normalization):
            twin.finalize_state()
    # ONNX's converter needs a model that has been called.
    network(ops.zeros((1, *network.input.shape[1:])))
    return network


def check_exportable(model: keras.Model):
    """Raises the errors of `portable_model`, and `UserError` if the model has no graph of layers."""
    main_output(functional_graph(model))
    for layer in model.layers:
        if layer.compute_dtype != "float32":
            raise UserError(
                f"{model.name} computes in {layer.compute_dtype} ({layer.name}), but only float32 models are exported: "
                "build it with keras.config.set_dtype_policy('float32') and load its weights"
            )
    if not isinstance(model.input, keras.KerasTensor):
        raise UserError(f"{model.name} has {len(model.inputs)} inputs, but only models of one image are exported")
    shape = tuple(model.input.shape[1:])
    if None in shape:
        raise UserError(
            f"{model.name} takes images of any size, {shape}, but is exported for one: build it with input_shape="
            f"{tuple(side or 224 for side in shape)}, for example, and load its weights, which are the same; "
            "or give --image-size on the command line"
        )


def check_comparable(model: keras.Model):
    """Raises the errors of `portable_model`, and `UserError` if the main output is not `(n, classes)` or features."""
    check_exportable(model)
    shape = main_output(functional_graph(model)).shape
    if len(shape) != 2:
        sides = ", ".join(map(str, shape[1:]))
        raise UserError(
            f"{model.name} puts out (n, {sides}), but only outputs (n, classes) are compared with Keras's: build it "
            "with include_top=True or pooling='avg'; inception_keras.export.convert writes it without a comparison"
        )


def _portable_kind(layer) -> type[layers.Layer] | None:
    """The class to export a layer with, of exactly these types: a subclass may compute something else."""
    if type(layer) is LocalResponseNormalization:
        return PortableResponseNormalization
    if type(layer) is layers.Conv2D and layer.groups > 1:
        return PortableGroupedConvolution
    return PortableNormalization if type(layer) is layers.Normalization else None
