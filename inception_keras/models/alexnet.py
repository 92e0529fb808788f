"""AlexNet (Krizhevsky, Sutskever and Hinton, 2012) and ZFNet (Zeiler and Fergus, 2013, arXiv 1311.2901).

AlexNet has three forms here: the paper's two towers as grouped convolutions (BVLC Caffe), the same network with one
tower, and the narrower network of "One weird trick" (2014, arXiv 1404.5997), which torchvision ships. Sources: BVLC
`models/bvlc_alexnet`; torchvision 0.28 `models/alexnet.py`; ZFNet's Figure 3.

Departures from the papers:

- AlexNet's input has 227 x 227 pixels, as in Caffe: the 224 that the paper prints do not give its 55 x 55 map.
- `lrn="caffe"`, the default, has the constants of BVLC Caffe, whose published weights need them: k = 1, alpha divided
  by the window of 5. `lrn="paper"` has k = 2 and does not divide alpha.
- ZFNet's paper prints neither the padding of conv1 (one pixel here, which gives the sizes of its figure) nor the
  constants of its normalisation (AlexNet's here).
- `stem="small"` is for inputs of 32 to 64 pixels: the first convolution is 5x5/1 (AlexNet) or 3x3/1 (ZFNet, whose
  second convolution gets stride 1 too), and the poolings are padded. At 32 pixels the maps have sides of 32, 16, 8 and
  4 pixels.
- Kernels start from Glorot's uniform distribution and biases from zero, as in this package's VGG. The paper's standard
  deviation of 0.01, with biases of 1, was chosen for the widths of the paper.
"""

from typing import Any, NamedTuple

import keras
from keras import layers

from inception_keras.layers.response_normalization import LocalResponseNormalization
from inception_keras.models.parts.building import builder
from inception_keras.models.parts.checks import check_choice, check_head, check_width, scale
from inception_keras.models.parts.heads import apply_head
from inception_keras.models.parts.inputs import check_top, image_input, make_model, pool_features
from inception_keras.models.parts.pooling import apply_max_pool


class Convolution(NamedTuple):
    """Followed by ReLU. `padding` is `same` or pixels on each side; `groups` is 2 where the paper has two towers."""

    name: str
    filters: int
    patch: int
    stride: int = 1
    padding: str | int = "same"
    groups: int = 1


class MaxPool(NamedTuple):
    """3x3/2, overlapping. Caffe rounds sizes up, torchvision down; `padding` is as in `apply_max_pool`."""

    name: str
    padding: str = "ceil"


class ResponseNormalization(NamedTuple):
    name: str


# -- the convolutional parts -------------------------------------------------------------------------------------------
ALEXNET_2012 = (
    Convolution("conv1", 96, 11, stride=4, padding=0),  # 55 x 55 x 96
    ResponseNormalization("norm1"),
    MaxPool("pool1"),  # 27 x 27 x 96
    Convolution("conv2", 256, 5, groups=2),  # 27 x 27 x 256
    ResponseNormalization("norm2"),
    MaxPool("pool2"),  # 13 x 13 x 256
    Convolution("conv3", 384, 3),  # 13 x 13 x 384
    Convolution("conv4", 384, 3, groups=2),  # 13 x 13 x 384
    Convolution("conv5", 256, 3, groups=2),  # 13 x 13 x 256
    MaxPool("pool5"),  # 6 x 6 x 256
)
ALEXNET_2014 = (
    Convolution("conv1", 64, 11, stride=4, padding=2),  # 55 x 55 x 64
    MaxPool("pool1", padding="valid"),  # 27 x 27 x 64
    Convolution("conv2", 192, 5),  # 27 x 27 x 192
    MaxPool("pool2", padding="valid"),  # 13 x 13 x 192
    Convolution("conv3", 384, 3),  # 13 x 13 x 384
    Convolution("conv4", 256, 3),  # 13 x 13 x 256
    Convolution("conv5", 256, 3),  # 13 x 13 x 256
    MaxPool("pool5", padding="valid"),  # 6 x 6 x 256
)
ZFNET = (
    Convolution("conv1", 96, 7, stride=2, padding=1),  # 110 x 110 x 96
    MaxPool("pool1"),  # 55 x 55 x 96
    ResponseNormalization("norm1"),
    Convolution("conv2", 256, 5, stride=2, padding=0),  # 26 x 26 x 256
    MaxPool("pool2"),  # 13 x 13 x 256
    ResponseNormalization("norm2"),
    Convolution("conv3", 384, 3),  # 13 x 13 x 384
    Convolution("conv4", 384, 3),  # 13 x 13 x 384
    Convolution("conv5", 256, 3),  # 13 x 13 x 256
    MaxPool("pool5"),  # 6 x 6 x 256
)
TABLES = {"2012": ALEXNET_2012, "2014": ALEXNET_2014, "zfnet": ZFNET}
INPUT = {"2012": 227, "2014": 224, "zfnet": 224}
SMALL_PATCH = {"2012": 5, "2014": 5, "zfnet": 3}  # side of conv1's kernel in the small stem
SMALL_LEAST = 32  # least side in pixels with the small stem
LEAST_INPUT = {"2012": 39, "2014": 63, "zfnet": 47}  # least sides in pixels: one is left after the last pooling

FC_UNITS = (4096, 4096)
LRN: dict[str, dict[str, Any]] = {"caffe": {"alpha": 1e-4, "k": 1.0}, "paper": {"alpha": 5e-4, "k": 2.0}}


@builder()
def AlexNet(
    include_top=True,
    weights=None,
    input_tensor=None,
    input_shape=None,
    pooling=None,
    classes=1000,
    classifier_activation="softmax",
    name="alexnet",
    *,
    form="2012",
    towers=2,
    lrn="caffe",
    head="fc",
    fc_units=FC_UNITS,
    fc_input="flatten",
    dropout=0.5,
    dropout_first=False,
    stem="imagenet",
    width=1.0,
) -> keras.Model:
    """AlexNet or ZFNet as a functional model.

    Args:
        include_top, weights, input_tensor, input_shape, pooling, classes, classifier_activation, name: As for
            `GoogLeNet`.
        form: `"2012"`, `"2014"` (one tower, no normalisation) or `"zfnet"` (one tower).
        towers: For form 2012: 2, as in the paper, builds grouped convolutions; with 1 every filter reads every channel.
            The other forms have one whatever this says.
        lrn: Constants of local response normalisation in forms that have it: `"caffe"` or `"paper"`; `"none"` drops it.
        head, fc_units, fc_input, dropout: As in `GoogLeNetConfig`, with AlexNet's own defaults.
        dropout_first: Whether dropout comes before each hidden layer, as in torchvision, instead of after it.
        stem: `"imagenet"`, or `"small"` for inputs of 32 to 64 pixels; see the module.
        width: Scales the channels of every convolution, as in `GoogLeNetConfig`, but not the hidden layers of the
            head. With two towers it scales each tower.

    Returns:
        A model from images to `(batch, classes)`.

    Raises:
        UserError: An unknown toggle or value, or an input so small that no map is left.
    """
    for toggle, value, allowed in (
        ("form", form, tuple(TABLES)),
        ("towers", towers, (1, 2)),
        ("lrn", lrn, (*LRN, "none")),
        ("dropout_first", dropout_first, (True, False)),
        ("stem", stem, ("imagenet", "small")),
    ):
        check_choice(toggle, value, allowed)
    fc_units = check_head(head, fc_units, fc_input, dropout)
    check_width(width)
    check_top(include_top, pooling, classes, weights)
    if form != "2012":
        towers = 1
    least = SMALL_LEAST if stem == "small" else LEAST_INPUT[form]
    x = image = image_input(input_shape, input_tensor, default=INPUT[form], least=least)

    # -- convolutions --------------------------------------------------------------------------------------------------
    for row in small_table(form) if stem == "small" else TABLES[form]:
        x = apply_row(x, row, towers=towers, lrn=lrn, width=width)

    # -- head ----------------------------------------------------------------------------------------------------------
    if include_top:
        x = apply_head(
            x,
            classes,
            classifier_activation,
            head=head,
            fc_units=fc_units,
            fc_input=fc_input,
            dropout=dropout,
            dropout_first=dropout_first,
        )
    else:
        x = pool_features(x, pooling)
    return make_model(image, x, input_tensor=input_tensor, weights=weights, name=name)


def small_table(form: str) -> tuple:
    """The form's table for the small stem: only poolings have a stride, and all padding is `same`."""
    rows = []
    for row in TABLES[form]:
        match row:
            case Convolution(name="conv1"):
                row = row._replace(patch=SMALL_PATCH[form], stride=1, padding="same")
            case Convolution():
                row = row._replace(stride=1, padding="same")
            case MaxPool():
                row = row._replace(padding="same")
        rows.append(row)
    return tuple(rows)


def apply_row(x, row, *, towers: int, lrn: str, width: float):
    """Applies one row of a table to the tensor `x`."""
    match row:
        case ResponseNormalization():
            return x if lrn == "none" else LocalResponseNormalization(**LRN[lrn], name=row.name)(x)
        case MaxPool():
            return apply_max_pool(x, 3, 2, row.padding, name=row.name)
        case Convolution():
            padding = row.padding
            if padding != "same":
                if padding:
                    x = layers.ZeroPadding2D(padding, name=f"{row.name}_pad")(x)
                padding = "valid"
            groups = min(row.groups, towers)
            filters = towers * scale(row.filters // towers, width)
            x = layers.Conv2D(filters, row.patch, row.stride, padding, groups=groups, name=row.name)(x)
            return layers.ReLU(name=f"{row.name}_relu")(x)
