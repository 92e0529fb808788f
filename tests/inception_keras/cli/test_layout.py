"""Tables fit a terminal of any width, and their numbers stay whole."""

import re

import pytest

from inception_keras.cli.layout import columns_that_fit, lay_out, short_count, wrap

COLUMNS = ("variant", "what differs", "parameters", "difference (points)")
ROWS = [
    ["gap", "baseline", "372,578", "–"],
    ["fc_1024", 'head="fc", fc_units=[1024], and other words', "138,357,544", "worse by 2.89 [2.46, 3.33]"],
]
NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@pytest.mark.parametrize("width", range(30, 140, 5))
def test_no_line_is_too_long_and_no_number_folds(width):
    lines = lay_out(COLUMNS, ROWS, width, numbers=("parameters",))
    assert max(map(len, lines)) <= width
    whole = sorted(NUMBER.findall(" ".join(map(" ".join, ROWS))))
    assert sorted(NUMBER.findall("\n".join(lines))) == whole
    assert any("[2.46, 3.33]" in line for line in lines), "an interval stays on one line"
    assert any("138,357,544" in line for line in lines)


def test_a_table_gives_up_its_optional_columns_before_it_becomes_blocks():
    wide, narrow = (lay_out(COLUMNS, ROWS, width, optional=("what differs",)) for width in (100, 50))
    assert "what differs" in wide[0] and "what differs" not in "\n".join(narrow)
    assert narrow[0].startswith("variant"), "still a table"
    blocks = lay_out(COLUMNS, ROWS, 39, optional=("what differs",))
    assert blocks[0] == "gap" and blocks[1].split() == ["what", "differs", "baseline"], "a block has them all"
    assert not [line for line in blocks if line.endswith("–")], "what says nothing is left out"


def test_a_column_without_a_name_is_kept():
    lines = lay_out(("", "committed"), [["gap", "80.00"]], 80)
    assert lines[-1].split() == ["gap", "80.00"]


def test_columns_for_which_there_is_no_room_are_known():
    narrow = columns_that_fit(COLUMNS, ROWS, 50, optional=("what differs",))
    assert narrow == ["variant", "parameters", "difference (points)"]
    assert columns_that_fit(COLUMNS, ROWS, 100, optional=("what differs",)) == list(COLUMNS)
    assert columns_that_fit(COLUMNS, ROWS, 20, optional=("what differs",)) is None


def test_numbers_are_right_aligned():
    lines = lay_out(("name", "n"), [["a", "5"], ["b", "1,000"]], 80, numbers=("n",))
    assert [line[-1] for line in lines[2:]] == ["5", "0"] and len(set(map(len, lines))) == 1


def test_wide_characters_take_two_columns():
    lines = lay_out(("class", "p"), [["青い鳥", "5%"], ["dog", "7%"]], 80)
    assert lines[2] == "青い鳥  5%" and lines[3] == "dog     7%"


def test_a_word_longer_than_a_line_is_broken():
    assert wrap("a/path/without/spaces", 8) == ["a/path/w", "ithout/s", "paces"]


def test_a_count_keeps_three_digits():
    counts = (999, 99_999, 100_000, 6_998_552, 13_378_280, 138_357_544, 1_582_671_872)
    assert [*map(short_count, counts)] == ["999", "99,999", "0.100 M", "7.00 M", "13.4 M", "138 M", "1.58 G"]
