"""Loads Keras and its backend for a command line, fast and without their start-up messages."""

import contextlib
import functools
import gc
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from inception_keras.errors import UserError, unknown

LABELS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
# Lines of TensorFlow's log, before and after it is set up; TF_CPP_MIN_LOG_LEVEL has no say in the first ones.
LOGGED = re.compile(rb"WARNING: All log messages before absl|[IWE]\d{4} \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d [\d:.]+ [IWE] ")


def backend_name() -> str:
    """The name of the backend that Keras will load, without loading it: KERAS_BACKEND, else Keras's settings file."""
    if named := os.environ.get("KERAS_BACKEND"):
        return named
    folder = Path(os.environ.get("KERAS_HOME") or Path("~/.keras").expanduser())
    try:
        return json.loads((folder / "keras.json").read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def backend_label() -> str:
    """The same as its authors write it."""
    return LABELS.get(backend_name(), backend_name())


def check_installed():
    """Checks that the backend that Keras will load is known and installed, without loading it.

    Raises:
        UserError: It is not.
    """
    name = backend_name()
    if name not in LABELS:  # Keras has two more: "numpy", which can't train, and "openvino"
        raise unknown("backend of Keras (KERAS_BACKEND, or keras.json)", name, LABELS)
    if find_spec(name) is None:
        others = [f"KERAS_BACKEND={other}" for other in LABELS if find_spec(other) is not None]
        way = f"set {' or '.join(others)}, or type" if others else "type"
        raise UserError(
            f"{LABELS[name]} is not installed, which Keras is told to compute with: {way}: pip install {name}"
        )


def set_environment():
    """Sets what TensorFlow reads once, when it is loaded; for a user's module that may load it by itself."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # TensorFlow disables oneDNN on processors without AVX-512, although it halves the time per step there too
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


@functools.cache
def load_backend():
    """Loads Keras and its backend once, and hides what their libraries print while they look for a GPU.

    Raises:
        UserError: The backend is unknown or not installed.
    """
    check_installed()
    set_environment()
    logging.getLogger("absl").setLevel(logging.ERROR)
    with stderr_held_back(), _no_collection(), _left_out("sklearn", "matplotlib", "pandas"):
        import keras

        _set_what_numbers_depend_on(keras.config)
        keras.distribution.list_devices()  # the search for devices prints messages too


# JAX's own defaults.
JAX = {
    "jax_enable_x64": False,
    "jax_threefry_partitionable": True,
    "jax_default_prng_impl": "threefry2x32",
    "jax_default_matmul_precision": None,
    "jax_numpy_dtype_promotion": "standard",
}


def _set_what_numbers_depend_on(config):
    """Replaces what `keras.json` and the environment say: records do not hold it, so it must be the same everywhere."""
    config.set_floatx("float32")
    config.set_dtype_policy("float32")
    config.set_epsilon(1e-7)
    config.set_image_data_format("channels_last")
    for setting in ("set_max_epochs", "set_max_steps_per_epoch"):  # KERAS_MAX_EPOCHS, in newer releases
        if hasattr(config, setting):
            getattr(config, setting)(None)
    if config.backend() == "jax":
        import jax

        for name, value in JAX.items():  # JAX_ENABLE_X64 and the like
            jax.config.update(name, value)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Disables garbage collection while modules load, and excludes what they loaded from later collections.

    Loading modules leaves no garbage, and searching for it takes a third of the time in which TensorFlow loads.
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
    """Makes packages look as if they were not installed.

    Keras loads them for helpers that nothing here calls, which takes a third of its loading time.
    """
    missing = [name for name in packages if name not in sys.modules]
    for name in missing:
        sys.modules[name] = None  # type: ignore[assignment]  # Python then raises ImportError without a search
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


@contextlib.contextmanager
def stderr_held_back(*explained: type[Exception]) -> Iterator[None]:
    """Discards what is written to stderr, also by C libraries; if an exception is raised, prints it instead.

    Args:
        explained: Exceptions whose message says all that there is to say: nothing else is printed then.
    """
    with _stderr_held() as (held, terminal):
        try:
            yield
        except explained:
            raise
        except Exception:  # not an interrupt, which needs no explanation
            held.seek(0)
            os.write(terminal, held.read())
            raise


@contextlib.contextmanager
def framework_log_dropped() -> Iterator[None]:
    """Drops what TensorFlow logs while a user's module loads it; what else was written to stderr follows at the end."""
    with _stderr_held() as (held, terminal):
        try:
            yield
        finally:
            sys.stderr.flush()
            held.seek(0)
            os.write(terminal, b"".join(line for line in held if not LOGGED.match(line)))


@contextlib.contextmanager
def _stderr_held() -> Iterator[tuple[IO[bytes], int]]:
    """Holds back what is written to stderr, also by C libraries; gives the file of it, and the real stderr."""
    sys.stderr.flush()
    with _held() as held:
        terminal = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield held, terminal
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


def _held() -> IO[bytes]:
    """A file for what is held back; without room for temporary files, one that keeps nothing."""
    try:
        return tempfile.TemporaryFile()
    except OSError:
        return open(os.devnull, "w+b")
