"""The stored plan of a study: quoted while it fits the study, and named if it is damaged."""

from dataclasses import replace

import pytest

from ablations.records import plans
from ablations.records.trials import Site
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.trials import record


@pytest.fixture
def folder(tmp_path):
    made = record(TINY, "gap", 0)
    site = Site(made["data"], made["hardware"], made["versions"], made.rounding)
    plans.save_plan(TINY, tmp_path, site, images=1200, hours=2.5, commit=None)
    return tmp_path


def test_a_plan_is_quoted_for_the_study_that_it_is_of(folder):
    words = "4 trials of 1 epoch over 1,200 images take about 2 h 30 min on CPU, 2 cores, 8 GiB, no accelerator in"
    assert plans.plan_sentence(TINY, folder).startswith(words)
    assert plans.plan_sentence(replace(TINY, seeds=3), folder) is None
    assert plans.plan_sentence(TINY, folder / "elsewhere") is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"experiment": ', "\x00"])
def test_a_damaged_plan_is_named_with_what_to_do(folder, content):
    (folder / "plan.json").write_text(content)
    with pytest.raises(UserError, match=r"plan.json is no plan .*: delete it, or .* plan tiny --save"):
        plans.plan_sentence(TINY, folder)
