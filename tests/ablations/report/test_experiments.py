"""Which networks a claim was tested on, in words."""

from copy import deepcopy
from dataclasses import replace

import pytest

from ablations.evidence.findings import findings
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.report.experiments import in_full
from tests.support.trials import CLAIMED, FC, GAP, fill


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("trunk.weights.h5@0123456789ab", "started from trunk.weights.h5@0123456789ab, with a frozen trunk"),
        ("trunks.sha256@0123456789ab", "started from trunks.sha256@0123456789ab (a file for each seed), with a frozen"),
    ],
)
def test_from_which_files_trunks_start(tmp_path, weights, words):
    study = replace(CLAIMED, base={**CLAIMED.base, "weights": weights, "freeze": "trunk"})
    store = fill(Store(tmp_path / "tiny"), study, {"gap": GAP, "fc": FC})
    (one,) = findings(study, store)
    assert words in in_full(one)


def test_an_own_network_may_have_a_toggle_of_that_name(tmp_path):
    """What `weights` of a user's network means is the user's."""
    (one,) = findings(CLAIMED, fill(Store(tmp_path / "tiny"), CLAIMED, {"gap": GAP, "fc": FC}))
    records = []
    for record in one.records:
        content = deepcopy(dict(record))
        content["configuration"]["toggles"] = {"model": "mine:build@0123456789ab", "weights": "heavy"}
        records.append(Record({**content, "toggles": content["configuration"]["toggles"]}))
    assert "started from" not in in_full(replace(one, records=records))
