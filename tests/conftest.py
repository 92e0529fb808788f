"""Small, on a CPU, without a network; golden numbers are in `golden/`."""

import csv
import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def _fresh_names():
    """Each test starts with Keras's automatic names at zero and without the graphs of the test before."""
    yield
    import sys

    if "keras" in sys.modules:
        sys.modules["keras"].utils.clear_session()


@pytest.fixture(scope="session")
def reference() -> dict[tuple[str, str], dict[str, str]]:
    """The rows of `golden/architectures.csv` by (family, variant): counts measured on the reference implementations."""
    with open(GOLDEN / "architectures.csv", newline="") as file:
        return {(row["family"], row["variant"]): row for row in csv.DictReader(file)}
