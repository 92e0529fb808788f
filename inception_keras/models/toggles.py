"""The toggles of the builders other than GoogLeNet, with their defaults; a test compares them with the signatures.

With this copy, which does not import Keras, a study of these networks can be declared and planned without loading it.
"""

from types import MappingProxyType

VGG_TOGGLES = MappingProxyType(
    {
        "configuration": "D",
        "head": "fc",
        "fc_units": (4096, 4096),
        "fc_input": "flatten",
        "dropout": 0.5,
        "width": 1.0,
        "initializer": "glorot",
    }
)
THREE_CONVOLUTIONS_TOGGLES = MappingProxyType(
    {"head": "fc", "fc_units": (120, 84), "fc_input": "flatten", "dropout": 0.0, "width": 1.0}
)
ALEXNET_TOGGLES = MappingProxyType(
    {
        "form": "2012",
        "towers": 2,
        "lrn": "caffe",
        "head": "fc",
        "fc_units": (4096, 4096),
        "fc_input": "flatten",
        "dropout": 0.5,
        "dropout_first": False,
        "stem": "imagenet",
        "width": 1.0,
    }
)
INCEPTION_V2_TOGGLES = MappingProxyType(
    {
        "widths": "caffe",
        "stem": "full",
        "stem_stride": 1,
        "conv_bias": True,
        "batch_scale": True,
        "batch_epsilon": 1e-5,
        "batch_momentum": 0.9,
        "padding": "caffe",
        "dropout": 0.0,
        "width": 1.0,
    }
)
RESNET_TOGGLES = MappingProxyType(
    {"depth": 18, "bottleneck_stride": "3x3", "dropout": 0.0, "stem": "imagenet", "width": 1.0}
)
KERAS_TOGGLES = MappingProxyType(
    {"application": "ResNet50", "dropout": 0.0, "batch_momentum": None, "stem": "imagenet", "width": 1.0}
)
