"""GoogLeNet with toggles, and a zoo of its relatives, exact to the parameter.

The names below are loaded when they are first used, so that `import inception_keras` costs nothing and a
`GoogLeNetConfig` can be read without a deep learning framework.
"""

import importlib

# Bound here and now: loaded later, the module of the same name would take the function's place.
from inception_keras.complexity import complexity

_HOME = {
    "GoogLeNet": "googlenet",
    "GoogLeNetConfig": "config",
    "UserError": "errors",
    "VGG16": "vgg",
    "class_activation_map": "cam",
    "create_model": "zoo",
    "feature_layers": "features",
    "feature_maps": "features",
    "grad_cam": "cam",
    "inference_model": "heads",
    "list_models": "zoo",
    "score_maps": "faithfulness",
    "strongest_maps": "strongest",
}

__all__ = ["complexity", "weights", *_HOME]


def __getattr__(name: str):
    if name == "weights":
        return importlib.import_module(f"{__name__}.weights")
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
