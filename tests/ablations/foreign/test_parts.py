"""Rows that are data sets, splits or the like of one run: they counted as eight seeds, and were judged."""

import pytest

from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write

SETS = ("cifar10", "svhn", "mnist")


def table(folder, column, values, header="model,{},accuracy"):
    rows = [f"{model},{value},0.{place + 1}" for model in ("base", "wide") for place, value in enumerate(values)]
    return write(folder, "a.csv", "\n".join([header.format(column), *rows]))


@pytest.mark.parametrize(
    ("column", "values", "kept"),
    [
        ("dataset", SETS, "dataset=cifar10"),
        ("split", ("train", "val", "test"), "split=test"),
        ("Task", ("a b", "c"), "'Task=a b'"),
        ("severity", (1, 2, 3), "severity=1"),
    ],
)
def test_data_sets_and_splits_are_no_runs(tmp_path, column, values, kept):
    path = table(tmp_path, column, values)
    with pytest.raises(UserError, match=f"a.csv: the rows of base differ in {column} .*--where {kept}$"):
        read_arms([path])
    one = read_arms([path], Asked(where=(kept.strip("'"),)))
    assert [len(own) for own in scores(one).values()] == [1, 1]


@pytest.mark.parametrize(("column", "values"), [("optimizer", ("sgd", "adam", "lamb")), ("width", (16, 32, 64))])
def test_the_same_values_in_every_arm_are_asked_about_whatever_their_name(tmp_path, column, values):
    path = table(tmp_path, column, values)
    said = f"the rows of base differ in {column} .*--where {column}={values[0]}, or --seed {column} if it tells runs"
    with pytest.raises(UserError, match=said):
        read_arms([path])
    assert scores(read_arms([path], Asked(seed=column)))["base"].keys() == set(map(str, values))


def test_a_file_per_arm_and_a_column_per_arm_are_refused_too(tmp_path):
    file = write(tmp_path, "a.csv", "dataset,accuracy\n" + "".join(f"{name},0.5\n" for name in SETS))
    wide = write(
        tmp_path, "w.csv", "dataset,old,new\n" + "".join(f"{name},0.{len(name)},0.{len(name)}5\n" for name in SETS)
    )
    for path in (file, wide):
        with pytest.raises(UserError, match="the rows differ in dataset"):
            read_arms([path])


@pytest.mark.parametrize(
    "text",
    [
        "model,host,accuracy\na,x,0.5\na,y,0.6\nb,z,0.5\nb,x,0.4\n",
        "model,lr,accuracy\na,0.1,0.5\na,0.1,0.6\nb,0.1,0.5\nb,0.1,0.4\n",
        "model,dataset,accuracy\na,svhn,0.5\na,svhn,0.6\nb,svhn,0.5\nb,svhn,0.4\n",
        ",model,accuracy\n0,a,0.5\n1,a,0.6\n0,b,0.5\n1,b,0.4\n",
        "Name,Group,dataset,accuracy\nr0,a,svhn,0.5\nr1,a,svhn,0.6\nr2,b,svhn,0.5\nr3,b,svhn,0.4\n",
    ],
)
def test_what_differs_otherwise_leaves_rows_runs(tmp_path, text):
    assert [len(own) for own in scores(read_arms([write(tmp_path, "a.csv", text)])).values()] == [2, 2]


def test_examples_may_be_of_several_parts(tmp_path):
    path = write(tmp_path, "a.csv", "category,correct\ncat,1\ndog,0\ncow,1\n")
    assert len(read_arms([path]).arms[0].answers[""]) == 3
