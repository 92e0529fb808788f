"""Loads the backend and fetches published weights, in the order in which a user hears soonest of what is missing."""

from inception_keras.backend import backend_label, load_backend
from inception_keras.cli.waiting import waiting
from inception_keras.weights import by_name
from inception_keras.weights.published import PublishedFile
from inception_keras.weights.sources import Source


def load_visibly():
    """Loads the backend as `load_backend` does, and says so on the terminal."""
    with waiting(f"loading {backend_label()}"):
        load_backend()


def load_with(published: PublishedFile | None, source: Source):
    """Loads the backend, and makes the weights file of `published` if there is one and it is not there.

    A network of other toggles or another size than the published is tried out before its weights are fetched.

    Raises:
        UserError: As `by_name.fetch` and `Source.check`.
    """
    if published is not None and not by_name.is_fetched(published):
        if source.options or source.crop != published.preprocessing.crop:
            load_visibly()
            source.check()
        by_name.fetch_ahead(published.model, published.source)
    load_visibly()
    if published is not None:
        by_name.fetch(published)
