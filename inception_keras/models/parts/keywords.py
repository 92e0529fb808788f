"""The error for a keyword that no builder takes; the words of timm and torchvision are translated."""

from collections.abc import Iterable
from types import MappingProxyType

from inception_keras.errors import UserError, unknown

# What stands here for a keyword of timm or torchvision. `num_classes` is near enough to `classes` to be suggested.
TRANSLATIONS = MappingProxyType(
    {
        "pretrained": "weights='imagenet'",
        "checkpoint_path": "weights='FILE.weights.h5', which `convert` makes of a checkpoint",
        "in_chans": "input_shape=(height, width, channels)",
        "img_size": "input_shape=(height, width, channels)",
        "drop_rate": "dropout",
        "global_pool": "pooling, with include_top=False",
        "features_only": "feature_maps(model)",
        "aux_logits": "aux_heads",
        "transform_input": "preprocess_input, for images",
    }
)


def unknown_keyword(owner: str, name: str, allowed: Iterable[str]) -> UserError:
    """The error for a keyword `name` that `owner` does not take.

    >>> print(unknown_keyword("googlenet", "drop_rate", ["dropout"]))
    unknown keyword of googlenet 'drop_rate': here it is dropout; allowed are 'dropout'
    """
    allowed = list(allowed)
    if name not in TRANSLATIONS:
        return unknown(f"keyword of {owner}", name, allowed)
    names = ", ".join(map(repr, allowed))
    return UserError(f"unknown keyword of {owner} {name!r}: here it is {TRANSLATIONS[name]}; allowed are {names}")
