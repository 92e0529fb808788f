"""Networks without random weights, which are most of the time that building a network takes."""

import keras


def without_weights() -> keras.StatelessScope:
    """A context: networks that are built in it have shapes and costs, but no values; they can't compute.

    Within it, weights can be assigned, and networks compute and are saved with them; outside they have none.

    >>> from inception_keras import GoogLeNet, complexity
    >>> with without_weights():
    ...     complexity(GoogLeNet()).params
    6998552
    """
    return keras.StatelessScope(initialize_variables=False)
