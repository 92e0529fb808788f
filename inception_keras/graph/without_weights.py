"""Networks without random weights, which are most of the time that building a network takes."""

from collections.abc import Iterator
from contextlib import contextmanager

import keras

from inception_keras.backend import collection_paused


@contextmanager
def without_weights() -> Iterator[None]:
    """A context: networks that are built in it have shapes and costs, but no values; they can't compute.

    Within it, weights can be assigned, and networks compute and are saved with them; outside they have none. Garbage is
    collected after it.

    >>> from inception_keras import GoogLeNet, complexity
    >>> with without_weights():
    ...     complexity(GoogLeNet()).params
    6998552
    """
    with collection_paused(), keras.StatelessScope(initialize_variables=False):
        yield
