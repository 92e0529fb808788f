"""Examples of two tasks of lm-evaluation-harness have the same `doc_id`, and are no pairs."""

import json

import pytest

from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from inception_keras import UserError


def write(folder, name, rows):
    path = folder / f"samples_{name}.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def samples(name, **more):
    return [{"doc_id": n, "doc_hash": f"{name}{n}", "acc": float(n % 2)} | more for n in range(4)]


def test_two_tasks_are_refused_with_their_files(tmp_path):
    arc, hella = (write(tmp_path, name, samples(name)) for name in ("arc", "hella"))
    with pytest.raises(UserError, match="samples_arc.jsonl and .*samples_hella.jsonl: example 0 is another document"):
        read_arms([arc, hella])
    changed = write(tmp_path, "changed", [*samples("arc")[:3], samples("hella")[3]])
    with pytest.raises(UserError, match="example 3 is another document in each .doc_hash.*give files of one task"):
        read_arms([arc, changed])


def test_two_models_on_one_task_are_pairs_also_where_a_file_has_no_hashes(tmp_path):
    bare = [{"doc_id": n, "acc": 1.0} for n in range(4)]
    paths = [write(tmp_path, name, rows) for name, rows in (("a", samples("x")), ("b", samples("x")), ("c", bare))]
    assert [len(arm.answers[""]) for arm in read_arms(paths).arms] == [4, 4, 4]


def test_one_file_with_two_tasks_is_refused_unless_one_is_kept(tmp_path):
    path = write(tmp_path, "all", [*samples("arc", model="a", task="arc"), *samples("hella", model="b", task="hella")])
    with pytest.raises(UserError, match="example 0 is of several documents .*--where COLUMN=VALUE"):
        read_arms([path])
    assert len(read_arms([path], Asked(where=("task=arc",))).arms) == 1
