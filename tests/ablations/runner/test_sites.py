"""Workers whose data or devices differ can't train trials of one study."""

import pytest

from ablations.records.rounding import Rounding
from ablations.records.trials import Site
from ablations.runner.sites import check_compatible
from inception_keras import UserError

DATA = {"name": "digits", "version": "1.0.0", "fingerprint": "a"}


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            {"fingerprint": "b", "streamed": True},
            "has the data streamed from disk and the first worker has it in memory",
        ),
        ({"fingerprint": "b"}, "has other data or another backend"),
        ({"fingerprint": "b", "streamed": True, "version": "2.0.0"}, "has other data or another backend"),
    ],
)
def test_data_that_was_only_read_otherwise_is_told_apart(other, sentence):
    first, site = (Site(data, {}, {}, Rounding("jax")) for data in (DATA, {**DATA, **other}))
    check_compatible(1, first, first)
    with pytest.raises(UserError, match=f"worker 1 {sentence}"):
        check_compatible(1, site, first)
