"""GoogLeNet's Table 1 as the paper prints it, beside the network built from the filters in that table.

The paper's columns of parameters (K is 1,024 there) and operations (M is a million multiply-adds) do not describe one
network: some rows agree with the filters printed next to them, some with neither each other nor the filters.
"""

from dataclasses import dataclass
from math import prod

from inception_keras.graph.complexity import complexity, parameter_shapes

# prefix of a row's layers here: side of the output map, K parameters, M multiply-adds as printed
PRINTED = {
    "conv1": (112, 2.7, 34),
    "conv2": (56, 112, 360),
    "inception_3a": (28, 159, 128),
    "inception_3b": (28, 380, 304),
    "inception_4a": (14, 364, 73),
    "inception_4b": (14, 437, 88),
    "inception_4c": (14, 463, 100),
    "inception_4d": (14, 580, 119),
    "inception_4e": (14, 840, 170),
    "inception_5a": (7, 1072, 54),
    "inception_5b": (7, 1388, 71),
    "head": (1, 1000, 1),
}

NOTES = (
    "conv1: 2.7K and 34M are exactly a separable 7x7 convolution with 8 filters per colour (1,176 + 1,536 weights, "
    "34.02M multiply-adds); the text never says so, and Caffe, torchvision and slim have the full one. "
    "stem='separable' builds the paper's.",
    "4a, 4c, 4d, 4e, 5b: the multiply-adds agree with the printed filters, the parameters do not: the column is not "
    "one consistent network.",
    "5a: parameters and multiply-adds agree with each other (1,072 x 1,024 x 49 = 53.8M), not with the filters.",
    "'12 times fewer parameters' than AlexNet: with all parameters counted it is 60,965,224 / 6,998,552 = 8.7 times.",
    "The difference of 1 and 7 models in the table of results is printed as 3.45 points; 10.07 - 6.67 is 3.40.",
)


@dataclass(frozen=True)
class Table1Comparison:
    """One row of Table 1, printed and built. Weights leave out biases, as in the paper."""

    name: str
    printed_side: int
    side: int
    printed_kilo_weights: float
    weights: int
    printed_mega_macs: int
    macs: int

    @property
    def size_agrees(self) -> bool:
        return self.side == self.printed_side

    @property
    def weights_agree(self) -> bool:
        """Within one unit of the last printed digit, since the paper rounds up and down."""
        unit = 0.1 if self.printed_kilo_weights < 10 else 1
        return abs(self.weights / 1024 - self.printed_kilo_weights) <= unit

    @property
    def macs_agree(self) -> bool:
        return abs(self.macs / 1e6 - self.printed_mega_macs) <= 1


def compare_table1(model) -> list[Table1Comparison]:
    """Compares Table 1 with a built GoogLeNet, row by row.

    Args:
        model: A `GoogLeNet` for 224 pixels and 1,000 classes, in any form that has all rows.
    """
    costs = {row.name: row for row in complexity(model).by_layer}
    rows = []
    for name, (side, kilo_weights, mega_macs) in PRINTED.items():
        layers = [layer for layer in model.layers if layer.name.startswith(name)]
        weights = sum(prod(shape) for layer in layers for shape in parameter_shapes(layer) if len(shape) > 1)
        shapes = [costs[layer.name].output_shape for layer in layers if costs[layer.name].macs]
        built_side = shapes[-1][0] if len(shapes[-1]) == 3 else 1
        macs = sum(costs[layer.name].macs for layer in layers)
        rows.append(Table1Comparison(name, side, built_side, kilo_weights, weights, mega_macs, macs))
    return rows
