"""A lock between processes, for what only one of them should do: the others wait and find it done."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where two processes may do the same work, each of them whole
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def locked(path: Path, waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Holds the lock of `path` while the block runs; the system releases it if the process dies.

    The lock is a file beside `path`, which stays: removing it could give the lock to two processes.

    Args:
        path: What is worked on; its folder exists.
        waiting: Called once if another process holds the lock, before this one waits for it.

    Raises:
        OSError: The file of the lock can't be made.
    """
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
