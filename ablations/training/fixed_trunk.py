"""A frozen trunk's last maps, computed once for each image instead of in every epoch.

Where a trunk starts from a file and is frozen, where images are not augmented and nothing in the trunk is random, an
image has the same map in every epoch, and for every seed that starts from this file. So the head is trained on the
maps: the same trial up to rounding, in a fraction of the time.
"""

from collections.abc import Sequence

import keras
import numpy as np

from ablations.data.batches import evaluation_batches
from ablations.data.datasets import Dataset
from ablations.data.splits import Examples, Split
from ablations.seeds import random_states
from ablations.study.recipe import Recipe
from ablations.study.starts import start_of
from ablations.training.devices import Devices
from inception_keras.io.layer_pairs import is_head

MEMORY_SHARE = 0.25  # of the machine's memory, which the maps of a data set may take
BATCH = 64  # images per call of the trunk
ON_MAPS = {"train", "shifts"}  # evaluations that show the network splits, whose maps can be computed before


class FixedTrunk:
    """A network in two parts: a trunk whose maps are fixed, and the head that is trained on them.

    Args:
        network: Its trunk has its weights and is frozen.

    Attributes:
        head: From maps, `(batch, height, width, channels)`, to the network's outputs. It shares the network's layers.
    """

    def __init__(self, network: keras.Model):
        last = last_map(network)
        assert last is not None, "the head reads one map"
        self._trunk = keras.Model(network.input, last, name="trunk")
        self.head = keras.Model(last, network.output, name=network.name)
        self._kept: dict[Examples, Split] = {}

    def kept_maps(self, split: Examples) -> Split:
        """As `maps`, computed the first time and kept."""
        if split not in self._kept:
            self._kept[split] = self.maps(split)
        return self._kept[split]

    def maps(self, split: Examples) -> Split:
        """The split with maps in place of images.

        Raises:
            UserError: The data is damaged.
        """
        assert isinstance(split, Split), "`is_fixed` has asked"
        batches = evaluation_batches(split, BATCH)
        maps = [keras.ops.convert_to_numpy(self._trunk.predict_on_batch(images)) for images, _ in batches]
        return Split(np.concatenate(maps).astype("float32"), split.labels, split.ids)


def is_fixed(
    network: keras.Model, toggles: dict, recipe: Recipe, evaluations: Sequence[str], data: Dataset, devices: Devices
) -> bool:
    """Whether the maps of the network's trunk can be computed once, and fit in memory.

    The same on a machine at all times, whatever memory is free: maps and images round differently.
    """
    start = start_of(toggles)
    if start.get("freeze") != "trunk" or start.get("weights") is None:
        return False
    if recipe.augmentation or recipe.cutout or not set(evaluations) <= ON_MAPS:
        return False
    if devices.dispatch != "step" or devices.replicas > 1:  # these have input paths of their own, for images
        return False
    last = last_map(network)
    return last is not None and not _is_random(network) and _fits(data, last)


def last_map(network: keras.Model):
    """What the head reads; `None` if it reads several tensors, or if there are auxiliary heads."""
    if isinstance(network.output, dict):
        return None
    read = [
        tensor
        for layer in network.layers
        if is_head(layer.name)
        for tensor in _inputs(layer)
        if not is_head(tensor._keras_history.operation.name)
    ]
    return read[0] if len(read) == 1 else None


def _inputs(layer) -> list:
    return layer.input if isinstance(layer.input, list) else [layer.input]


def _is_random(network: keras.Model) -> bool:
    return any(random_states(layer) and not is_head(layer.name) for layer in network.layers)


def _fits(data: Dataset, last) -> bool:
    import psutil  # TFDS depends on it

    if data.streamed:
        return False
    images = len(data.train) + len(data.validation) + len(data.test)
    return 4 * int(np.prod(last.shape[1:])) * images <= MEMORY_SHARE * psutil.virtual_memory().total
