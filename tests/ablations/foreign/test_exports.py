"""Files that other programs write: exports of W&B and MLflow, samples of lm-evaluation-harness."""

import json

import pytest

from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError
from tests.support.foreign_files import scores, write


def test_samples_of_lm_evaluation_harness_are_answers_by_document(tmp_path):
    rows = [
        {"doc_id": n, "doc": {"question": "?"}, "target": "4", "resps": [["4"]], "filter": name, "exact_match": n % 2}
        for n in range(4)
        for name in ("strict", "flexible")
    ]
    path = write(tmp_path, "samples_gsm8k.jsonl", "\n".join(map(json.dumps, rows)))
    with pytest.raises(UserError, match=r"example 0 of samples_gsm8k stands twice .*--where COLUMN=VALUE"):
        read_arms([path])
    (arm,) = read_arms([path], Asked(where=("filter=strict",))).arms
    assert arm.answers == {"": {"0": 0.0, "1": 1.0, "2": 0.0, "3": 1.0}}


def test_files_of_one_name_are_called_after_their_folders(tmp_path):
    paths = []
    for model in ("small", "large"):
        (tmp_path / model).mkdir()
        lines = '{"doc_id": 0, "acc": 1.0}\n{"doc_id": 1, "acc": 0.0}'
        paths.append(write(tmp_path / model, "samples_arc.jsonl", lines))
    assert [arm.name for arm in read_arms(paths).arms] == ["small", "large"]


def test_runs_exported_from_wandb_are_grouped_by_their_names(tmp_path):
    text = "Name,State,Notes,Runtime,seed,test/acc\n" + "".join(
        f"{name}-seed{seed},{state},-,12,{seed},{value}\n"
        for name, seed, state, value in [
            *(("old", 0, "finished", 0.5), ("old", 1, "finished", 0.75)),
            *(("new", 0, "finished", 0.25), ("new", 1, "crashed", 0.1)),
        ]
    )
    found = read_arms([write(tmp_path, "wandb.csv", text)])
    assert scores(found) == {"old": {"0": 50.0, "1": 75.0}, "new": {"0": 25.0}}
    said = "1 run of new did not finish (State: crashed) and is left out: if it diverged, the comparison favours new"
    assert said in found.notes


def test_numbers_at_the_ends_of_names_are_seeds_where_a_column_of_seeds_says_so(tmp_path):
    rows = [(f"{arm}-{seed}", seed, score) for arm, score in (("base", 0.8), ("wide", 0.9)) for seed in range(3)]
    text = "Name,seed,accuracy\n" + "".join(f"{name},{seed},{score}\n" for name, seed, score in rows)
    found = read_arms([write(tmp_path, "runs.csv", text)])
    assert [(arm.name, list(arm.scores)) for arm in found.arms] == [
        ("base", ["0", "1", "2"]),
        ("wide", ["0", "1", "2"]),
    ]
    other = read_arms([write(tmp_path, "runs.csv", text.replace("-2,2,", "-2,5,"))])
    assert len(other.arms) == 6, "a number that is not the seed belongs to the name"


def test_a_chart_exported_from_wandb_counts_with_its_last_values(tmp_path):
    names = [f"{name} - val/acc" for name in ("old-seed0", "new-seed0")]
    header = ",".join(['"Step"', *(f'"{name}{end}"' for name in names for end in ("", "__MIN", "__MAX"))])
    text = f"{header}\n10,0.1,0.1,0.1,0.1,0.1,0.1\n20,0.5,0.5,0.5,,,\n21,,,,0.2,0.2,0.2\n"
    found = read_arms([write(tmp_path, "chart.csv", text)])
    assert scores(found) == {"old": {"0": 50.0}, "new": {"0": 20.0}}
    assert not any("before" in note for note in found.notes), "the values of runs need not stand in the same rows"


def test_runs_exported_from_mlflow_are_read(tmp_path):
    text = "run_id,status,metrics.acc,params.seed,params.lr,tags.mlflow.runName\n" + "".join(
        f"{name}{seed},FINISHED,{value},{seed},0.1,{name}\n"
        for name, seed, value in [("old", 0, 0.5), ("old", 1, 0.25), ("new", 0, 0.75)]
    )
    assert scores(read_arms([write(tmp_path, "runs.csv", text)])) == {
        "old": {"0": 50.0, "1": 25.0},
        "new": {"0": 75.0},
    }


def test_means_of_lm_evaluation_harness_are_refused_with_the_files_to_give(tmp_path):
    with pytest.raises(UserError, match="give the files samples_.*--log_samples writes"):
        read_arms([write(tmp_path, "results.json", '{"results": {"arc": {"acc,none": 0.5}}, "n-shot": {}}')])
