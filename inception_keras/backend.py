"""Keras and its backend, loaded for a command line: soon, and without a word."""

import contextlib
import functools
import gc
import logging
import os
import sys
import tempfile
from collections.abc import Iterator


@functools.cache
def load_backend():
    """Loads Keras and its backend, once, without the notes that their libraries write while they look for a GPU."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # TensorFlow leaves oneDNN aside on processors without AVX-512, where it halves the time of a step all the same
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    logging.getLogger("absl").setLevel(logging.ERROR)
    with stderr_held_back(), _no_collection(), _left_out("sklearn", "matplotlib"):
        import keras

        keras.distribution.list_devices()  # the search for devices writes as well


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Modules that load leave no garbage, and the search for it takes a third of the time in which TensorFlow loads.

    What has been loaded stays: later searches leave it out.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if searching:
            gc.enable()


@contextlib.contextmanager
def _left_out(*packages: str) -> Iterator[None]:
    """As if these were not installed: Keras loads them for helpers that nothing here calls, a quarter of its time."""
    missing = [name for name in packages if name not in sys.modules]
    for name in missing:
        sys.modules[name] = None  # type: ignore[assignment]  # how Python marks what must not be looked for
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


@contextlib.contextmanager
def stderr_held_back() -> Iterator[None]:
    """Holds back what is written to the file behind stderr, C libraries included; shows it if there was an error."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        terminal = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(terminal, held.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
