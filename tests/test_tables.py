"""Tables from records: what a row says, and that the same records give the same bytes."""

import io

import pandas as pd
import pytest

from ablations import tables
from ablations.records import Store


def record(variant, seed, top1, *, status="done", profile="full", **changes):
    base = {
        "study": "s",
        "profile": profile,
        "experiment": profile,
        "variant": variant,
        "arm": ["gap", "fc"].index(variant),
        "overrides": {} if variant == "gap" else {"head": "fc", "fc_units": [16]},
        "why": "",
        "seed": seed,
        "status": status,
        "reason": "" if status == "done" else "loss nan",
        "address": f"{variant}{seed}",
        "configuration": {
            "recipe": {
                "epochs": 2,
                "batch_size": 32,
                "precision": "float32",
                "schedule": "one_cycle",
                "learning_rate": 0.1,
                "augmentation": ["crop"],
            }
        },
        "params": 1000 if variant == "gap" else 2000,
        "head_params": 100,
        "macs": 10_000,
        "inference_params": 1000,
        "inference_macs": 10_000,
        "metrics": {"test": {"top1": top1, "top5": 0.9, "loss": 1.0}} if status == "done" else {},
        "history": [],
        "times": {"total": 10.0 + seed},
        "data": {
            "name": "digits",
            "version": "1.0.0",
            "note": "A copy.",
            "fingerprint": "f",
            "counts": {"train": 10, "validation": 2, "test": 4},
            "image_shape": [8, 8, 1],
        },
        "hardware": {"processor": "CPU", "cores": 2, "memory_gib": 8, "accelerators": [], "backend": "tensorflow"},
        "versions": {"keras": "3.15.1"},
        "commit": "abc",
    }
    return {**base, **changes}


RECORDS = [
    record("gap", 0, 0.80),
    record("gap", 1, 0.82),
    record("fc", 0, 0.78),
    record("fc", 1, None, status="diverged"),
    record("gap", 0, 0.5, profile="reduced"),
    record("fc", 0, 0.6, profile="reduced"),
]


def test_a_row_a_variant_of_an_experiment():
    rows = tables.summary_table(RECORDS).set_index(["profile", "variant"])
    gap, fc = rows.loc["full", "gap"], rows.loc["full", "fc"]
    assert gap["top1_mean"] == pytest.approx(0.81)
    assert gap["top1_sd"] == pytest.approx(0.0141421, rel=1e-4), "the sample's, over n - 1"
    assert (gap["top1_n"], fc["top1_n"]) == (2, 1)
    assert pd.isna(gap["difference"])
    assert fc["difference"] == pytest.approx(-0.03)
    assert (fc["done"], fc["diverged"]) == (1, 1), "a trial that diverged stays in the table and out of the mean"
    assert fc["differs"] == 'head="fc", fc_units=[16]'
    assert gap["seconds"] == 10.5
    assert rows.loc["reduced", "fc"]["difference"] == pytest.approx(0.1), "compared within its own experiment"


def test_a_row_a_trial_failed_ones_too():
    rows = tables.trials_table(RECORDS)
    assert len(rows) == len(RECORDS)
    diverged = rows[rows["status"] == "diverged"].iloc[0]
    assert diverged["reason"] == "loss nan"
    assert pd.isna(diverged["test_top1"])
    assert set(rows["data_note"]) == {"A copy."}


def test_the_page_names_data_size_and_hardware():
    page = tables.markdown("s", "Is it?", RECORDS)
    assert "81.00 ± 1.41 (n = 2)" in page
    assert "-3.00" in page
    assert "1 done, 1 diverged" in page
    for words in ("A copy.", "Seeds 0, 1", "2 epochs of batch 32", "CPU, 2 cores", "keras 3.15.1", "Commit: abc"):
        assert words in page, words
    assert page.index("## full") < page.index("## reduced")


def test_a_study_without_a_finished_trial_has_a_table_all_the_same():
    page = tables.markdown("s", "?", [record("gap", 0, None, status="failed"), record("fc", 0, 0.5)])
    assert "1 failed" in page
    assert tables.summary_table([record("fc", 0, 0.5)])["difference"].isna().all(), "no baseline to compare with"


def test_top5_is_left_out_where_no_record_has_it():
    few = [record("gap", 0, 0.8, metrics={"test": {"top1": 0.8, "loss": 1.0}})]
    assert "–" in tables.markdown("s", "?", few)
    assert tables.summary_table(few)["top5_n"].tolist() == [0]


def test_the_same_records_give_the_same_bytes(tmp_path):
    store = Store(tmp_path / "s")
    store.prepare()
    for one in reversed(RECORDS):
        store.write({**one, "address": one["address"] + one["profile"]}, None)
    first = [path.read_bytes() for path in tables.write_tables(store, "s", "?")]
    assert first == [path.read_bytes() for path in tables.write_tables(store, "s", "?")]
    assert len(pd.read_csv(io.BytesIO(first[0]))) == len(RECORDS)
