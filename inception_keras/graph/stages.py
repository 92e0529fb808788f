"""A model's cost per stage. A stage is the layers between two changes of resolution, or the head."""

from dataclasses import dataclass

from inception_keras.graph.complexity import Complexity, LayerCost
from inception_keras.graph.head_names import is_of_head

PIXEL = "1 x 1"


@dataclass(frozen=True)
class Stage:
    """`size` is the resolution, such as `28 x 28`, or `head`; `first` and `last` name the first and last layer."""

    size: str
    first: str
    last: str
    params: int
    macs: int
    activations: int


def stages(cost: Complexity) -> list[Stage]:
    """The stages in the order of the graph; layers with neither parameters nor multiply-adds are left out.

    Squeeze-and-excite layers, of one pixel between larger maps, are of the stage before them.
    """
    rows = [row for row in cost.by_layer if row.params or row.macs]
    sizes = [_size(row) for row in rows]
    larger = [place for place, size in enumerate(sizes) if size not in (PIXEL, "head")]
    for place, size in enumerate(sizes):
        if size == PIXEL and larger and larger[0] < place < larger[-1]:
            sizes[place] = sizes[place - 1]
    grouped: dict[str, list] = {}
    for row, size in zip(rows, sizes, strict=True):
        grouped.setdefault(size, []).append(row)
    return [
        Stage(
            size,
            rows[0].name,
            rows[-1].name,
            sum(row.params for row in rows),
            sum(row.macs for row in rows),
            sum(row.activations for row in rows),
        )
        for size, rows in grouped.items()
    ]


def _size(row: LayerCost) -> str:
    on_map = len(row.output_shape) == 3 and not is_of_head(row.name)
    return " x ".join(map(str, row.output_shape[:2])) if on_map else "head"
