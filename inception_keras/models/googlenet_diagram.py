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

WIDTH, HEIGHT = 940, 600
SIDE, STEP, LEFT = 53, 63.5, 40  # width of a box of the network, from box to box, x of the first one's middle
TOP, BOX = 120, 46  # y of the network's boxes, and their height
COLUMNS = (140, 350, 560, 770)  # x of the middle of each branch of the module
ROWS = (318, 386, 454, 532)  # y of the module's boxes
BRANCH, LOW = 150, 34  # width and height of the module's boxes
INK, RULE, SWITCH = "#1d2126", "#59616b", "#b04a00"
FILLS = {"data": "#ffffff", "convolution": "#cfe3f1", "pool": "#e4e6e8", "head": "#cfeadf"}
OPENING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" fill="{ink}"
 font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="11">
<title>GoogLeNet and its Inception module, with the switches of GoogLeNetConfig</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0,0 L8,4 L0,8 z" fill="{rule}"/></marker></defs>
<rect width="{width}" height="{height}" fill="#ffffff"/>"""


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

    def svg(self) -> str:
        first = self.y + self.height / 2 - 7.5 * (len(self.lines) - 1) + 4
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
    opening = OPENING.format(width=WIDTH, height=HEIGHT, ink=INK, rule=RULE)
    parts = [*_network(model, config), *_module(model, config, first)]
    return "\n".join([opening, *parts, "</svg>\n"])


def _network(model: keras.Model, config: GoogLeNetConfig) -> Iterable[str]:
    """Image, stem, one box per further row of Table 1, and head; the map's size is under boxes that share it."""
    boxes = [Box(LEFT, TOP, ("image", "{}x{}".format(*model.input_shape[1:3])), "data")]
    rows = [("stem", STEM[-1].name, "convolution")]
    for row in TABLE_1:
        module = isinstance(row, Inception)
        rows.append((row.name, f"inception_{row.name}_output", "convolution") if module else ("pool", row.name, "pool"))
    for name, layer, kind in rows:
        height, width, channels = model.get_layer(layer).output.shape[1:]
        lines = (name,) if kind == "pool" else (name, str(channels))
        boxes.append(Box(LEFT + STEP * len(boxes), TOP, lines, kind, size=f"{height} x {width}"))
    classes = f"{model.output['main'].shape[-1]:,}"
    boxes.append(Box(LEFT + STEP * len(boxes), TOP, ("head", classes), "head"))
    yield _text(12, 24, "The network, with the channels of each output", anchor="start", bold=True)
    yield from (box.svg() for box in boxes)
    for before, after in pairwise(boxes):
        yield _arrow(before.x + SIDE / 2, TOP + BOX / 2, after.x - SIDE / 2, TOP + BOX / 2)
    for size, group in groupby(boxes, key=lambda box: box.size):
        if size:
            yield from _bracket([box.x for box in group], size)
    at = {box.lines[0]: box.x for box in boxes}
    yield from _auxiliary(model, at)
    last_pool = [box.x for box in boxes if box.kind == "pool"][-1]
    tags = [
        *(("stem", at["stem"], -30), ("normalization", at["stem"] + 18, -54)),
        *(("width", at["4b"], -30), ("pool4", last_pool, -30), ("head", at["head"] - 16, -54)),
        *(("dropout", at["head"] - 16, -30), ("aux_heads", (at["4b"] + at["4c"]) / 2, BOX + 58)),
    ]
    yield from (_tag(name, x, TOP + y, config) for name, x, y in tags)


def _auxiliary(model: keras.Model, at: dict[str, float]) -> Iterable[str]:
    """The auxiliary heads under the modules that they follow."""
    for output in model.output:
        if output.startswith("aux_"):
            x, y = at[output.removeprefix("aux_")], TOP + BOX + 28
            yield _arrow(x, y, x, y + 22, dashed=True)
            yield Box(x, y + 22, (output,), "head", width=62, height=26).svg()


def _module(model: keras.Model, config: GoogLeNetConfig, row: str) -> Iterable[str]:
    """The four branches of a module, from its input above to the concatenation of their outputs below."""
    prefix = f"inception_{row}"
    joined = model.get_layer(f"{prefix}_output").output
    height, width, channels = model.get_layer(f"{prefix}_1x1").input.shape[1:]

    def conv(part: str, x: float, y: float) -> Box:
        layer = model.get_layer(f"{prefix}_{part}")
        size = "x".join(map(str, layer.kernel_size))
        return Box(x, y, (f"{size}, {layer.filters} channels",), "convolution", BRANCH, LOW)

    one, three, five, pool = COLUMNS
    pooling = model.get_layer(f"{prefix}_pool")
    window = "{}x{} max pooling".format(*pooling.pool_size)
    middle = (one + pool) / 2
    branches = [
        [conv("1x1", one, ROWS[2])],
        [conv("3x3_reduce", three, ROWS[1]), conv("3x3", three, ROWS[2])],
        [conv("5x5_reduce", five, ROWS[1]), conv("5x5", five, ROWS[2])],
        [Box(pool, ROWS[1], (window,), "pool", BRANCH, LOW), conv("pool_proj", pool, ROWS[2])],
    ]
    above = Box(middle, ROWS[0], (f"input: {height} x {width}, {channels} channels",), "data", 240, LOW)
    size = "{} x {}, {} channels".format(*joined.shape[1:])
    below = Box(middle, ROWS[3], (f"joined: {size}",), "data", 240, LOW)
    yield _text(12, ROWS[0] - 14, f"Its module: {row}", anchor="start", bold=True)
    for branch in branches:
        top, last = branch[0], branch[-1]
        yield _elbow(above, top.x, above.y + LOW / 2, top.y, into_box=False)
        yield from (_arrow(first.x, first.y + LOW, second.x, second.y) for first, second in pairwise(branch))
        yield _elbow(below, last.x, below.y + LOW / 2, last.y + LOW, into_box=True)
        yield from (box.svg() for box in branch)
    yield from (above.svg(), below.svg())
    tags = [("reduce", (three + five) / 2, ROWS[1] + 14), ("branch5", five + 46, ROWS[2] + LOW + 16)]
    tags += [("pool_projection", pool + 78, ROWS[2] + LOW + 16), ("branches", middle, ROWS[3] + LOW + 16)]
    yield from (_tag(name, x, y, config) for name, x, y in tags)


def _bracket(xs: Sequence[float], size: str) -> Iterable[str]:
    left, right, y = xs[0] - SIDE / 2, xs[-1] + SIDE / 2, TOP + BOX + 5
    yield f'<path d="M{left:g},{y} v5 H{right:g} v-5" fill="none" stroke="{RULE}"/>'
    yield _text((left + right) / 2, y + 18, size)


def _tag(switch: str, x: float, y: float, config: GoogLeNetConfig) -> str:
    """The name of a switch with its default, `x` and `y` in its middle."""
    value = getattr(config, switch)
    words = f"{switch}={', '.join(value) if isinstance(value, tuple) else value}"
    width = 6.7 * len(words) + 12
    frame = f'<rect x="{x - width / 2:g}" y="{y - 9:g}" width="{width:g}" height="18" rx="9" fill="#fff3e6"'
    return f'{frame} stroke="{SWITCH}"/>' + _text(x, y + 4, words, colour=SWITCH, family="monospace")


def _text(
    x: float, y: float, words: str, *, anchor="middle", bold: bool = False, colour: str = "", family: str = ""
) -> str:
    styles = {"font-weight": "bold" * bold, "fill": colour, "font-family": family, "font-size": "13" * bold}
    style = "".join(f' {name}="{value}"' for name, value in styles.items() if value)
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}>{escape(words)}</text>'


def _elbow(box: Box, x: float, level: float, end: float, *, into_box: bool) -> str:
    """A line between a wide box and a branch at `x` whose nearer side is at `end`: straight, or around a corner."""
    near = box.y if into_box else box.y + box.height
    if abs(x - box.x) < box.width / 2:
        return _arrow(x, end, x, near) if into_box else _arrow(x, near, x, end)
    side = box.x + box.width / 2 * (1 if x > box.x else -1)
    points = [(x, end), (x, level), (side, level)]
    path = " ".join(f"{a:g},{b:g}" for a, b in (points if into_box else points[::-1]))
    return f'<polyline points="{path}" fill="none" stroke="{RULE}" marker-end="url(#tip)"/>'


def _arrow(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    dashes = ' stroke-dasharray="3 2"' if dashed else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{RULE}" marker-end="url(#tip)"{dashes}/>'
