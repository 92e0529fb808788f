"""What is counted on networks of the zoo: each is built once, without weights, and the counts are kept.

The answers are those of the network that the command lines build: `load_backend` is called before it is built. A kept
answer needs no deep learning framework.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from inception_keras import zoo
from inception_keras.backend import backend_name, load_backend
from inception_keras.graph.complexity import Complexity, LayerCost, complexity
from inception_keras.graph.table1 import Table1Comparison, compare_table1
from inception_keras.io.kept import kept


def count(name: str, **options) -> Complexity:
    """The cost of the network that `create_model(name, **options)` builds; options have values that JSON has.

    Raises:
        UserError: As `create_model`.

    >>> count("vgg16", head="gap").params
    15227688
    """
    found = _kept("costs", [name, options], lambda: asdict(complexity(zoo.create_model(name, **options))))
    rows = tuple(LayerCost(**{**row, "output_shape": tuple(row["output_shape"])}) for row in found["by_layer"])
    return Complexity(**{**found, "by_layer": rows})


def count_table1() -> list[Table1Comparison]:
    """The rows of the paper's Table 1, each compared with the built network."""
    rows = _kept("table1", [], lambda: [asdict(row) for row in compare_table1(zoo.create_model("googlenet"))])
    return [Table1Comparison(**row) for row in rows]


def _kept(kind: str, made_from: object, make: Callable[[], Any]) -> Any:
    libraries = ("keras", backend_name())
    return kept(kind, made_from, lambda: _without_weights(make), code=("inception_keras",), libraries=libraries)


def _without_weights(make: Callable[[], Any]) -> Any:
    load_backend()
    from inception_keras.graph.without_weights import without_weights

    with without_weights():
        return make()
