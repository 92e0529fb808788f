"""The shapes in which people have results are read as they mean them, or refused in one line."""

import json

import numpy as np
import pandas as pd
import pytest

from ablations.foreign.arms import frame_arms, read_arms, score_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write

SEEDS = {"0": 80.0, "1": 81.0, "2": 82.5}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_long_table_is_read_with_every_separator_and_encoding(tmp_path, separator, encoding):
    lines = ["run,seed,score", *(f"größer,{seed},{value / 100!r}" for seed, value in SEEDS.items())]
    path = write(tmp_path, "a.csv", "\r\n".join(lines).replace(",", separator), encoding)
    assert scores(read_arms([path])) == {"größer": pytest.approx(SEEDS)}


def test_another_encoding_is_named(tmp_path):
    found = read_arms([write(tmp_path, "a.csv", "größer,andere\n80.5,81.5\n82.5,83\n", "latin-1")])
    assert [arm.name for arm in found.arms] == ["größer", "andere"]
    assert any("Windows-1252" in note for note in found.notes)


def test_decimal_commas_and_percent_signs_are_numbers(tmp_path):
    found = read_arms([write(tmp_path, "a.csv", "seed;old;new\n0;80,0%;81,5%\n1;81,0 %;82,25%\n")])
    assert scores(found) == {"old": {"0": 80.0, "1": 81.0}, "new": {"0": 81.5, "1": 82.25}}
    assert found.unit == "points"


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_decimal_comma_is_named(tmp_path, separator):
    text = "seed;accuracy\n0;0,912\n1;1\n".replace(";", separator)
    found = read_arms([write(tmp_path, "a.csv", text)])
    assert scores(found) == {"a": {"0": pytest.approx(91.2), "1": 100.0}}
    assert "a.csv: a comma in a number is its decimal sign, as in 0,912" in found.notes
    without = read_arms([write(tmp_path, "a.csv", text.replace(",", "."))])
    assert not any("comma" in note for note in without.notes)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("seed;fid\n0;1,020\n1;980\n", ""),
        ("seed\told\tnew\n0\t980\t1,020\n1\t990.5\t1,004\n", ""),
        ("seed|fid\n0|1,020\n1|1,004\n", "seed,fid\n0,980\n1,995\n"),
        ("seed|fid\n0|1,020\n1|1,004\n", "seed|fid\n0|98,5\n1|995\n"),
    ],
)
def test_a_comma_that_may_divide_thousands_is_refused(tmp_path, first, second):
    files = [write(tmp_path, f"{place}.csv", text) for place, text in enumerate((first, second)) if text]
    with pytest.raises(UserError, match="0.csv, line 2: 1,020 may be 1020 or 1.020, since other scores have no comma"):
        read_arms(files)


def test_a_comma_before_three_digits_is_a_decimal_sign_where_all_scores_or_some_other_show_it(tmp_path):
    everywhere = read_arms([write(tmp_path, "a.csv", "seed;fid\n0;1,020\n1;1,004\n")])
    assert everywhere.arms[0].scores == {"0": 1.02, "1": 1.004}
    shown = read_arms([write(tmp_path, "a.csv", "seed;fid\n0;1,020\n1;12,5\n2;9\n")])
    assert shown.arms[0].scores == {"0": 1.02, "1": 12.5, "2": 9}


def test_a_file_per_arm_is_named_after_the_file(tmp_path):
    first = write(tmp_path, "old.csv", "seed,accuracy\n3.0,0.5\n1,0.25\n")
    second = write(tmp_path, "new.csv", "seed,accuracy\n1,0.75\n")
    found = read_arms([first, second])
    assert scores(found) == {"old": {"1": 25.0, "3": 50.0}, "new": {"1": 75.0}}
    assert [arm.keyed for arm in found.arms] == ["seed", "seed"]


def test_columns_without_seeds_are_pairs_by_row(tmp_path):
    found = read_arms([write(tmp_path, "a.csv", "old,new\n0.5,0.75\n0.25,\n")])
    assert found.arms[0].keyed == "row"
    assert scores(found) == {"old": {"2": 50.0, "3": 25.0}, "new": {"2": 75.0}}
    assert any("left out" in note for note in found.notes)


def test_a_loss_is_no_accuracy_and_less_of_it_is_better(tmp_path):
    found = read_arms([write(tmp_path, "a.csv", "run,seed,val_loss\na,0,0.5\nb,0,0.25\n")])
    assert (found.unit, found.less_is_better, found.arms[0].scores) == ("units", True, {"0": 0.5})


@pytest.mark.parametrize(
    ("columns", "score", "unit", "less"),
    [
        ("loss_a,loss_b", "loss", "units", True),
        ("a error,b error", "error", "points", True),
        ("error_a,wer_b", "score", "points", True),
        ("acc_a,acc_b", "acc", "points", False),
    ],
)
def test_the_names_of_columns_that_are_arms_say_what_is_better(tmp_path, columns, score, unit, less):
    path = write(tmp_path, "w.csv", f"seed,{columns}\n0,0.5,0.25\n1,0.5,0.25\n")
    found = read_arms([path], Asked(arms=tuple(columns.split(","))))
    assert (found.score, found.unit, found.less_is_better) == (score, unit, less)
    assert not any("is better" in note for note in found.notes)


@pytest.mark.parametrize("other", ["acc_a", "baseline"])
def test_columns_are_refused_where_one_name_alone_says_that_less_is_better(tmp_path, other):
    path = write(tmp_path, "w.csv", f"seed,{other},loss_b\n0,0.5,0.25\n1,0.5,0.25\n")
    with pytest.raises(UserError, match=f"less of loss_b is better, but not of {other}: type --less-is-better or --"):
        read_arms([path], Asked(arms=(other, "loss_b")))
    assert read_arms([path], Asked(arms=(other, "loss_b"), less_is_better=True)).less_is_better


@pytest.mark.parametrize(
    ("header", "rows", "score"),
    [
        ("run,seed,latency_ms", ["a,0,5", "b,0,4"], "latency_ms"),
        ("run,seed,value", ["a,0,0.5", "b,0,0.25"], "value"),
        ("seed,baseline,wider", ["0,0.5,0.25"], "score"),
    ],
)
def test_where_no_name_says_what_is_better_it_is_assumed_in_words(tmp_path, header, rows, score):
    path = write(tmp_path, "a.csv", "\n".join([header, *rows]))
    note = f"higher is better, though no name says so of {score}: if lower is, type --less-is-better"
    found = read_arms([path])
    assert (found.less_is_better, note in found.notes) == (False, True)
    for less in (True, False):
        found = read_arms([path], Asked(less_is_better=less))
        assert (found.less_is_better, note in found.notes) == (less, False)


def test_numbers_without_a_name_do_not_say_what_is_better(tmp_path):
    np.save(tmp_path / "scores.npy", np.array([0.5, 0.25]))
    np.save(tmp_path / "answers.npy", np.array([True, False]))
    found = [
        *(read_arms([tmp_path / f"{name}.npy"]) for name in ("scores", "answers")),
        *(score_arms({"a": values}) for values in ([0.5, 0.25], np.array([[True, False]]))),
    ]
    assert [any("higher is better" in note for note in one.notes) for one in found] == [True, False, True, False]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "json", "parquet"])
def test_answers_by_example_are_read_from_every_format(tmp_path, suffix):
    rows = [{"id": f"q{n}", "example": f"q{n}", "correct": n % 3 > 0} for n in range(9)]
    path = tmp_path / f"old.{suffix}"
    if suffix == "csv":
        path.write_text("example,correct\n" + "".join(f"{row['example']},{row['correct']}\n" for row in rows))
    elif suffix == "jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    elif suffix == "json":
        path.write_text(json.dumps(rows))
    else:
        import pyarrow
        from pyarrow import parquet

        parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    (arm,) = read_arms([path]).arms
    assert arm.answers == {"": {f"q{n}": float(n % 3 > 0) for n in range(9)}}
    assert arm.scores == {"": pytest.approx(100 * 6 / 9)}


def test_json_is_read_as_pandas_writes_it(tmp_path):
    frame = pd.DataFrame({"run": list("aabb"), "seed": [0, 1, 0, 1], "accuracy": [0.5, 0.75, 0.25, None]})
    frame.to_json(tmp_path / "long.json")
    assert scores(read_arms([tmp_path / "long.json"])) == {"a": {"0": 50, "1": 75}, "b": {"0": 25}}
    for name, values in (("base", [0.5, 0.75]), ("wide", [0.25, 0.5])):
        pd.DataFrame({"acc": values}, index=[7, 9]).to_json(tmp_path / f"{name}.json")
    found = read_arms([tmp_path / "base.json", tmp_path / "wide.json"], Asked(seed="index"))
    assert scores(found) == {"base": {"7": 50, "9": 75}, "wide": {"7": 25, "9": 50}}


def test_objects_of_rows_are_no_columns(tmp_path):
    for text in ('{"base": {"accuracy": 0.9, "loss": 0.3}}', '{"0": {"seed": 0, "acc": 0.9}}'):
        with pytest.raises(UserError, match="a.json: its objects are columns if .*orient='records'"):
            read_arms([write(tmp_path, "a.json", text)])
    with pytest.raises(UserError, match="a.json has no cells"):
        read_arms([write(tmp_path, "a.json", '[{"acc": {"mean": 0.9}}]')])


def test_predictions_are_compared_with_labels(tmp_path):
    (arm,) = read_arms([write(tmp_path, "a.csv", "image,label,prediction\na.png,cat,cat\nb.png,dog,cat\n")]).arms
    assert arm.answers[""] == {"a.png": 1.0, "b.png": 0.0}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "example,label,prediction\n0,2,2.0\n1,3,2.0\n2,1,\n3,,\n4,NaN,1.0\n5,none,none\n"),
        ("a.csv", "example;label;prediction\n0,0;2;2,0\n1,0;3;2,0\n2,0;1;\n3,0;;\n4,0;;1,0\n5,0;none;none\n"),
        (
            "a.json",
            '[{"example": 0, "label": 2, "prediction": 2.0}, {"example": 1, "label": 3, "prediction": "2.0"},'
            ' {"example": 2, "label": 1, "prediction": null}, {"example": 3, "label": null, "prediction": null},'
            ' {"example": 4, "prediction": 1}, {"example": 5, "label": "none", "prediction": "none"}]',
        ),
    ],
)
def test_labels_and_predictions_are_compared_as_classes_and_a_missing_label_is_no_answer(tmp_path, name, text):
    found = read_arms([write(tmp_path, name, text)])
    (arm,) = found.arms
    assert arm.answers == {"": {"0": 1.0, "1": 0.0, "2": 0.0, "5": 1.0}}
    assert f"2 rows of {name} without a label left out" in found.notes


def test_answers_with_a_gap_are_answers(tmp_path):
    found = read_arms([write(tmp_path, "a.csv", "id,correct\nq1,1\nq2,\nq3,0\n")])
    assert found.arms[0].answers == {"": {"2": 1.0, "4": 0.0}}
    runs = read_arms([write(tmp_path, "a.csv", "id,accuracy\n1,1\n2,\n3,0\n")])
    assert not runs.arms[0].answers, "runs of which one diverged"


def test_rows_without_a_label_leave_the_others_examples(tmp_path):
    found = read_arms([write(tmp_path, "a.csv", "label,prediction\ncat,cat\n,\ndog,dog\n")])
    assert found.arms[0].answers == {"": {"2": 1.0, "4": 1.0}}
    with pytest.raises(UserError, match="a.csv: no row has a label .label."):
        read_arms([write(tmp_path, "a.csv", "label,prediction\n,cat\n,\n")])


def test_a_data_frame_with_gaps_is_read_as_the_file_is():
    rows = {"example": [0, 1, 2, None], "label": [2, 1, None, 0], "prediction": [2, None, None, 0]}
    for frame in (pd.DataFrame(rows).iloc[:3], pd.DataFrame(rows).iloc[:3].convert_dtypes()):
        assert frame_arms(frame).arms[0].answers == {"": {"0": 1.0, "1": 0.0}}
    with pytest.raises(UserError, match="line 4: the example is missing"):
        frame_arms(pd.DataFrame(rows).convert_dtypes())


def test_decimal_commas_of_seeds_are_of_no_account(tmp_path):
    first = write(tmp_path, "old.csv", "seed;epoch;accuracy\n0,0;9,0;0,5\n1,0;9,0;0,25\n1,0;8,0;0,25\n")
    second = write(tmp_path, "new.csv", "seed;epoch;accuracy\n0;9;0,75\n1;9;0,5\n")
    found = read_arms([first, second], Asked(where=("epoch=9",), score="accuracy"))
    assert scores(found) == {"old": {"0": 50.0, "1": 25.0}, "new": {"0": 75.0, "1": 50.0}}


def test_long_numbers_of_examples_keep_all_their_digits(tmp_path):
    numbers = [9_007_199_254_740_992_000 + step for step in range(3)]
    rows = "".join(f"{number},{number % 2}\n" for number in numbers)
    (arm,) = read_arms([write(tmp_path, "a.csv", f"example,correct\n{rows}")]).arms
    assert list(arm.answers[""]) == [str(number) for number in numbers]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("score\n", "has no rows"),
        ("0.5,0.6\n0.7,0.8\n", "the first line must name the columns"),
        ("seed,score\n0,abc\n", "'abc' is no number|no column of numbers"),
        ("seed,score\n0\n", "line 2: 1 cells under 2"),
        ("seed,score,score\n0,1,2\n", "two columns are called 'score'"),
        ("seed,score\n0,0.5\n0,0.6\n", "seed 0 of a stands twice .lines 2 and 3"),
        ("seed,score\n,0.5\n", "the seed is missing"),
        ("seed,acc,loss\n0,0.5,1.5\n", "several columns of scores .acc, loss.: type --score acc"),
        ("seed,acc\n0,nan\n", "every score is missing|no column of numbers"),
        ("seed,acc\n0,0.5\n1,60\n", "fractions .1 or less., and others are larger"),
        ("seed,acc\n0,50%\n1,60\n", "some scores have a percent sign"),
        ("a\x00b\n1\n", "is no text"),
    ],
)
def test_what_is_no_table_of_results_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(UserError, match=message) as caught:
        read_arms([write(tmp_path, "a.csv", text)])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.npy", b"\x93NUMPY"),
        ("a.npz", b"PK"),
        ("a.parquet", b"PAR1"),
        ("a.jsonl", b"[1]\n"),
        ("a.json", b'{"a": {}}'),
    ],
)
def test_damaged_files_are_refused_in_one_line(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError, match=name) as caught:
        read_arms([path, path.with_name("other.csv")])
    assert "\n" not in str(caught.value)


def test_unknown_columns_are_suggested(tmp_path):
    path = write(tmp_path, "a.csv", "seed,acc\n0,0.5\n")
    with pytest.raises(UserError, match="did you mean 'acc'"):
        read_arms([path], Asked(score="ac"))
    with pytest.raises(UserError, match="no row has seed=7"):
        read_arms([path], Asked(where=("seed=7",)))
