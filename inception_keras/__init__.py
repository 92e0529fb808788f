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

_HOME = {
    "GoogLeNet": "models.googlenet",
    "GoogLeNetConfig": "models.googlenet_config",
    "UserError": "errors",
    "VGG16": "models.vgg",
    "class_activation_map": "explain.cam",
    "complexity": "graph.complexity",
    "create_model": "zoo",
    "feature_layers": "graph.features",
    "feature_maps": "graph.features",
    "grad_cam": "explain.cam",
    "inference_model": "graph.inference",
    "list_models": "zoo",
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
    from inception_keras.models.googlenet import GoogLeNet as GoogLeNet
    from inception_keras.models.googlenet_config import GoogLeNetConfig as GoogLeNetConfig
    from inception_keras.models.vgg import VGG16 as VGG16
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
