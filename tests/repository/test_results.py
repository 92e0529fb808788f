"""What is committed under `results/` is what the commands make from the records and the networks."""

import pandas as pd
import pytest

from ablations import studies
from ablations.evidence.sections import sections
from ablations.records.store import Store
from ablations.report import fully_connected, ledger, parameters
from ablations.report.figures import files
from ablations.report.html.pages import REPORT
from ablations.report.publish import findings_of, publish_sections
from ablations.statistics import simulation
from ablations.study.starts import start_file
from inception_keras.io.manifests import sha256
from tests.support.paths import RESULTS

COMMITTED = sorted(path.parent for path in RESULTS.glob("*/records") if path.parent.name != "quickstart")


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_tables_are_fresh(folder, tmp_path):
    # git ignores the page, which a user may have made; a trunk is what the trials started from
    given = {REPORT, *(path.name for path in folder.glob("*.weights.h5"))}
    expected = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name not in given}
    for name in ("records", "locks", "ensembles", "times", "tuning"):
        (tmp_path / name).symlink_to(folder / name)
    made = {
        path.name: path.read_bytes() for path in publish_sections(sections(Store(tmp_path), studies.load(folder.name)))
    }
    assert made == expected, "stale: type `make tables`"


# the arm that starts from a trunk, and the one whose first trial ended with it
TRUNKS = {
    ("transfer_cifar10", "gap"): ("recipe", "all"),
    ("heads_on_trunks", "gap"): ("trunks", "flat"),
    ("heads_on_trunks", "gap_behind_max"): ("trunks", "max"),
}


@pytest.mark.parametrize("arm", TRUNKS)
def test_a_committed_trunk_is_what_a_trial_ended_with(arm):
    study = studies.load(arm[0])
    (variant,) = [one for one in study.arms if one.name == arm[1]]
    start = start_file(study.toggles(variant)["weights"])
    trained, of = TRUNKS[arm]
    (kept,) = [record for record in Store(RESULTS / trained).load() if (record.variant, record.seed) == (of, 0)]
    assert sha256(RESULTS.parent / start.file) == kept["weights"]["sha256"]
    assert kept["weights"]["sha256"].startswith(start.sha256)


@pytest.mark.parametrize("folder", COMMITTED, ids=lambda folder: folder.name)
def test_figures_show_the_records(folder):
    parts = sections(Store(folder), studies.load(folder.name))
    expected = files.expected_fingerprints(parts[0], findings_of(parts[0].study, parts))
    for suffix in (".png", ".svg"):
        shown = {path.stem: files.fingerprint(path) for path in (folder / "figures").glob(f"*{suffix}")}
        assert shown == expected, "stale: type `make tables`"


def test_the_ledger_is_made_of_the_records(tmp_path):
    """Byte for byte, without training, on any machine: digits that machines round differently are rounded off."""
    found = ledger.collect_ledger([studies.load(name) for name in studies.names()], RESULTS)
    for path in ledger.write_ledger(found, tmp_path):
        assert path.read_bytes() == (RESULTS / path.name).read_bytes(), "stale: type `make claims`"
    expected = files.expected_main_claim_fingerprint(found)
    for path in (RESULTS / "figures").glob("main_claim*"):
        assert files.fingerprint(path) == expected, "stale: type `make claims`"


def test_the_simulation_was_drawn_2000_times_and_kept_its_promises():
    shares = pd.read_csv(RESULTS / "simulation.csv")
    assert shares["promise"].tolist() == [question.promise for question in simulation.questions()]
    assert (shares["repetitions"] >= 2000).all()
    assert shares["kept"].all()


def test_there_are_results():
    assert RESULTS / "gap_vs_fc" in COMMITTED


@pytest.mark.counts
@pytest.mark.slow
def test_the_parameter_tables_are_fresh(tmp_path):
    parameters.write_parameters(tmp_path)
    fully_connected.write_fully_connected(tmp_path)
    for name in ("parameters.csv", "parameters.md", "fully_connected.csv", "fully_connected.md"):
        assert (tmp_path / name).read_text() == (RESULTS / name).read_text(), "stale: type `make tables`"


def test_the_figure_of_the_parameters_shows_their_table():
    drawn = files.expected_parameters_fingerprint(pd.read_csv(RESULTS / "fully_connected.csv"))
    assert files.fingerprint(RESULTS / "figures" / "parameters.svg") == drawn, "stale: type `make tables`"
