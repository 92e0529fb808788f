"""The separator is judged by the header and the lines, since a name may hold another sign as often."""

import pytest

from ablations.foreign.arms import read_arms
from ablations.foreign.tables import read_table
from inception_keras import UserError
from tests.support.foreign_files import scores, write


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("end", ["", " "])
def test_a_comma_in_a_name_and_in_numbers_is_no_separator(tmp_path, separator, end):
    """A German table had the columns `Seed;Genauigkeit (Top-1` and `Test)`, and the decimals were its scores."""
    lines = ["Seed;Genauigkeit (Top-1, Test)", "0;81,05", "1;81,94", "2;81,34"]
    text = "\n".join(f"{line}{end}" for line in lines).replace(";", separator)
    found = read_arms([write(tmp_path, "a.csv", text)])
    assert scores(found) == {"a": {"0": 81.05, "1": 81.94, "2": 81.34}}


@pytest.mark.parametrize(
    ("header", "row", "columns"),
    [
        ("seed,acc (top-1; test)", "0,0.8", ("seed", "acc (top-1; test)")),
        ('seed,"acc; a; b"', '0,"1;2;3"', ("seed", "acc; a; b")),
        ("seed;a (x, y);b (x, y)", "0;1,5;2,5", ("seed", "a (x, y)", "b (x, y)")),
        ("seed|a;b|c", "0|1|2", ("seed", "a;b", "c")),
        ("seed,a,b", "0,1,2,", ("seed", "a", "b")),
    ],
)
def test_the_sign_by_which_lines_fit_the_header_separates(tmp_path, header, row, columns):
    assert read_table(write(tmp_path, "a.csv", f"{header}\n{row}\n{row}\n")).columns == columns


def test_one_line_with_a_mistake_does_not_change_the_separator(tmp_path):
    path = write(tmp_path, "a.csv", "Seed;Acc (Top-1, Test)\n0;81,05\n1;80;3\n2;81,34\n")
    with pytest.raises(UserError, match="line 3: 3 cells under 2 column names"):
        read_table(path)
