"""What an address states of a network's toggles."""

from collections.abc import Mapping

from ablations.study.starts import START

# Later toggles: an address leaves them out while they have these values, so that older records keep theirs.
LATER = {"whitening": False, "channel_multiple": 1, "logit_scale": 1.0, "fc_normalization": "none", **START}


def stated(toggles: Mapping[str, object]) -> dict[str, object]:
    """The toggles that an address hashes.

    >>> stated({"model": "googlenet", "logit_scale": 1.0, "channel_multiple": 16})
    {'model': 'googlenet', 'channel_multiple': 16}
    """
    return {name: value for name, value in toggles.items() if LATER.get(name, ...) != value}
