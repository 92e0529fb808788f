"""Builds the network of a variant, and proves that the variants of a study differ as declared."""

import contextlib
import json
from collections.abc import Callable, Iterator

import keras

from ablations.records.record import Record
from ablations.records.trials import Cost
from ablations.study import Study, Variant
from ablations.study.own_code import failure, is_reference
from ablations.study.own_networks import OwnNetwork
from ablations.study.starts import start_of
from ablations.training.pretrained import check_start
from ablations.training.seeding import check_initializers
from inception_keras import complexity, inference_model
from inception_keras.errors import UserError, warn
from inception_keras.graph.without_weights import without_weights
from inception_keras.zoo import architecture

LEAST_MAP = 4  # under 4x4 the flattened map is hardly longer than the pooled one: the two heads are nearly the same


def build(study: Study, variant: Variant, image_shape: tuple[int, int, int], classes: int) -> keras.Model:
    """Builds the variant's network, with logits as outputs, in the precision of its recipe."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if study.recipe_of(variant).precision == "bfloat16" else "float32")
    try:
        return _create(study.toggles(variant), input_shape=image_shape, classes=classes)
    finally:
        keras.config.set_dtype_policy(before)


def rebuild(record: Record) -> keras.Model:
    """Rebuilds the network of a record's trial from the record's toggles; in float32, which does not change its costs.

    Raises:
        UserError: The present code does not have one of the toggles, or its value; or a user's function raises.
    """
    data, toggles = record.data, record.toggles
    size = {"input_shape": tuple(data["image_shape"]), "classes": data["classes"]}
    try:
        return _create(toggles, **size)
    except UserError:
        raise
    except Exception as error:  # the user's function may raise anything, and what it imports may have changed
        if not is_reference(toggles["model"]):
            raise
        raise UserError(f"{toggles['model']} raised {failure(error)}") from error


def targets(model: keras.Model, labels):
    """The labels in the form that the network's loss takes: with auxiliary heads, the same labels for each output."""
    return {name: labels for name in model.output} if isinstance(model.output, dict) else labels


def prove(
    study: Study,
    image_shape: tuple[int, int, int],
    classes: int,
    tell: Callable[[str], None] = lambda variant: None,
) -> dict[str, Cost]:
    """Builds every variant once and returns the costs by name, in the study's order.

    Args:
        study: Whose variants.
        image_shape: Height, width, channels.
        classes: How many classes there are.
        tell: Called with the name of each variant before it is built.

    Raises:
        UserError: Two variants have the same graph and recipe, a variant can't be built on the input, or a setting
            makes the comparison meaningless.
    """
    if any(claim.metric == "top5" for claim in study.claims) and classes <= 5:
        raise UserError(f"{study.name}: top-5 says nothing with {classes} classes: claim top1")
    costs: dict[str, Cost] = {}
    graphs: dict[str, str] = {}
    for variant in study.arms:
        tell(variant.name)
        check_start(study, variant)
        with _variant_named(study, variant), without_weights():
            model = build(study, variant, image_shape, classes)
        _warn_of_coarse_logits(study, variant, model)
        start = start_of(study.toggles(variant))
        twin = graphs.setdefault(f"{_graph(model)} {study.recipe_of(variant)} {start}", variant.name)
        if twin != variant.name:
            raise UserError(f"{study.name}: the variants {twin!r} and {variant.name!r} build the same graph")
        costs[variant.name] = _cost(study, variant, model, image_shape)
        keras.utils.clear_session()  # resets names and frees memory: the next network is built as in a new process
    return costs


def _warn_of_coarse_logits(study: Study, variant: Variant, model: keras.Model):
    """The zoo's logits are float32 in either precision; those of a user's own network are what its last layer gives."""
    reference = study.toggles(variant)["model"]
    if is_reference(reference) and model.output.dtype not in ("float32", "float64"):
        last = model.output._keras_history.operation.name
        warn(
            f"{reference}: the logits are {model.output.dtype}, which rounds different ones to the same: give the last "
            f"layer, {last!r}, dtype='float32', as the networks of the zoo have it"
        )


def _cost(study: Study, variant: Variant, model: keras.Model, image_shape) -> Cost:
    toggles = study.toggles(variant)
    with _variant_named(study, variant), without_weights():
        trunk = _trunk(toggles, model, image_shape)
    height, width = trunk.output.shape[1:3]
    arms = [study.toggles(arm) for arm in study.arms]
    # arms with another model do not compare heads
    heads = {arm.get("head") for arm in arms if arm["model"] == toggles["model"]}
    if min(height, width) < LEAST_MAP and len(heads) > 1:
        raise UserError(
            f"{study.name}: the last map is {height} x {width}, and under {LEAST_MAP} x {LEAST_MAP} pooling and "
            f"flattening are nearly the same: heads can't be compared. Set stem='small' or take larger images"
        )
    with without_weights():
        whole, main = complexity(model), complexity(inference_model(model))
    return Cost(
        params=whole.params,
        head_params=whole.params - complexity(trunk).params,
        macs=whole.macs,
        inference_params=main.params,
        inference_macs=main.macs,
    )


def _trunk(toggles: dict, model: keras.Model, image_shape) -> keras.Model:
    """The network up to its last map; of a user's own, all before the last output with a height and a width."""
    if is_reference(toggles["model"]):
        maps = [layer.output for layer in model.layers if len(getattr(layer.output, "shape", ())) == 4]
        return keras.Model(model.input, maps[-1])  # the input is one
    without_heads = {"aux_heads": False} if "aux_heads" in toggles else {}
    return _create({**toggles, **without_heads}, include_top=False, input_shape=image_shape)


@contextlib.contextmanager
def _variant_named(study: Study, variant: Variant) -> Iterator[None]:
    """Turns whatever a builder raises into a UserError that names the variant: it would raise again at each attempt."""
    about = f"{study.name}: variant {variant.name!r}, {_written(study, variant)}, can't be built"
    try:
        yield
    except UserError as error:
        raise UserError(f"{about}: {error}") from error
    except Exception as error:
        raise UserError(f"{about}: {failure(error)}") from error


def _written(study: Study, variant: Variant) -> str:
    """The toggles as the study declares them, without defaults."""
    return " ".join(f"{name}={value!r}" for name, value in {**study.base, **variant.overrides}.items())


def _create(toggles: dict, **kwargs) -> keras.Model:
    start = start_of(toggles)
    own = {name: value for name, value in toggles.items() if name != "model" and name not in start}
    # The same name for every model: on TensorFlow the names of models and layers change the rounding.
    if is_reference(toggles["model"]):
        model = OwnNetwork(toggles["model"]).build(**own, **kwargs)
        check_initializers(model)
        return model
    logits = {"classifier_activation": None} if "classes" in kwargs else {}
    model = architecture(toggles["model"]).build(name="network", **own, **logits, **kwargs)
    if not isinstance(model, keras.Model):
        raise UserError(f"the builder of {toggles['model']!r} returned {type(model).__name__}, not a Keras model")
    return model


def _graph(model: keras.Model) -> str:
    """The graph as text, without the layers' names: equal for two models exactly if they are the same network."""
    position = {layer.name: number for number, layer in enumerate(model.layers)}
    rows = []
    for layer in model.layers:
        config = {key: value for key, value in layer.get_config().items() if key != "name"}
        parents = [position[node.operation.name] for node in layer._inbound_nodes[0].parent_nodes]
        rows.append((type(layer).__name__, config, parents))
    return json.dumps(rows, sort_keys=True, default=str)
