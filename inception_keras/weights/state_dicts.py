"""Normalises what people have of a torch network, from a file or in memory, to arrays by the names of its source.

Training scripts wrap the weights in larger dictionaries (`{"state_dict": ..., "epoch": 3}`, Lightning's `.ckpt`), put
prefixes before their names (`module.`, `_orig_mod.`, `model.`, `backbone.`), keep moving averages beside them, and
store them in any float type.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from inception_keras.errors import UserError, in_one_line
from inception_keras.weights.registry import first_names, recognise

# Names of the weights in larger dictionaries; if several are present, the first one is used.
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params")
# Names of other things with arrays in the same dictionaries.
TRAINING = ("optim", "sched", "lr_sched", "scaler", "callback", "loop", "hyper", "amp", "loss", "criterion", "rng")
DEPTH = 4  # of nested dictionaries
# A dictionary counts as often as another one refers to it: a hundred references to a hundred references, three times,
# are a million dictionaries in a file of a few kilobytes.
MOST_DICTIONARIES, MOST_SETS = 10_000, 1_000
# Modules that only wrap another one, so that their names may stand anywhere in a key.
TRANSPARENT = {"_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
AVERAGE = re.compile(r"(^|[^a-z])(ema|swa|averaged?|avg|shadow)([^a-z]|$)")


class StateDict(NamedTuple):
    """The weights of one network.

    Attributes:
        arrays: Name -> array, with the names of torchvision or timm.
        place: Where they were, such as `state_dict_ema` or `state_dict: model.`; empty if nothing was around them.
        averaged: Whether they are a moving average of the weights (EMA, SWA).
        others: Places of other weights of the same network, which were not taken.
    """

    arrays: dict[str, Any]
    place: str = ""
    averaged: bool = False
    others: tuple[str, ...] = ()


def normalise(content: object, name: str = "state_dict", *, ema: bool = False) -> StateDict:
    """The weights in a state dict, in a dictionary around one, in pairs of name and array, or in a torch module.

    Args:
        content: What a file holds, or what the caller has.
        name: What messages call it.
        ema: Whether to take the moving average; it is also taken if there are no other weights.

    Raises:
        UserError: There are no weights, no moving average although one is asked for, or several networks.
    """
    found = list(_found(content, name))
    averaged = [one for one in found if one.averaged]
    if ema and not averaged:
        places = ", ".join(one.place for one in found if one.place) or "the weights alone"
        raise UserError(f"{name} holds no moving average (EMA), only {places}: drop ema")
    plain = [one for one in found if not one.averaged]
    chosen = _preferred(averaged if ema or not plain else plain, name)
    others = tuple(one.place for one in found if one is not chosen)
    arrays = {key: _to_numpy(f"{name}: {key}", value) for key, value in chosen.arrays.items()}
    return chosen._replace(arrays=arrays, others=others)


def _found(content: object, name: str) -> Iterator[StateDict]:
    mapping = _mapping(content, name)
    if not mapping:
        raise UserError(f"{name} is empty: there is no state_dict in it")
    sets = list(islice(_sets(mapping, (), name, iter(range(MOST_DICTIONARIES))), MOST_SETS + 1))
    if len(sets) > MOST_SETS:
        raise _too_many(name, f"{MOST_SETS:,} dictionaries with arrays")
    if not sets:
        keys = ", ".join(map(str, list(mapping)[:5]))
        raise UserError(f"{name} holds no state_dict: it is a {type(content).__name__} with the keys {keys}")
    for path, arrays, counted in sets:
        wrapper = ".".join(path)
        for prefix, group in _by_prefix(arrays, name):
            place = f"{wrapper}: {prefix}" if wrapper and prefix else wrapper or prefix
            averaged = counted or any(AVERAGE.search(word.lower()) for word in (*path, prefix))
            yield StateDict(group, place, averaged)


def _mapping(content: object, name: str) -> Mapping:
    """`content` as a mapping; also the pairs of `named_parameters()`, and a module by its `state_dict()`."""
    if isinstance(content, Mapping):
        return content
    if callable(getattr(content, "state_dict", None)):
        return content.state_dict()  # type: ignore[attr-defined]
    if isinstance(content, Iterator) or (isinstance(content, list) and all(isinstance(i, tuple) for i in content)):
        pairs = list(content)
        # a data set is pairs of arrays, which are no keys
        if all(isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
            return dict(pairs)
    size = f" of length {len(content)}" if isinstance(content, (tuple, list, str)) else ""
    raise UserError(
        f"{name} holds no state_dict: it must be a mapping of names to arrays; got {type(content).__name__}{size}"
    )


# -- dictionaries around the weights -----------------------------------------------------------------------------------


def _sets(
    mapping: Mapping, path: tuple[str, ...], name: str, visits: Iterator[int]
) -> Iterator[tuple[tuple[str, ...], dict[str, Any], bool]]:
    """Yields (keys on the way, names -> arrays, whether torch counted averages) of every innermost dictionary.

    `visits` has one item for each dictionary that may still be looked into.
    """
    if next(visits, None) is None:
        raise _too_many(name, f"{MOST_DICTIONARIES:,} dictionaries in dictionaries")
    if "param_groups" in mapping or len(path) > DEPTH:
        return
    nested = False
    for key, value in mapping.items():
        if isinstance(key, str) and not key.lower().startswith(TRAINING):
            if not isinstance(value, Mapping) and callable(getattr(value, "state_dict", None)):
                value = value.state_dict()
            if isinstance(value, Mapping):
                for one in _sets(value, (*path, key), name, visits):
                    nested = True
                    yield one
    if not nested and any(_is_array(value) for value in mapping.values()):
        weights = {str(key): value for key, value in mapping.items() if _is_weight(str(key), value)}
        yield path, weights, "n_averaged" in mapping


def _too_many(name: str, what: str) -> UserError:
    return UserError(f"{name} holds more than {what}: give the state_dict of one network alone")


def _is_array(value: object) -> bool:
    return len(getattr(value, "shape", ())) > 0 and hasattr(value, "dtype")


def _is_weight(key: str, value: object) -> bool:
    """Whether an item belongs to a network; metrics, counters and settings beside its weights do not."""
    leaf = key.rpartition(".")[2]
    if leaf in ("num_batches_tracked", "n_averaged", "_extra_state"):
        return False
    return "." in key or _is_array(value)


def _preferred(sets: list[StateDict], name: str) -> StateDict:
    if len(sets) == 1:
        return sets[0]
    for wrapper in WRAPPERS:
        named = [one for one in sets if one.place.split(":")[0].rpartition(".")[2] == wrapper]
        if len(named) == 1:
            return named[0]
    known = [one for one in sets if recognise(one.arrays, "torch")]
    if len(known) == 1:
        return known[0]
    places = ", ".join(one.place for one in sets)
    raise UserError(f"{name} holds several networks ({places}): give the state_dict of one of them")


# -- prefixes ----------------------------------------------------------------------------------------------------------


def _by_prefix(arrays: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields (prefix, names without it -> arrays) of the network, and of its moving average if it has a prefix too.

    A prefix ends where a name begins that a source's table has. A name without any such part stays as it is.
    """
    first = first_names("torch")
    groups: dict[bool, dict[str, dict[str, Any]]] = {False: {}, True: {}}
    for key, value in arrays.items():
        parts = [part for part in key.split(".") if part not in TRANSPARENT]
        start = next((place for place, part in enumerate(parts) if part in first), None)
        if start is None:
            prefix = "module." if parts[0] == "module" else ""
            bare = ".".join(parts).removeprefix(prefix)
        else:
            prefix, bare = "".join(f"{part}." for part in parts[:start]), ".".join(parts[start:])
        groups[bool(AVERAGE.search(prefix.lower()))].setdefault(prefix, {})[bare] = value
    for prefixed in groups.values():
        if prefixed:
            whole: dict[str, Any] = {}
            for group in prefixed.values():
                if twice := next((key for key in group if key in whole), None):
                    prefixes = ", ".join(one or "(none)" for one in prefixed)
                    raise UserError(
                        f"{name} holds several networks: {twice} occurs with more than one of the prefixes {prefixes}: "
                        "give the state_dict of one of them"
                    )
                whole |= group
            yield max(prefixed, key=lambda prefix: len(prefixed[prefix])), whole


# -- arrays ------------------------------------------------------------------------------------------------------------


def _to_numpy(name: str, value: Any) -> Any:
    """A torch tensor of any device and float type as an array; anything else as it is."""
    if not hasattr(value, "detach"):
        return value
    try:
        if value.is_meta:
            raise TypeError("its numbers were not saved")
        tensor = value.detach().cpu()
        if tensor.is_floating_point() and tensor.element_size() < np.dtype("float32").itemsize:
            tensor = tensor.float()  # NumPy lacks bfloat16 and the types of 8 bits
        return tensor.numpy()
    except Exception as error:  # a quantised, sparse, nested or meta tensor
        kind = f"{value.dtype}, {value.layout}, device {value.device}".replace("torch.", "")
        reason = in_one_line(error, most=120)
        raise UserError(
            f"{name} is a tensor that is no plain array ({kind}): save the weights as float32 ({reason})"
        ) from error
