"""Which kind of head a network has, as figures colour it and tables name it."""

from collections.abc import Mapping


def kind_of_head(toggles: Mapping[str, object]) -> str:
    """`gap`, `conv`, `fc`, or `max`: a linear layer on the maximum over positions is no fully connected head.

    >>> kind_of_head({"head": "fc", "fc_input": "max"}), kind_of_head({})
    ('max', 'gap')
    """
    head = str(toggles.get("head", "gap"))
    return "max" if head == "fc" and toggles.get("fc_input") == "max" else head
