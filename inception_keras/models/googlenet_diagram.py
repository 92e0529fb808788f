"""A drawing of GoogLeNet and of its module, as SVG: boxes are read off the built network, tags name its switches.

All positions are in pixels of a drawing that is `WIDTH` wide; y grows downwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, pairwise

import keras

from inception_keras.graph.without_weights import without_weights
from inception_keras.models.googlenet import STEM, TABLE_1, GoogLeNet, Inception
from inception_keras.models.googlenet_config import GoogLeNetConfig

WIDTH, HEIGHT = 500, 684  # so narrow that a phone shows it with readable letters
ZOOM = 1.15  # to the size at which a page with room for it shows it
LEFT, STEP, SIDE, BOX = 104, 66, 54, 42  # x of each row's first box, from box to box, width and height of the boxes
IMAGE, STAGES = 36, (112, 182, 298)  # y of the image, and of a row of boxes for each size of the maps
COLUMNS = (64, 188, 312, 436)  # x of the middle of each branch of the module
ROWS = (410, 472, 542, 616)  # y of the module's boxes
BRANCH, JOINED, LOW = 104, 180, 38  # width of the module's boxes, of its input and output, and height
INK, RULE, SWITCH = "#1d2126", "#59616b", "#b04a00"
LETTER = 6.7  # width of a letter in the tags of the switches
FILLS = {"data": "#ffffff", "convolution": "#cfe3f1", "pool": "#e4e6e8", "head": "#cfeadf"}
OPENING = f"""<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH * ZOOM:g}" height="{HEIGHT * ZOOM:g}"
 viewBox="0 0 {WIDTH} {HEIGHT}" role="img" fill="{INK}" font-family="DejaVu Sans, Verdana, Arial, sans-serif"
 font-size="12">
<title>GoogLeNet and its Inception module, with the switches of GoogLeNetConfig</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0,0 L8,4 L0,8 z" fill="{RULE}"/></marker></defs>
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>"""


@dataclass(frozen=True)
class Box:
    """A box with lines of text; `x` is its middle and `y` its upper side.

    Attributes:
        size: The size of the map that it gives, for boxes of the network.
    """

    x: float
    y: float
    lines: Sequence[str]
    kind: str
    width: float = SIDE
    height: float = BOX
    size: str = ""

    @property
    def middle(self) -> float:
        """The y of its middle."""
        return self.y + self.height / 2

    def svg(self) -> str:
        first = self.y + self.height / 2 - 7.5 * (len(self.lines) - 1) + 4.5
        frame = (
            f'<rect x="{self.x - self.width / 2:g}" y="{self.y:g}" width="{self.width:g}" height="{self.height:g}" '
            f'rx="5" fill="{FILLS[self.kind]}" stroke="{RULE}"/>'
        )
        return frame + "".join(_text(self.x, first + 15 * number, line) for number, line in enumerate(self.lines))


def googlenet_diagram() -> str:
    """The drawing: above the network from the image to the classes, below its first module."""
    config = GoogLeNetConfig()
    with without_weights():
        model = GoogLeNet(aux_heads=True)
    first = next(row.name for row in TABLE_1 if isinstance(row, Inception))
    return "\n".join([OPENING, *_network(model, config), *_module(model, config, first), "</svg>\n"])


def _network(model: keras.Model, config: GoogLeNetConfig) -> Iterable[str]:
    """The image, then the stem, the further rows of Table 1 and the head: each size of the maps is a row of boxes."""
    image = Box(LEFT, IMAGE, ("image", "{}x{}".format(*model.input_shape[1:3])), "data", width=64)
    stages = [list(boxes) for _, boxes in groupby(_stages(model), key=lambda box: box.size)]
    boxes = {box.lines[0]: box for stage in stages for box in stage}
    yield _text(12, 22, "The network, with the channels of each output", anchor="start", bold=True)
    for box in (image, *(box for stage in stages for box in stage)):
        yield box.svg()
    yield _arrow(image.x, image.y + BOX, image.x, STAGES[0])
    for stage in stages:
        yield _text(12, stage[0].y + BOX / 2 + 4.5, stage[0].size, anchor="start")
        yield from (_arrow(one.x + SIDE / 2, one.middle, two.x - SIDE / 2, two.middle) for one, two in pairwise(stage))
    yield from (_turn(one[-1], two[0]) for one, two in pairwise(stages))
    yield from _auxiliary(model, boxes)
    last_pool, head = stages[-1][0], boxes["head"]
    tags = [
        *(("normalization", 232, IMAGE + BOX / 2), ("width", 350, IMAGE + BOX / 2)),
        *(("stem", LEFT + 58, (IMAGE + BOX + STAGES[0]) / 2 - 1), ("pool4", last_pool.x, last_pool.y + BOX + 16)),
        *(("head", head.x + 76, head.middle - 12), ("dropout", head.x + 82, head.middle + 12)),
        ("aux_heads", (boxes["4b"].x + boxes["4c"].x) / 2, STAGES[1] + BOX + 31),
    ]
    yield from (_tag(name, x, y, config) for name, x, y in tags)


def _stages(model: keras.Model) -> Iterable[Box]:
    """The boxes from the stem to the head, in rows by the size of their maps; the head stands behind the last."""
    layers = [("stem", STEM[-1].name)]
    layers += [(row.name, f"inception_{row.name}_output" if isinstance(row, Inception) else "") for row in TABLE_1]
    sizes: list[str] = []
    column = 0
    for name, layer in layers:
        height, width, channels = model.get_layer(layer or name).output.shape[1:]
        if (size := f"{height} x {width}") not in sizes:
            sizes.append(size)
            column = 0
        lines, kind = ((name, str(channels)), "convolution") if layer else (("pool",), "pool")
        yield Box(LEFT + STEP * column, STAGES[len(sizes) - 1], lines, kind, size=size)
        column += 1
    classes = f"{model.output['main'].shape[-1]:,}"
    yield Box(LEFT + STEP * column, STAGES[-1], ("head", classes), "head", size=sizes[-1])


def _turn(last: Box, first: Box) -> str:
    """The line from the end of a row of boxes to the beginning of the next, through the gap between them."""
    side, level = last.x + SIDE / 2, first.y - 14
    points = [(side, last.middle), (side + 14, last.middle), (side + 14, level), (first.x, level), (first.x, first.y)]
    return _bent(points)


def _auxiliary(model: keras.Model, boxes: dict[str, Box]) -> Iterable[str]:
    """The auxiliary heads under the modules that they follow."""
    for output in model.output:
        if output.startswith("aux_"):
            module = boxes[output.removeprefix("aux_")]
            top = module.y + BOX + 18
            yield _arrow(module.x, module.y + BOX, module.x, top, dashed=True)
            yield Box(module.x, top, (output,), "head", width=62, height=26).svg()


def _module(model: keras.Model, config: GoogLeNetConfig, row: str) -> Iterable[str]:
    """The four branches of a module, from its input above to the concatenation of their outputs below."""
    prefix = f"inception_{row}"
    joined = model.get_layer(f"{prefix}_output").output
    height, width, channels = model.get_layer(f"{prefix}_1x1").input.shape[1:]

    def conv(part: str, x: float, y: float) -> Box:
        layer = model.get_layer(f"{prefix}_{part}")
        size = "x".join(map(str, layer.kernel_size))
        return Box(x, y, (size, f"{layer.filters} channels"), "convolution", BRANCH, LOW)

    one, three, five, pool = COLUMNS
    pooling = model.get_layer(f"{prefix}_pool")
    window = "{}x{}".format(*pooling.pool_size)
    middle = (one + pool) / 2
    branches = [
        [conv("1x1", one, ROWS[2])],
        [conv("3x3_reduce", three, ROWS[1]), conv("3x3", three, ROWS[2])],
        [conv("5x5_reduce", five, ROWS[1]), conv("5x5", five, ROWS[2])],
        [Box(pool, ROWS[1], (window, "max pooling"), "pool", BRANCH, LOW), conv("pool_proj", pool, ROWS[2])],
    ]
    above = Box(middle, ROWS[0], ("input", f"{height} x {width}, {channels} channels"), "data", JOINED, LOW)
    size = "{} x {}, {} channels".format(*joined.shape[1:])
    below = Box(middle, ROWS[3], ("joined", size), "data", JOINED, LOW)
    yield _text(12, ROWS[0] - 14, f"Its module: {row}", anchor="start", bold=True)
    for branch in branches:
        top, last = branch[0], branch[-1]
        yield _elbow(above, top.x, above.y + LOW / 2, top.y, into_box=False)
        yield from (_arrow(first.x, first.y + LOW, second.x, second.y) for first, second in pairwise(branch))
        yield _elbow(below, last.x, below.y + LOW / 2, last.y + LOW, into_box=True)
        yield from (box.svg() for box in branch)
    yield from (above.svg(), below.svg())
    gap = (ROWS[1] + LOW + ROWS[2]) / 2
    tags = [
        *(("reduce", (three + five) / 2, gap), ("branch5", five + 52, ROWS[2] + LOW + 14)),
        *(("pool_projection", pool - 18, below.middle + 14), ("branches", middle, ROWS[3] + LOW + 15)),
    ]
    yield from (_tag(name, x, y, config) for name, x, y in tags)


def _tag(switch: str, x: float, y: float, config: GoogLeNetConfig) -> str:
    """The name of a switch with its default, `x` and `y` in its middle."""
    value = getattr(config, switch)
    words = f"{switch}={', '.join(value) if isinstance(value, tuple) else value}"
    width = LETTER * len(words) + 12
    frame = f'<rect x="{x - width / 2:g}" y="{y - 9:g}" width="{width:g}" height="18" rx="9" fill="#fff3e6"'
    return f'{frame} stroke="{SWITCH}"/>' + _text(x, y + 4, words, colour=SWITCH, family="monospace")


def _text(
    x: float, y: float, words: str, *, anchor="middle", bold: bool = False, colour: str = "", family: str = ""
) -> str:
    size = "13" if bold else "11" if family else ""
    styles = {"font-weight": "bold" * bold, "fill": colour, "font-family": family, "font-size": size}
    style = "".join(f' {name}="{value}"' for name, value in styles.items() if value)
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}>{escape(words)}</text>'


def _elbow(box: Box, x: float, level: float, end: float, *, into_box: bool) -> str:
    """A line between a wide box and a branch at `x` whose nearer side is at `end`: straight, or around a corner."""
    near = box.y if into_box else box.y + box.height
    if abs(x - box.x) < box.width / 2:
        return _arrow(x, end, x, near) if into_box else _arrow(x, near, x, end)
    side = box.x + box.width / 2 * (1 if x > box.x else -1)
    points = [(x, end), (x, level), (side, level)]
    return _bent(points if into_box else points[::-1])


def _bent(points: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{RULE}" marker-end="url(#tip)"/>'


def _arrow(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="3 2"' if dashed else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{RULE}" marker-end="url(#tip)"{dashes}/>'
