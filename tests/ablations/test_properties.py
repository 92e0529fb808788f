"""Any input gets a right answer or an error of one clear line: no traceback, no half-made study."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ablations import studies
from ablations.cli.app import app
from ablations.study import Claim, Factor, Guards, Recipe, Study, Trial, Variant, address
from inception_keras import UserError
from inception_keras.cli.settings import parse
from inception_keras.models.googlenet_config import GoogLeNetConfig
from tests.support.bench import TINY

NAMES = sorted(
    {*TINY.toggles(TINY.baseline), *Recipe.__dataclass_fields__, "preset", "dataset", "image_size", "fraction"}
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
    st.lists(st.one_of(st.integers(-3, 3000), st.text(max_size=4)), max_size=3),
    st.tuples(st.integers(1, 64)),
    st.sampled_from(["gap", "fc", "conv", "lrn", "batch", "none", "small", "paper", "slim", "resnet18", "crop", "5x5"]),
)
OVERRIDES = st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=6)), ODD, max_size=3)
# the same examples every time, so that no test fails by chance
QUICK = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


def one_line(error):
    assert str(error)
    assert "\n" not in str(error)


@QUICK
@given(OVERRIDES)
def test_a_study_is_changed_as_asked_or_refused(changes):
    try:
        changed = TINY.change(changes)
    except UserError as error:
        one_line(error)
        return
    configuration = changed.trials()[0].configuration()
    assert json.loads(json.dumps(configuration)) == configuration
    assert (address(configuration) == address(TINY.trials()[0].configuration())) == (not changes)


@QUICK
@given(st.lists(st.builds(Variant, st.text(max_size=6), OVERRIDES), max_size=3), st.integers(-1, 9))
def test_variants_differ_as_they_say_or_are_refused(variants, seeds):
    try:
        study = Study(**{**TINY.__dict__, "variants": (Variant("gap"), *variants), "seeds": seeds})
    except UserError as error:
        one_line(error)
        return
    addresses = {address(trial.configuration()) for trial in study.trials()}
    assert len(addresses) == len(study.arms) * seeds, "every trial has its own address"


@QUICK
@given(
    st.lists(st.builds(Factor, st.sampled_from(NAMES), ODD, st.lists(ODD, max_size=2).map(tuple)), max_size=3),
    st.sampled_from(["one_factor_at_a_time", "leave_one_out", "add_one_in", "full_factorial", "latin_square"]),
)
def test_designs_make_a_study_or_are_refused(factors, design):
    try:
        study = Study(**{**TINY.__dict__, "variants": (), "factors": tuple(factors), "design": design})
    except UserError as error:
        one_line(error)
        return
    assert len({arm.name for arm in study.arms}) == len(study.arms) >= 2


@QUICK
@given(st.dictionaries(st.sampled_from(sorted(Recipe.__dataclass_fields__)), ODD, max_size=4))
def test_recipes(fields):
    try:
        recipe = Recipe(**{"epochs": 1, **fields})
    except UserError as error:
        one_line(error)
        return
    assert recipe.epochs >= 1
    assert recipe.batch_size >= 1


@QUICK
@given(st.dictionaries(st.sampled_from(sorted(GoogLeNetConfig.__dataclass_fields__)), ODD, max_size=4))
def test_configurations(fields):
    try:
        GoogLeNetConfig(**fields)
    except UserError as error:
        one_line(error)


@QUICK
@given(
    st.dictionaries(
        st.sampled_from(["effect", "margin", "metric", "direction", "baseline", "variant"]), ODD, max_size=4
    )
)
def test_claims(fields):
    try:
        claim = Claim(**{"statement": "c", "source": "s", "variant": "fc", **fields})
        Study(**{**TINY.__dict__, "claim": claim})
    except UserError as error:
        one_line(error)


@QUICK
@given(st.lists(st.text(max_size=12), max_size=3))
def test_settings_from_a_command_line(texts):
    try:
        values = parse(texts)
    except UserError as error:
        one_line(error)
        return
    assert len(values) == len(texts)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["list", "claims", "report", "doctor", "--reduced", "--out", "--seeds", "--set", "nowhere"]
            ),
            st.sampled_from(studies.names()),
            st.sampled_from(["3", "-1", "head=fc", "epochs=0", "=", "--help", "--repair"]),
            st.text(max_size=6),
        ),
        max_size=5,
    )
)
def test_command_lines(tmp_path, monkeypatch, words):
    """Commands that train nothing end with an answer, a `UserError` or a message of Typer."""
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["--" if word == "" else word for word in words], env={"HOME": str(tmp_path)})
    assert answer.exit_code in (0, 1, 2)
    assert answer.exception is None or isinstance(answer.exception, (UserError, SystemExit)), answer.exception


@pytest.mark.parametrize("guards", [Guards(params={"nobody": 1}), Guards(least_top1=2.0)])
def test_guards_are_only_checked_by_a_run(guards):
    assert Trial(Study(**{**TINY.__dict__, "guards": guards}), TINY.arms[0], 0).configuration()
