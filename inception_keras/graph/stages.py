"""A model's cost per stage. A stage is the layers between two changes of resolution, or the head."""

from dataclasses import dataclass

from inception_keras.graph.complexity import Complexity

HEADS = ("head_", "aux_", "main")


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
    """The stages in the order of the graph; layers with neither parameters nor multiply-adds are left out."""
    grouped: dict[str, list] = {}
    for row in cost.by_layer:
        if row.params or row.macs:
            on_map = len(row.output_shape) == 3 and not row.name.startswith(HEADS)
            size = " x ".join(map(str, row.output_shape[:2])) if on_map else "head"
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
