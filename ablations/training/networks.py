"""From a variant to its network, and the proof that the variants of a study differ as they say."""

import json

import keras

from ablations.records.record import Record
from ablations.records.trials import Cost
from ablations.study import Study, Variant
from inception_keras import complexity, inference_model
from inception_keras.errors import UserError
from inception_keras.zoo import architecture

LEAST_MAP = 4  # under 4x4 the flattened map is hardly longer than the pooled one, and the two heads are one


def build(study: Study, variant: Variant, image_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """The variant's network with logits for outputs, in the precision of the recipe."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if study.recipe.precision == "bfloat16" else "float32")
    try:
        return _create(study.toggles(variant), input_shape=image_shape, classes=classes, classifier_activation=None)
    finally:
        keras.config.set_dtype_policy(before)


def rebuild(record: Record) -> keras.Model:
    """The network of a record's trial, from the toggles that the record holds; in float32, which costs do not see.

    Raises:
        UserError: The code as it is now has no such toggle, or no such value of it.
    """
    data, toggles = record.data, record.toggles
    size = {"input_shape": tuple(data["image_shape"]), "classes": data["classes"]}
    return _create(toggles, **size, classifier_activation=None)


def targets(model: keras.Model, labels):
    """The labels as the loss of a network takes them: with auxiliary heads the same for each output."""
    return {name: labels for name in model.output} if isinstance(model.output, dict) else labels


def prove(study: Study, image_shape: tuple[int, int, int], classes: int) -> dict[str, Cost]:
    """Builds every variant once and returns its cost, in the study's order.

    Raises:
        UserError: Two variants with the same graph, an input that a variant can't be built on, or a setting that makes
            the comparison meaningless.
    """
    if any(claim.metric == "top5" for claim in study.claims) and classes <= 5:
        raise UserError(f"{study.name}: top-5 says nothing with {classes} classes: claim top1")
    costs: dict[str, Cost] = {}
    graphs: dict[str, str] = {}
    for variant in study.arms:
        model = build(study, variant, image_shape, classes)
        twin = graphs.setdefault(_graph(model), variant.name)
        if twin != variant.name:
            raise UserError(f"{study.name}: the variants {twin!r} and {variant.name!r} build the same graph")
        costs[variant.name] = _cost(study, variant, model, image_shape)
        keras.utils.clear_session()  # names and memory: the next network starts as in a fresh process
    return costs


def _cost(study: Study, variant: Variant, model: keras.Model, image_shape) -> Cost:
    toggles = study.toggles(variant)
    without_heads = {"aux_heads": False} if "aux_heads" in toggles else {}
    trunk = _create({**toggles, **without_heads}, include_top=False, input_shape=image_shape)
    height, width = trunk.output.shape[1:3]
    arms = [study.toggles(arm) for arm in study.arms]
    heads = {
        arm.get("head") for arm in arms if arm["model"] == toggles["model"]
    }  # another model is no comparison of heads
    if min(height, width) < LEAST_MAP and len(heads) > 1:
        raise UserError(
            f"{study.name}: the last map is {height} x {width}, and under {LEAST_MAP} x {LEAST_MAP} pooling and "
            f"flattening are nearly the same: heads can't be compared. Take stem='small' or larger images"
        )
    whole, main = complexity(model), complexity(inference_model(model))
    return Cost(
        params=whole.params,
        head_params=whole.params - complexity(trunk).params,
        macs=whole.macs,
        inference_params=main.params,
        inference_macs=main.macs,
    )


def _create(toggles: dict, **kwargs) -> keras.Model:
    own = {name: value for name, value in toggles.items() if name != "model"}
    # One name for all: on TensorFlow the names of models and layers have a say in the rounding.
    return architecture(toggles["model"]).build(name="network", **own, **kwargs)


def _graph(model: keras.Model) -> str:
    """The graph without its names: equal for two models exactly when they are the same network."""
    place = {layer.name: number for number, layer in enumerate(model.layers)}
    rows = []
    for layer in model.layers:
        config = {key: value for key, value in layer.get_config().items() if key != "name"}
        parents = [place[node.operation.name] for node in layer._inbound_nodes[0].parent_nodes]
        rows.append((type(layer).__name__, config, parents))
    return json.dumps(rows, sort_keys=True, default=str)
