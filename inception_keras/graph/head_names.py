"""The names that layers of heads have in this zoo, which tell them from the trunk without loading a framework."""

import re

_PARTS = "pool|flatten|classifier|conv(?:_bn|_relu)?"
# Exactly these: a user's layer may be called `main_branch` or `head_norm`.
_HEAD = re.compile(
    rf"main(?:_scale)?|head_(?:{_PARTS}|dropout\d*|fc\d+(?:_bn|_relu)?)|aux_4[ad](?:_(?:{_PARTS}|dropout|fc|scale))?"
)


def is_of_head(name: str) -> bool:
    """Whether a layer of this name is part of the head or an auxiliary head of a network of the zoo.

    >>> is_of_head("head_fc1"), is_of_head("aux_4a_conv"), is_of_head("main_branch_conv")
    (True, True, False)
    """
    return _HEAD.fullmatch(name) is not None
