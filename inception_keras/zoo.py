"""The registry: a name, the builder it calls, and the numbers it is held to.

Reference numbers are trainable parameters and multiply-adds with 1,000 classes at the architecture's own input size;
the tests compare them with the built models.
"""

import fnmatch
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from inception_keras.config import TOGGLES, configure
from inception_keras.errors import unknown

GOOGLENET = "googlenet:GoogLeNet"


@dataclass(frozen=True)
class Architecture:
    """An entry of the zoo.

    Attributes:
        name: What `create_model` is called with.
        builder: `module:function` in this package, loaded when it is needed.
        params: Trainable parameters.
        params_no_top: The same without what follows the trunk.
        macs: Multiply-adds for one image of `input_size`.
        input_size: Side in pixels of the published network's input.
        options: Keywords that make the builder's network this one.
        source: Where the network is from.
    """

    name: str
    builder: str
    params: int
    params_no_top: int
    macs: int
    input_size: int = 224
    options: Mapping = field(default_factory=dict)
    source: str = ""

    def build(self, **kwargs):
        """The model; see `create_model`."""
        builder = self._load()
        known = [name for name in inspect.signature(builder).parameters if name != "toggles"]
        known += TOGGLES if self.builder == GOOGLENET else ()
        for name in kwargs:
            if name not in known:
                raise unknown(f"keyword of {self.name}", name, known)
        return builder(**{"name": self.name, **self.options, **kwargs})

    def resolve(self, **toggles) -> dict[str, object]:
        """Every toggle of this architecture with its value, for `toggles` that override some.

        Raises:
            UserError: An unknown toggle.
        """
        toggles = {**self.options, **toggles}
        if self.builder == GOOGLENET:  # its toggles are known without a deep learning import
            config = configure(**toggles)
            return {name: getattr(config, name) for name in TOGGLES if name != "preset"}
        parameters = inspect.signature(self._load()).parameters.values()
        values = {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}
        for name in toggles:
            if name not in values:
                raise unknown(f"toggle of {self.name}", name, values)
        return {**values, **toggles}

    def _load(self) -> Callable:
        module, function = self.builder.split(":")
        return getattr(importlib.import_module(f"inception_keras.{module}"), function)


def _register(*architectures: Architecture) -> dict[str, Architecture]:
    registry: dict[str, Architecture] = {}
    for architecture in architectures:
        if architecture.name in registry:
            raise ValueError(f"{architecture.name} is registered twice")
        registry[architecture.name] = architecture
    return registry


# fmt: off
ARCHITECTURES = _register(
    Architecture("googlenet", GOOGLENET, 6_998_552, 5_973_552, 1_582_671_872,
                 source="arXiv 1409.4842, Table 1, as in BVLC Caffe"),
    Architecture("googlenet_batchnorm", GOOGLENET, 7_005_832, 5_980_832, 1_582_671_872,
                 options={"preset": "batchnorm"}, source="the same with batch normalisation"),
    Architecture("googlenet_torchvision", GOOGLENET, 6_624_904, 5_599_904, 1_498_376_192,
                 options={"preset": "torchvision"}, source="torchvision 0.28 models/googlenet.py"),
    Architecture("googlenet_slim", GOOGLENET, 6_617_624, 5_592_624, 1_498_376_192,
                 options={"preset": "slim"}, source="TF-slim nets/inception_v1.py"),
    Architecture("vgg16", "vgg:VGG16", 138_357_544, 14_714_688, 15_470_264_320,
                 source="arXiv 1409.1556, configuration D"),
)
# fmt: on


def architecture(name: str) -> Architecture:
    """The entry called `name`; raises `UserError` with the nearest names."""
    if name not in ARCHITECTURES:
        raise unknown("model", name, ARCHITECTURES)
    return ARCHITECTURES[name]


def create_model(name: str, **kwargs):
    """The model called `name`, with 1,000 classes at its own input size unless `kwargs` say otherwise.

    Args:
        name: One of `list_models()`.
        **kwargs: The Keras Applications signature (`include_top`, `weights`, `input_shape`, `pooling`, `classes`, ...)
            and the architecture's own toggles.

    Raises:
        UserError: An unknown name, keyword or value.
    """
    return architecture(name).build(**kwargs)


def list_models(pattern: str = "*") -> list[str]:
    """The names that match a shell pattern, such as `"googlenet*"`, in the order of the registry."""
    return [name for name in ARCHITECTURES if fnmatch.fnmatchcase(name, pattern)]
