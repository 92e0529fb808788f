"""Columns of numbers that are no arms: settings, lengths of runs, the index of pandas."""

import pandas as pd
import pytest

from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError


def write(folder, header, row, name="a.csv", rows=8):
    path = folder / name
    path.write_text(f"{header}\n" + "".join(f"{row(seed)}\n" for seed in range(rows)))
    return path


def names(found):
    return [arm.name for arm in found.arms]


@pytest.mark.parametrize("column", ["epochs", "steps", "Unnamed: 0", "__index_level_0__", "index", '""'])
def test_lengths_of_runs_and_places_of_rows_are_no_arms(tmp_path, column):
    for value in (lambda seed: 90, lambda seed: 90 + seed):
        row = lambda seed, value=value: f"{value(seed)},{seed},{91 + seed / 10},{92 + seed / 9}"  # noqa: E731
        found = read_arms([write(tmp_path, f"{column},seed,baseline,wider", row)])
        assert names(found) == ["baseline", "wider"]


def test_the_index_of_a_filtered_frame_is_no_arm(tmp_path):
    frame = pd.DataFrame({"seed": range(8), "base": [0.8 + n / 100 for n in range(8)], "wide": [0.9] * 7 + [0.91]})
    frame[frame.seed > 1].to_parquet(tmp_path / "y.parquet")
    assert names(read_arms([tmp_path / "y.parquet"])) == ["base", "wide"]


def test_a_column_of_one_number_is_a_setting_and_named(tmp_path):
    path = write(tmp_path, "width,seed,base,wide", lambda seed: f"64,{seed},{0.8 + seed / 100},{0.9 + seed / 90}")
    found = read_arms([path])
    assert names(found) == ["base", "wide"]
    said = "a.csv: width has one number in every row, so taken as no arm: if it is one, type --arms width,base,wide"
    assert said in found.notes
    assert names(read_arms([path], Asked(arms=("width", "base"), unit="plain"))) == ["width", "base"]


def test_a_column_of_one_number_beside_a_single_other_is_asked_about(tmp_path):
    path = write(tmp_path, "seed,rules,net", lambda seed: f"{seed},0.85,{0.8 + seed / 100}")
    with pytest.raises(UserError, match="rules has one number in every row: type --score net .*or --arms rules,net"):
        read_arms([path])


def test_perfect_answers_and_arms_without_a_spread_are_arms(tmp_path):
    answers = write(tmp_path, "width,example,old,new", lambda n: f"64,{n},1,{n % 2}")
    assert names(read_arms([answers])) == ["old", "new"]
    assert names(read_arms([write(tmp_path, "seed,old,new", lambda seed: f"{seed},0.8,0.9")])) == ["old", "new"]
    assert names(read_arms([write(tmp_path, "seed,old,new", lambda seed: f"{seed},0.8,0.9", rows=1)])) == ["old", "new"]


def test_the_column_with_the_larger_scores_is_named(tmp_path):
    path = write(tmp_path, "seed,base,wide,runtime", lambda n: f"{n},{0.8 + n / 100},{0.9 + n / 100},{n + 50}")
    said = r"all scores of base of a.csv, wide of a.csv are fractions .*larger \(up to 57, in runtime of a.csv"
    with pytest.raises(UserError, match=said):
        read_arms([path])
