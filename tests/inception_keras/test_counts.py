"""Counts on networks of the zoo are those of the built network, and are kept for it alone."""

import pytest

from inception_keras import counts, zoo
from inception_keras.counts import count, count_table1
from inception_keras.graph.complexity import complexity
from inception_keras.graph.table1 import compare_table1
from inception_keras.io.user_cache import VARIABLE
from tests.support.cli import in_process, run_python

SMALL = "three_convolutions"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path / "kept"


@pytest.fixture
def built(cache, monkeypatch):
    """The networks that are built, as (name, options)."""
    found, build = [], zoo.create_model

    def create_model(name, **options):
        found.append((name, options))
        return build(name, **options)

    monkeypatch.setattr(zoo, "create_model", create_model)
    return found


@pytest.mark.counts
def test_a_count_is_that_of_the_network_and_kept(built):
    first, second = count(SMALL), count(SMALL)
    assert first == second == complexity(zoo.architecture(SMALL).build())
    assert built == [(SMALL, {})]


@pytest.mark.counts
def test_other_options_and_backends_are_counted_anew(built, monkeypatch):
    assert count(SMALL).params != count(SMALL, classes=10).params
    monkeypatch.setattr(counts, "backend_name", lambda: "numpy")
    count(SMALL)
    assert built == [(SMALL, {}), (SMALL, {"classes": 10}), (SMALL, {})]


@pytest.mark.counts
def test_the_rows_of_table_1_are_kept(built):
    assert count_table1() == count_table1() == compare_table1(zoo.architecture("googlenet").build())
    assert built == [("googlenet", {})]


@pytest.mark.parametrize("arguments", [["show", SMALL], ["show", SMALL, "--layers", "--full"], ["verify"]])
def test_a_kept_answer_prints_the_same(cache, arguments):
    first, second = (in_process("inception_keras", *arguments) for _ in range(2))
    assert (second.returncode, second.stdout) == (0, first.stdout)


@pytest.mark.counts
def test_a_kept_answer_loads_no_framework(cache):
    assert in_process("inception_keras", "show", SMALL).returncode == 0
    code = (
        "import sys; from inception_keras.cli.app import app\n"
        f"try: app(['show', {SMALL!r}])\n"
        "except SystemExit as end: assert not end.code\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    )
    answer = run_python(code)
    assert answer.returncode == 0, answer.stderr
