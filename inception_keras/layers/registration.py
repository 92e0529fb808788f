"""Registers this package's classes with Keras, so that `keras.models.load_model` finds those that a file names.

Importing the package must not load Keras, which takes seconds: if Keras is not loaded yet, its import is followed by
the registration, whoever imports it.
"""

import importlib
import importlib.util
import sys
from importlib.abc import MetaPathFinder

# Each registers its class when it is imported, and imports no more than Keras.
MODULES = (
    "inception_keras.layers.batch_normalization",
    "inception_keras.layers.convolution",
    "inception_keras.layers.partial_identity",
    "inception_keras.layers.patch_whitening",
    "inception_keras.layers.response_normalization",
    "inception_keras.models.parts.auxiliary",
)


def register_layers():
    """Registers the layers now, or as soon as Keras is loaded."""
    if sys.modules.get("keras") is not None:
        _import_layers()
    elif not any(isinstance(finder, _AfterKeras) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterKeras())


def _import_layers():
    for module in MODULES:
        importlib.import_module(module)


class _AfterKeras(MetaPathFinder):
    """Finds nothing by itself: asks the other finders for Keras, and has the layers imported after it."""

    def __init__(self):
        self._asking = False

    def find_spec(self, fullname, path=None, target=None):
        if fullname != "keras" or self._asking:
            return None
        self._asking = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._asking = False
        if spec is not None and spec.loader is not None:
            self._follow(spec.loader)
        return spec

    def _follow(self, loader):
        execute = loader.exec_module

        def execute_and_register(module):
            loader.exec_module = execute
            execute(module)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
            _import_layers()

        loader.exec_module = execute_and_register
