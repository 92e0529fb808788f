"""GoogLeNet with toggles, and a zoo of related networks whose parameter counts are exact.

Each name below is imported on first use, so that `import inception_keras` costs nothing and a `GoogLeNetConfig` can be
read without a deep learning framework. The layers that Keras needs to load a saved model are registered with it.
"""

import importlib
from typing import TYPE_CHECKING

from inception_keras.layers.registration import register_layers
from inception_keras.models.parts.named_weights import register_provider

register_layers()
register_provider("inception_keras.weights.by_name")

__version__ = "0.2.0"  # of both packages

_HOME = {
    "AlexNet": "models.alexnet",
    "DenseNet121": "models.keras_applications",
    "DenseNet169": "models.keras_applications",
    "DenseNet201": "models.keras_applications",
    "EfficientNetB0": "models.keras_applications",
    "EfficientNetB1": "models.keras_applications",
    "EfficientNetB2": "models.keras_applications",
    "EfficientNetB3": "models.keras_applications",
    "EfficientNetB4": "models.keras_applications",
    "EfficientNetB5": "models.keras_applications",
    "EfficientNetB6": "models.keras_applications",
    "EfficientNetB7": "models.keras_applications",
    "GoogLeNet": "models.googlenet",
    "GoogLeNetConfig": "models.googlenet_config",
    "InceptionResNetV2": "models.inception_resnet",
    "InceptionV3": "models.inception_v3",
    "InceptionV4": "models.inception_v4",
    "MobileNet": "models.keras_applications",
    "MobileNetV2": "models.keras_applications",
    "MobileNetV3Large": "models.keras_applications",
    "MobileNetV3Small": "models.keras_applications",
    "ResNet18": "models.resnet",
    "ResNet34": "models.resnet",
    "ResNet50": "models.keras_applications",
    "ResNet101": "models.keras_applications",
    "ResNet152": "models.keras_applications",
    "UserError": "errors",
    "VGG16": "models.vgg",
    "VGG19": "models.vgg",
    "class_activation_map": "explain.cam",
    "complexity": "graph.complexity",
    "create_model": "zoo",
    "decode_predictions": "weights.decoding",
    "feature_layers": "graph.features",
    "feature_maps": "graph.features",
    "grad_cam": "explain.cam",
    "inference_model": "graph.inference",
    "list_models": "zoo",
    "preprocess_input": "weights.preprocessing",
    "score_maps": "explain.faithfulness",
    "strongest_maps": "explain.strongest",
}
_MODULES = {"cam": "explain.cam", "weights": "weights"}

if TYPE_CHECKING:  # what editors and type checkers read: they don't see through `__getattr__`
    from inception_keras import weights as weights
    from inception_keras.errors import UserError as UserError
    from inception_keras.explain import cam as cam
    from inception_keras.explain.cam import class_activation_map as class_activation_map
    from inception_keras.explain.cam import grad_cam as grad_cam
    from inception_keras.explain.faithfulness import score_maps as score_maps
    from inception_keras.explain.strongest import strongest_maps as strongest_maps
    from inception_keras.graph.complexity import complexity as complexity
    from inception_keras.graph.features import feature_layers as feature_layers
    from inception_keras.graph.features import feature_maps as feature_maps
    from inception_keras.graph.inference import inference_model as inference_model
    from inception_keras.models.alexnet import AlexNet as AlexNet
    from inception_keras.models.googlenet import GoogLeNet as GoogLeNet
    from inception_keras.models.googlenet_config import GoogLeNetConfig as GoogLeNetConfig
    from inception_keras.models.inception_resnet import InceptionResNetV2 as InceptionResNetV2
    from inception_keras.models.inception_v3 import InceptionV3 as InceptionV3
    from inception_keras.models.inception_v4 import InceptionV4 as InceptionV4
    from inception_keras.models.keras_applications import DenseNet121 as DenseNet121
    from inception_keras.models.keras_applications import DenseNet169 as DenseNet169
    from inception_keras.models.keras_applications import DenseNet201 as DenseNet201
    from inception_keras.models.keras_applications import EfficientNetB0 as EfficientNetB0
    from inception_keras.models.keras_applications import EfficientNetB1 as EfficientNetB1
    from inception_keras.models.keras_applications import EfficientNetB2 as EfficientNetB2
    from inception_keras.models.keras_applications import EfficientNetB3 as EfficientNetB3
    from inception_keras.models.keras_applications import EfficientNetB4 as EfficientNetB4
    from inception_keras.models.keras_applications import EfficientNetB5 as EfficientNetB5
    from inception_keras.models.keras_applications import EfficientNetB6 as EfficientNetB6
    from inception_keras.models.keras_applications import EfficientNetB7 as EfficientNetB7
    from inception_keras.models.keras_applications import MobileNet as MobileNet
    from inception_keras.models.keras_applications import MobileNetV2 as MobileNetV2
    from inception_keras.models.keras_applications import MobileNetV3Large as MobileNetV3Large
    from inception_keras.models.keras_applications import MobileNetV3Small as MobileNetV3Small
    from inception_keras.models.keras_applications import ResNet50 as ResNet50
    from inception_keras.models.keras_applications import ResNet101 as ResNet101
    from inception_keras.models.keras_applications import ResNet152 as ResNet152
    from inception_keras.models.resnet import ResNet18 as ResNet18
    from inception_keras.models.resnet import ResNet34 as ResNet34
    from inception_keras.models.vgg import VGG16 as VGG16
    from inception_keras.models.vgg import VGG19 as VGG19
    from inception_keras.weights.decoding import decode_predictions as decode_predictions
    from inception_keras.weights.preprocessing import preprocess_input as preprocess_input
    from inception_keras.zoo import create_model as create_model
    from inception_keras.zoo import list_models as list_models

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str):
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{_MODULES[name]}")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
