"""The registry: for each name of the zoo, its builder and its reference numbers.

Reference numbers are trainable parameters and multiply-adds with 1,000 classes at the architecture's own input size;
the tests compare them with the built models and with the reference implementations' (`tests/golden/architectures.csv`).
Accuracies are quoted, not measured here: those of a single model on the validation set of ILSVRC-2012, with their
source and crop.
"""

import fnmatch
import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inception_keras.errors import UserError, unknown
from inception_keras.models import toggles as known
from inception_keras.models.googlenet_config import TOGGLES, configure
from inception_keras.models.parts import named_weights
from inception_keras.models.parts.keywords import unknown_keyword

if TYPE_CHECKING:
    import keras

GOOGLENET = "googlenet:GoogLeNet"
ALEXNET = "alexnet:AlexNet"
VGG = "vgg:VGG"
THREE_CONVOLUTIONS = "three_convolutions:ThreeConvolutions"
INCEPTION_V2 = "inception_v2:InceptionV2"
INCEPTION_RESNET = "inception_resnet:InceptionResNet"
RESNET = "resnet:ResNet"
KERAS = "keras_applications:KerasApplication"

# Toggles that are known without a deep learning import, so that a study of these networks is declared at once.
LIGHT = {
    ALEXNET: known.ALEXNET_TOGGLES,
    VGG: known.VGG_TOGGLES,
    THREE_CONVOLUTIONS: known.THREE_CONVOLUTIONS_TOGGLES,
    INCEPTION_V2: known.INCEPTION_V2_TOGGLES,
    RESNET: known.RESNET_TOGGLES,
    KERAS: known.KERAS_TOGGLES,
}

BVLC_README = "BVLC readme, centre crop"
TORCHVISION = "torchvision weights IMAGENET1K_V1, centre crop"
KERAS_README = "keras-applications README, centre crop"
KERAS_IO = "keras.io table, single crop"
SLIM_README = "slim README, single crop"
VGG_PAPER = "arXiv 1409.1556, Table 3: the whole image at scale 256, not a crop"

SLIM_V2 = {
    "widths": "slim",
    "stem": "separable",
    "conv_bias": False,
    "batch_scale": False,
    "batch_epsilon": 1e-3,
    "batch_momentum": 0.9997,
    "padding": "same",
    "dropout": 0.2,
}


@dataclass(frozen=True)
class Architecture:
    """An entry of the zoo.

    Attributes:
        name: The name that `create_model` takes.
        builder: `module:function` in `models`, imported on first use.
        params: Trainable parameters.
        params_no_top: Trainable parameters without the layers after the trunk.
        macs: Multiply-adds for one image of `input_size`.
        activations: Output values of all layers that have multiply-adds, for the same image.
        source: The paper or the code that defines the network.
        moving_statistics: Moving means and variances of batch normalisation, which `params` does not count.
        input_size: Side of the published network's input in pixels.
        options: Keywords with which the builder makes this network.
        top1, top5: Published accuracies in percent; `None` if none was published for this form.
        accuracy_source: Who published the accuracies, and on which crop.
    """

    name: str
    builder: str
    params: int
    params_no_top: int
    macs: int
    activations: int
    source: str
    moving_statistics: int = 0
    input_size: int = 224
    options: Mapping = field(default_factory=dict)
    top1: float | None = None
    top5: float | None = None
    accuracy_source: str = ""

    def build(self, **kwargs: Any) -> "keras.Model":
        """Builds the model; see `create_model`."""
        # other arguments may be mistaken, which their builder says before it fetches anything
        if kwargs.keys() <= {"weights", "include_top"} and named_weights.is_name(kwargs.get("weights")):
            named_weights.fetch_ahead(self.name, kwargs["weights"])
        builder = self._load()
        known = [name for name in inspect.signature(builder).parameters if name != "toggles"]
        known += TOGGLES if self.builder == GOOGLENET else ()
        for name in kwargs:
            if name not in known:
                raise unknown_keyword(self.name, name, known)
        return builder(**{"name": self.name, **self.options, **kwargs})

    def resolve(self, **toggles) -> dict[str, Any]:
        """All toggles of this architecture with their values; `toggles` override the defaults.

        Raises:
            UserError: An unknown toggle.
        """
        toggles = {**self.options, **toggles}
        if self.builder == GOOGLENET:  # its toggles are known without a deep learning import
            config = configure(**toggles)
            return {name: getattr(config, name) for name in TOGGLES if name != "preset"}
        values = LIGHT.get(self.builder) or self.keyword_defaults()
        for name in toggles:
            if name not in values:
                raise unknown(f"toggle of {self.name}", name, values)
        return {**values, **toggles}

    def keyword_defaults(self) -> dict[str, object]:
        """The toggles in the builder's signature with their defaults; loads Keras."""
        parameters = inspect.signature(self._load()).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY}

    def _load(self) -> Callable:
        module, function = self.builder.split(":")
        return getattr(importlib.import_module(f"inception_keras.models.{module}"), function)


def _register(*architectures: Architecture) -> dict[str, Architecture]:
    registry: dict[str, Architecture] = {}
    for architecture in architectures:
        if architecture.name in registry:
            raise ValueError(f"{architecture.name} is registered twice")
        registry[architecture.name] = architecture
    return registry


# fmt: off
ARCHITECTURES = _register(
    # -- GoogLeNet
    Architecture("googlenet", GOOGLENET, 6_998_552, 5_973_552, 1_582_671_872, 3_227_160,
                 source="arXiv 1409.4842, Table 1, as in BVLC Caffe",
                 top1=68.7, top5=88.9, accuracy_source=BVLC_README),
    Architecture("googlenet_batchnorm", GOOGLENET, 7_005_832, 5_980_832, 1_582_671_872, 3_227_160,
                 moving_statistics=14_560,
                 source="the same with batch normalisation", options={"preset": "batchnorm"}),
    Architecture("googlenet_torchvision", GOOGLENET, 6_624_904, 5_599_904, 1_498_376_192, 3_227_160,
                 moving_statistics=14_560,
                 source="torchvision 0.28 models/googlenet.py", options={"preset": "torchvision"},
                 top1=69.778, top5=89.53, accuracy_source=TORCHVISION),
    Architecture("googlenet_slim", GOOGLENET, 6_617_624, 5_592_624, 1_498_376_192, 3_227_160,
                 moving_statistics=14_560,
                 source="TF-slim nets/inception_v1.py", options={"preset": "slim"},
                 top1=69.8, top5=89.6, accuracy_source=SLIM_README),
    # -- not of a paper: what articles try average pooling on
    Architecture("three_convolutions", THREE_CONVOLUTIONS, 256_684, 7_800, 1_952_640, 28_084,
                 source="articles on average pooling; 171,854 parameters with two classes", input_size=32),
    # -- before GoogLeNet, and beside it
    Architecture("alexnet", ALEXNET, 60_965_224, 2_334_080, 724_406_816, 659_272,
                 source="NIPS 2012, two towers, as in BVLC Caffe", input_size=227,
                 top1=57.1, top5=80.2, accuracy_source=BVLC_README),
    Architecture("alexnet_one_tower", ALEXNET, 62_378_344, 3_747_200, 1_135_256_096, 659_272,
                 source="the same without groups", input_size=227, options={"towers": 1}),
    Architecture("alexnet_torchvision", ALEXNET, 61_100_840, 2_469_696, 714_188_480, 494_184,
                 source="arXiv 1404.5997, as in torchvision 0.28",
                 options={"form": "2014", "towers": 1, "lrn": "none", "dropout_first": True},
                 top1=56.522, top5=79.066, accuracy_source=TORCHVISION),
    Architecture("zfnet", ALEXNET, 62_357_608, 3_726_464, 1_168_032_896, 1_516_904,
                 source="arXiv 1311.2901, Figure 3", options={"form": "zfnet", "towers": 1, "lrn": "paper"},
                 top1=61.6, top5=83.5, accuracy_source="arXiv 1311.2901, Table 2: 10 crops"),
    Architecture("vgg11", VGG, 132_863_336, 9_220_480, 7_609_090_048, 7_435_240,
                 source="arXiv 1409.1556, configuration A", options={"configuration": "A"},
                 top1=69.02, top5=88.628, accuracy_source=TORCHVISION),
    Architecture("vgg11_lrn", VGG, 132_863_336, 9_220_480, 7_609_090_048, 7_435_240,
                 source="arXiv 1409.1556, configuration A-LRN", options={"configuration": "A-LRN"},
                 top1=70.3, top5=89.5, accuracy_source=VGG_PAPER),
    Architecture("vgg13", VGG, 133_047_848, 9_404_992, 11_308_466_176, 12_252_136,
                 source="arXiv 1409.1556, configuration B", options={"configuration": "B"},
                 top1=69.928, top5=89.246, accuracy_source=TORCHVISION),
    Architecture("vgg16_1x1", VGG, 133_638_952, 9_996_096, 11_770_888_192, 13_556_712,
                 source="arXiv 1409.1556, configuration C", options={"configuration": "C"},
                 top1=71.9, top5=90.6, accuracy_source=VGG_PAPER),
    Architecture("vgg16", VGG, 138_357_544, 14_714_688, 15_470_264_320, 13_556_712,
                 source="arXiv 1409.1556, configuration D", options={"configuration": "D"},
                 top1=71.268, top5=90.05, accuracy_source=KERAS_README),
    Architecture("vgg19", VGG, 143_667_240, 20_024_384, 19_632_062_464, 14_861_288,
                 source="arXiv 1409.1556, configuration E", options={"configuration": "E"},
                 top1=71.256, top5=89.988, accuracy_source=KERAS_README),
    # -- the later Inceptions
    Architecture("bn_inception", INCEPTION_V2, 11_295_240, 10_270_240, 2_032_600_064, 3_737_544,
                 moving_statistics=20_032,
                 source="arXiv 1502.03167, as in the Caffe port",
                 top1=73.524, top5=91.562, accuracy_source="Cadene README, centre crop"),
    Architecture("inception_v2_slim", INCEPTION_V2, 11_178_336, 10_153_336, 1_934_857_216, 3_725_000,
                 moving_statistics=19_776,
                 source="TF-slim nets/inception_v2.py",
                 options=SLIM_V2,
                 top1=73.9, top5=91.8, accuracy_source=SLIM_README),
    Architecture("inception_v3", "inception_v3:InceptionV3", 23_817_352, 21_768_352, 5_713_216_096, 8_968_488,
                 moving_statistics=34_432,
                 source="arXiv 1512.00567, as in Keras Applications", input_size=299,
                 top1=77.898, top5=93.72, accuracy_source=KERAS_README),
    Architecture("inception_v4", "inception_v4:InceptionV4", 42_679_816, 41_142_816, 12_253_974_624, 15_090_184,
                 moving_statistics=63_168,
                 source="arXiv 1602.07261, as in timm", input_size=299,
                 top1=80.144, top5=94.982, accuracy_source="timm inception_v4.tf_in1k, crop of 87.5%"),
    Architecture("inception_resnet_v1", INCEPTION_RESNET, 22_756_328, 20_963_328, 6_206_361_696, 13_134_648,
                 moving_statistics=27_040,
                 source="arXiv 1602.07261, figures", input_size=299,
                 options={"version": 1, "batch_scale": True, "dropout": 0.2}),
    Architecture("inception_resnet_v2", INCEPTION_RESNET, 55_813_192, 54_276_192, 13_155_794_016, 25_059_976,
                 moving_statistics=60_544,
                 source="slim's, as in Keras Applications", input_size=299,
                 top1=80.256, top5=95.252, accuracy_source=KERAS_README),
    # -- residual networks; v1 has the stride of a bottleneck in its first 1x1, v1.5 in the 3x3
    Architecture("resnet18", RESNET, 11_689_512, 11_176_512, 1_814_073_344, 2_484_712,
                 moving_statistics=9_600,
                 source="torchvision 0.28 models/resnet.py", options={"depth": 18},
                 top1=69.758, top5=89.078, accuracy_source=TORCHVISION),
    Architecture("resnet34", RESNET, 21_797_672, 21_284_672, 3_663_761_408, 3_739_112,
                 moving_statistics=17_024,
                 source="torchvision 0.28 models/resnet.py", options={"depth": 34},
                 top1=73.314, top5=91.42, accuracy_source=TORCHVISION),
    Architecture("resnet50", KERAS, 25_583_592, 23_534_592, 3_857_973_248, 10_588_136,
                 moving_statistics=53_120,
                 source="arXiv 1512.03385 (v1), Keras", options={"application": "ResNet50"},
                 top1=74.9, top5=92.1, accuracy_source=KERAS_IO),
    Architecture("resnet101", KERAS, 44_601_832, 42_552_832, 7_570_194_432, 15_706_088,
                 moving_statistics=105_344,
                 source="arXiv 1512.03385 (v1), Keras", options={"application": "ResNet101"},
                 top1=76.4, top5=92.8, accuracy_source=KERAS_IO),
    Architecture("resnet152", KERAS, 60_268_520, 58_219_520, 11_282_415_616, 22_028_264,
                 moving_statistics=151_424,
                 source="arXiv 1512.03385 (v1), Keras", options={"application": "ResNet152"},
                 top1=76.6, top5=93.1, accuracy_source=KERAS_IO),
    Architecture("resnet50_torchvision", RESNET, 25_557_032, 23_508_032, 4_089_184_256, 11_114_984,
                 moving_statistics=53_120,
                 source="torchvision 0.28 models/resnet.py (v1.5)", options={"depth": 50},
                 top1=76.13, top5=92.862, accuracy_source=TORCHVISION),
    Architecture("resnet101_torchvision", RESNET, 44_549_160, 42_500_160, 7_801_405_440, 16_232_936,
                 moving_statistics=105_344,
                 source="torchvision 0.28 models/resnet.py (v1.5)", options={"depth": 101},
                 top1=77.374, top5=93.546, accuracy_source=TORCHVISION),
    Architecture("resnet152_torchvision", RESNET, 60_192_808, 58_143_808, 11_513_626_624, 22_555_112,
                 moving_statistics=151_424,
                 source="torchvision 0.28 models/resnet.py (v1.5)", options={"depth": 152},
                 top1=78.312, top5=94.046, accuracy_source=TORCHVISION),
    # -- small, dense and scaled networks
    Architecture("mobilenet", KERAS, 4_231_976, 3_206_976, 568_740_352, 5_043_688,
                 moving_statistics=21_888,
                 source="arXiv 1704.04861, Keras", options={"application": "MobileNet", "dropout": 0.001},
                 top1=70.424, top5=89.504, accuracy_source=KERAS_README),
    Architecture("mobilenet_v2", KERAS, 3_504_872, 2_223_872, 300_774_272, 6_679_112,
                 moving_statistics=34_112,
                 source="arXiv 1801.04381, Keras", options={"application": "MobileNetV2"},
                 top1=71.336, top5=90.142, accuracy_source=KERAS_README),
    Architecture("mobilenet_v3_small", KERAS, 2_542_856, 927_008, 56_510_400, 1_417_680,
                 moving_statistics=12_112,
                 source="arXiv 1905.02244, Keras", options={"application": "MobileNetV3Small", "dropout": 0.2},
                 top1=67.5, accuracy_source=SLIM_README),
    Architecture("mobilenet_v3_large", KERAS, 5_483_032, 2_971_952, 216_589_760, 4_407_168,
                 moving_statistics=24_400,
                 source="arXiv 1905.02244, Keras", options={"application": "MobileNetV3Large", "dropout": 0.2},
                 top1=75.2, accuracy_source=SLIM_README),
    Architecture("densenet121", KERAS, 7_978_856, 6_953_856, 2_834_161_664, 6_900_200,
                 moving_statistics=83_648,
                 source="arXiv 1608.06993, Keras", options={"application": "DenseNet121"},
                 top1=74.52, top5=91.978, accuracy_source=KERAS_README),
    Architecture("densenet169", KERAS, 14_149_480, 12_484_480, 3_359_843_328, 7_301_608,
                 moving_statistics=158_400,
                 source="arXiv 1608.06993, Keras", options={"application": "DenseNet169"},
                 top1=76.074, top5=93.108, accuracy_source=KERAS_README),
    Architecture("densenet201", KERAS, 20_013_928, 18_092_928, 4_291_365_888, 7_853_544,
                 moving_statistics=229_056,
                 source="arXiv 1608.06993, Keras", options={"application": "DenseNet201"},
                 top1=77.064, top5=93.458, accuracy_source=KERAS_README),
    Architecture("efficientnet_b0", KERAS, 5_288_548, 4_007_548, 385_814_752, 6_748_036,
                 moving_statistics=42_016,
                 source="arXiv 1905.11946, Keras", options={"application": "EfficientNetB0", "dropout": 0.2},
                 top1=77.1, top5=93.3, accuracy_source=KERAS_IO),
    Architecture("efficientnet_b1", KERAS, 7_794_184, 6_513_184, 686_802_832, 10_884_328,
                 moving_statistics=62_048,
                 source="arXiv 1905.11946, Keras", input_size=240,
                 options={"application": "EfficientNetB1", "dropout": 0.2},
                 top1=79.1, top5=94.4, accuracy_source=KERAS_IO),
    Architecture("efficientnet_b2", KERAS, 9_109_994, 7_700_994, 993_561_872, 13_832_834,
                 moving_statistics=67_568,
                 source="arXiv 1905.11946, Keras", input_size=260,
                 options={"application": "EfficientNetB2", "dropout": 0.3},
                 top1=80.1, top5=94.9, accuracy_source=KERAS_IO),
    Architecture("efficientnet_b3", KERAS, 12_233_232, 10_696_232, 1_827_141_392, 23_831_296,
                 moving_statistics=87_296,
                 source="arXiv 1905.11946, Keras", input_size=300,
                 options={"application": "EfficientNetB3", "dropout": 0.3},
                 top1=81.6, top5=95.7, accuracy_source=KERAS_IO),
    Architecture("efficientnet_b4", KERAS, 19_341_616, 17_548_616, 4_393_771_024, 49_489_032,
                 moving_statistics=125_200,
                 source="arXiv 1905.11946, Keras", input_size=380,
                 options={"application": "EfficientNetB4", "dropout": 0.4},
                 top1=82.9, top5=96.4, accuracy_source=KERAS_IO),
    Architecture("efficientnet_b5", KERAS, 30_389_784, 28_340_784, 10_266_384_752, 98_857_400,
                 moving_statistics=172_736,
                 source="arXiv 1905.11946, Keras", input_size=456,
                 options={"application": "EfficientNetB5", "dropout": 0.4},
                 top1=83.6, top5=96.7, accuracy_source=KERAS_IO),
    Architecture("efficientnet_b6", KERAS, 43_040_704, 40_735_704, 19_067_593_536, 167_393_400,
                 moving_statistics=224_432,
                 source="arXiv 1905.11946, Keras", input_size=528,
                 options={"application": "EfficientNetB6", "dropout": 0.5},
                 top1=84.0, top5=96.8, accuracy_source=KERAS_IO),
    Architecture("efficientnet_b7", KERAS, 66_347_960, 63_786_960, 37_745_884_192, 289_939_464,
                 moving_statistics=310_720,
                 source="arXiv 1905.11946, Keras", input_size=600,
                 options={"application": "EfficientNetB7", "dropout": 0.5},
                 top1=84.3, top5=97.0, accuracy_source=KERAS_IO),
)
# fmt: on


def architecture(name: str) -> Architecture:
    """The entry called `name`; raises a `UserError` that suggests the nearest name if there is none."""
    if name not in tuple(ARCHITECTURES):  # a list has no hash to look up
        raise unknown("model", name, ARCHITECTURES)
    return ARCHITECTURES[name]


def create_model(name: str | None = None, /, **kwargs: Any) -> "keras.Model":
    """Builds the model called `name`, by default with 1,000 classes and the architecture's own input size.

    Args:
        name: One of `list_models()`.
        **kwargs: The arguments of Keras Applications (`include_top`, `weights`, `input_shape`, `pooling`, `classes`,
            ...) and the architecture's toggles. `name` among them names the model, so that two models of one
            architecture can be called in one graph; without it the model has the architecture's name. Alone, it is also
            the architecture.

    Raises:
        UserError: An unknown name, keyword or value.
    """
    return architecture(kwargs.get("name", "") if name is None else name).build(**kwargs)


def list_models(pattern: str = "*") -> list[str]:
    """The names that match a shell pattern such as `"googlenet*"`, in the order of the registry."""
    if not isinstance(pattern, str):
        raise UserError(f"pattern must be a text such as 'googlenet*'; got {pattern!r}")
    return [name for name in ARCHITECTURES if fnmatch.fnmatchcase(name, pattern)]
