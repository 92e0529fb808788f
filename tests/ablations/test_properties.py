"""Any input gets a right answer or an error of one clear line: no traceback, no half-made study."""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from ablations import studies
from ablations.cli.app import app
from ablations.records import locks
from ablations.records.declared import belonging
from ablations.study import Claim, Factor, Guards, Recipe, Trial, Variant, address
from ablations.study.sizes import height_and_width, image_size
from inception_keras import UserError
from inception_keras.cli.settings import parse
from inception_keras.models.googlenet_config import GoogLeNetConfig
from tests.support.bench import TINY
from tests.support.trials import record

NAMES = sorted(
    {*TINY.toggles(TINY.baseline), *Recipe.__dataclass_fields__, "preset", "dataset", "image_size", "fraction"}
)
CLAIM = Claim("the head helps", "a paper", variant="fc")
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**6),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=8),
    st.lists(st.one_of(st.integers(-3, 3000), st.text(max_size=4)), max_size=3),
    st.tuples(st.integers(1, 64)),
    st.tuples(st.integers(0, 64), st.integers(1, 64)),
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
        study = replace(TINY, variants=(Variant("gap"), *variants), seeds=seeds)
    except UserError as error:
        one_line(error)
        return
    addresses = {address(trial.configuration()) for trial in study.trials()}
    assert len(addresses) == len(study.arms) * seeds, "every trial has its own address"


@QUICK
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), ODD, st.lists(ODD, max_size=2).map(tuple)), max_size=3),
    st.sampled_from(["one_factor_at_a_time", "leave_one_out", "add_one_in", "full_factorial", "latin_square"]),
)
def test_designs_make_a_study_or_are_refused(factors, design):
    try:
        study = replace(TINY, variants=(), factors=tuple(Factor(*one) for one in factors), design=design)
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
        replace(TINY, claim=claim)
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


@QUICK
@given(ODD)
def test_sizes_of_images(value):
    """A size has one form, which gives itself; a square has the address of its side."""
    try:
        size = image_size(value)
    except UserError as error:
        one_line(error)
        return
    height, width = height_and_width(size)
    assert image_size(size) == image_size([height, width]) == size
    assert isinstance(size, int) == (height == width)
    configuration = replace(TINY, image_size=value).trials()[0].configuration()
    assert configuration["image_size"] == (height if height == width else [height, width])


@QUICK
@given(st.lists(st.sampled_from("abcdef"), min_size=3, max_size=3, unique=True), st.permutations([0, 1, 2]))
def test_new_names_change_neither_what_belongs_nor_the_lock(names, order):
    """Whatever the arms are called and in what order they stand, as long as the baseline is the first."""
    networks = [{}, {"head": "fc", "fc_units": (16,)}, {"head": "conv"}]
    first = replace(TINY, variants=tuple(map(Variant, ("gap", "fc", "conv"), networks)), claim=CLAIM)
    later = [place for place in order if place]
    arms = tuple(Variant(names[place], networks[place]) for place in (0, *later))
    claim = replace(CLAIM, variant=names[1], baseline=names[2])
    study = replace(first, variants=arms, comparisons=((names[2], names[1]),), claim=claim)
    before = replace(first, comparisons=(("conv", "fc"),), claim=replace(CLAIM, baseline="conv"))
    records = [record(before, arm.name, seed) for arm in before.arms for seed in before.seed_range]
    assert sorted(one.variant for one in belonging(study, records)) == sorted(2 * names)
    with tempfile.TemporaryDirectory() as folder:
        lock = locks.write_lock(before, Path(folder), None).stem
        assert {locks.covering_lock(Path(folder), trial) for trial in study.trials()} == {lock}
        refuted = replace(study, claim=replace(claim, direction="worse", effect=None))
        assert locks.lock_of_study(Path(folder), refuted) is None, "another claim"


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["list", "claims", "report", "doctor", "--reduced", "--out", "--seeds", "--set", "nowhere"]
            ),
            st.sampled_from(studies.names()),
            st.sampled_from(["3", "-1", "head=fc", "epochs=0", "=", "--help", "--repair", "--removed"]),
            st.sampled_from(["x" * 300, "a\0b", "gs://bucket/x", "/dev/null", "image_size=(48,32)", "no/such.py"]),
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


@pytest.mark.parametrize("guards", [Guards(params={"gap": 1}), Guards(least_top1=1.0)])
def test_guards_are_only_checked_by_a_run(guards):
    assert Trial(replace(TINY, guards=guards), TINY.arms[0], 0).configuration()
