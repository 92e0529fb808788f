"""The paper's Table 1 beside the network, and costs by stage."""

import pytest

from inception_keras import GoogLeNet, complexity
from inception_keras.graph.stages import stages
from inception_keras.graph.table1 import compare_table1


@pytest.fixture(scope="module")
def rows():
    return {row.name: row for row in compare_table1(GoogLeNet())}


def test_weights_and_multiply_adds_are_the_measured_ones(rows):
    # reference sheet, 3.1, columns w and MACs
    assert (rows["conv1"].weights, rows["conv1"].macs) == (9_408, 118_013_952)
    assert (rows["conv2"].weights, rows["conv2"].macs) == (114_688, 359_661_568)
    assert (rows["inception_4c"].weights, rows["inception_4c"].macs) == (509_440, 99_850_240)
    assert (rows["inception_5b"].weights, rows["inception_5b"].macs) == (1_442_816, 70_697_984)
    assert (rows["head"].weights, rows["head"].macs) == (1_024_000, 1_024_000)
    assert sum(row.macs for row in rows.values()) == 1_582_671_872


def test_every_size_is_the_printed_one(rows):
    assert all(row.size_agrees for row in rows.values())


def test_the_rows_that_disagree_are_the_known_ones(rows):
    assert {name for name, row in rows.items() if not row.weights_agree} == {
        *("conv1", "inception_4a", "inception_4c", "inception_4d"),
        *("inception_4e", "inception_5a", "inception_5b"),
    }
    assert {name for name, row in rows.items() if not row.macs_agree} == {"conv1", "inception_5a"}


def test_the_separable_conv1_is_the_one_that_the_paper_counts():
    conv1 = compare_table1(GoogLeNet(stem="separable"))[0]
    assert conv1.weights == 2_712  # 7*7*3*8 + 24*64
    assert conv1.weights_agree
    assert conv1.macs_agree


def test_stages_add_up():
    cost = complexity(GoogLeNet(aux_heads=True))
    table = stages(cost)
    assert [stage.size for stage in table] == ["112 x 112", "56 x 56", "28 x 28", "14 x 14", "7 x 7", "head"]
    assert sum(stage.params for stage in table) == cost.params
    assert sum(stage.macs for stage in table) == cost.macs
    assert {stage.size: stage.params for stage in table}["head"] == 1_025_000 + 6_379_728  # reference sheet, 3.1
