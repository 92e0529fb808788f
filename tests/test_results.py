"""What is committed under `results/` is what the commands make of the records and of the networks."""

from pathlib import Path

import pytest

from ablations import fully_connected, parameters, studies, tables
from ablations.records import Store

RESULTS = Path(__file__).parent.parent / "results"
COMMITTED = sorted(path.parent for path in RESULTS.glob("*/records") if path.parent.name != "quickstart")


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_tables_are_fresh(folder, tmp_path):
    question = studies.load(folder.name).question
    expected = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    store = Store(tmp_path)
    (tmp_path / "records").symlink_to(folder / "records")
    made = {path.name: path.read_bytes() for path in tables.write_tables(store, folder.name, question)}
    assert made == expected, "stale: type `make tables`"


def test_there_are_results():
    assert RESULTS / "gap_vs_fc" in COMMITTED


def test_the_parameter_tables_are_fresh(tmp_path):
    parameters.write(tmp_path)
    fully_connected.write(tmp_path)
    for name in ("parameters.csv", "parameters.md", "fully_connected.csv", "fully_connected.md"):
        assert (tmp_path / name).read_text() == (RESULTS / name).read_text(), "stale: type `make tables`"
