"""The calls of layers in a model's graph."""

import keras


def nodes_in_order(model: keras.Model) -> list:
    """The model's nodes (calls of layers), each after the nodes whose outputs it reads."""
    by_depth = model._nodes_by_depth
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth] if not node.is_input]


def graph_of(model) -> keras.Model | None:
    """`model` itself if it is functional, the functional model inside a built sequential one, else `None`."""
    graph = getattr(model, "_functional", None) or model
    return graph if isinstance(model, keras.Model) and hasattr(graph, "_nodes_by_depth") else None
