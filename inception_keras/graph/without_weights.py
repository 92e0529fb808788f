"""Networks without weights, for what only counts: random weights are most of the time that building a network takes."""

import keras


def without_weights() -> keras.StatelessScope:
    """A context: networks that are built in it have shapes and costs, but no values; they can't compute.

    >>> from inception_keras import GoogLeNet, complexity
    >>> with without_weights():
    ...     complexity(GoogLeNet()).params
    6998552
    """
    return keras.StatelessScope(initialize_variables=False)
