"""The calls of layers in a model's graph."""

import keras

from inception_keras.errors import UserError


def nodes_in_order(model: keras.Model) -> list:
    """The model's nodes (calls of layers), each after the nodes whose outputs it reads."""
    by_depth = model._nodes_by_depth
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth] if not node.is_input]


def before_kernels(model: keras.Model) -> set[int]:
    """The ids of the symbolic tensors that are the inputs, or are computed of them without any kernel."""
    found = {id(tensor) for tensor in model.inputs}
    for node in nodes_in_order(model):
        has_kernel = any(len(variable.shape) > 1 for variable in getattr(node.operation, "weights", ()))
        if not has_kernel and all(id(tensor) in found for tensor in node.input_tensors):
            found.update(id(tensor) for tensor in node.outputs)
    return found


def graph_of(model) -> keras.Model | None:
    """`model` itself if it is functional, the functional model inside a built sequential one, else `None`."""
    graph = getattr(model, "_functional", None) or model
    return graph if isinstance(model, keras.Model) and hasattr(graph, "_nodes_by_depth") else None


def main_output(graph: keras.Model):
    """The symbolic output of a functional model with one output, or the one called `main` of several.

    Raises:
        UserError: Its outputs are a list, or a dict without `main`.
    """
    output = graph.output
    if isinstance(output, dict):
        if "main" not in output:
            raise UserError(f"{graph.name} has no output 'main', only {', '.join(map(repr, output))}")
        return output["main"]
    if isinstance(output, (list, tuple)):
        raise UserError(f"{graph.name} has {len(output)} outputs without names: give it one, or a dict with 'main'")
    return output
