"""`python -m ablations` as a user types it: answers, tables, exit codes, one line for each mistake."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from ablations import studies
from ablations.cli.options import results_folder
from ablations.evidence.findings import findings
from ablations.records import locks
from ablations.records.store import Store
from ablations.runner import run
from tests.support.cli import ablations, child_seconds, in_process
from tests.support.paths import RESULTS, ROOT
from tests.support.trials import fill, record

TINY = """
from ablations.study import Claim, Guards, Recipe, Reduced, Study, Variant
STUDY = Study(
    name="tiny", question="Does it run?", dataset="digits", image_size=32, fraction=0.2,
    recipe=Recipe(epochs=1, batch_size=32, learning_rate=0.05, augmentation=("crop",), precision="float32"),
    base={"model": "three_convolutions", "head": "gap", "width": 0.5},
    variants=(Variant("gap"), Variant("fc", {"head": "fc", "fc_units": (16,)}, "the other head")),
    seeds=1,
    claim=Claim("the other head helps", "nobody", variant="fc", effect=0.6, margin=0.3),
    reduced=Reduced(settings={"fraction": 0.1}, seeds=1, guards=Guards(params={"gap": 1})),
)
"""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder with a study file, and the answer of its first run."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "tiny.py").write_text(TINY)
    return folder, ablations("run", "tiny.py", cwd=folder)


def test_help_and_list_answer_at_once():
    for arguments in (["--help"], ["list"]):
        ablations(*arguments)  # the first start reads files that are not cached yet
        begun = child_seconds()
        answer = ablations(*arguments)
        assert answer.returncode == 0
        assert child_seconds() - begun < 1.5, "0.5 s on an idle machine"
    assert "quickstart" in answer.stdout


def test_help_and_list_load_no_framework():
    code = (
        "import sys; from typer.testing import CliRunner; from ablations.cli.app import app;"
        "assert CliRunner().invoke(app, ['list']).exit_code == 0;"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'pandas', 'tensorflow_datasets') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_list_has_the_retired_studies_apart():
    listed, retired = ablations("list").stdout.split("retired  ", 1)
    assert "\ndropout " in listed and "\ndropout " not in retired
    assert "\ndepth " in retired and "its networks were hardly trained" in retired and "\ndepth " not in listed


def test_run_prints_the_table_and_writes_it(tiny):
    folder, answer = tiny
    assert answer.returncode == 0, answer.stderr
    for words in ("2 trials to run", "gap seed 0", "epoch 1/1", "left", "difference (points)", "1 done"):
        assert words in answer.stdout, words
    assert {path.name for path in (folder / "results" / "tiny").iterdir()} == {
        "records",
        "running",
        "figures",
        "trials.csv",
        "summary.csv",
        "comparisons.csv",
        "summary.md",
        "summary.tex",
    }
    assert {path.stem for path in (folder / "results/tiny/figures").iterdir()} == {"forest", "params", "macs"}


def test_run_warns_that_it_can_not_decide(tiny):
    assert "warning: a verdict needs 6 seeds, not 1: this run can't decide the claim of tiny" in tiny[1].stdout


def test_run_says_nothing_that_is_no_news(tiny):
    assert tiny[1].stderr == ""


def test_the_same_command_again_trains_nothing(tiny, monkeypatch):
    monkeypatch.chdir(tiny[0])
    answer = in_process("ablations", "run", "tiny.py", "--jobs", 0)
    assert answer.returncode == 0
    assert "0 trials to run; 2 done before are skipped" in answer.stdout
    assert "difference (points)" in answer.stdout


def test_plan_status_report(tiny, monkeypatch):
    folder = tiny[0]
    monkeypatch.chdir(folder)
    plan = in_process("ablations", "plan", "tiny.py", "--seeds", 3, "--save").stdout
    assert "6 trials: 2 variants x 3 seeds, 1 epoch each; 2 done, 4 to run" in plan
    for words in (
        "time: about 1 min on this machine",
        "seconds per",
        "spread:",
        "assumed",
        "detectable",
        "margin 0.3",
    ):
        assert words in plan, words
    # --save stores the plan for the ledger
    study = replace(studies.load(str(folder / "tiny.py")), seeds=3)
    (found,) = findings(study, Store(folder / "results" / "tiny"))
    assert found.plan.startswith("6 trials of 1 epoch over") and " min on " in found.plan
    refused = in_process("ablations", "plan", "tiny.py", "--save", "--no-probe")
    assert refused.returncode == 2 and "drop --no-probe" in refused.stderr
    status = in_process("ablations", "status", "tiny.py", "--seeds", 3).stdout
    assert ["fc", "1", "2"] in [line.split() for line in status.splitlines()], "done, missing; no reason"
    before = (folder / "results/tiny/summary.md").read_bytes()
    (folder / "results/tiny/summary.md").unlink()
    assert in_process("ablations", "report", "tiny.py").returncode == 0
    assert (folder / "results/tiny/summary.md").read_bytes() == before


def test_a_study_that_is_not_run_is_told_as_it_was_typed(tiny, monkeypatch):
    (tiny[0] / "other.py").write_text(TINY.replace('name="tiny"', 'name="other"'))
    monkeypatch.chdir(tiny[0])
    told = in_process("ablations", "claims", "other.py")
    assert told.returncode == 0 and "other: not run: type `python -m ablations run other.py`" in told.stdout


@pytest.mark.parametrize(("command", "kept"), [("run", True), ("compare", False)])
def test_an_interrupt_tells_of_trials_only_where_there_are_some(monkeypatch, command, kept):
    def stopped():
        raise KeyboardInterrupt

    monkeypatch.setattr("ablations.__main__._load_and_run", stopped)
    assert ("finished trials are kept" in in_process("ablations", command).stderr) is kept


def test_the_ledger_needs_no_framework(tiny):
    folder = tiny[0]
    code = (
        "import sys; from typer.testing import CliRunner; from ablations.cli.app import app;"
        "answer = CliRunner().invoke(app, ['claims', 'tiny.py', '--full']); print(answer.stdout);"
        "assert answer.exit_code == 0; assert not {'keras', 'tensorflow', 'jax'} & set(sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "300"}
    shown = subprocess.check_output([sys.executable, "-c", code], cwd=folder, env=environment, text=True)
    assert "1 seed: under 6" in shown
    assert "exploratory: not locked" in " ".join(shown.split())


def test_no_ledger_is_written_without_records_of_the_bench(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused = in_process("ablations", "claims")
    assert refused.returncode == 2 and refused.stderr.startswith("error: results holds no results: set --out to")
    assert not (tmp_path / "results").exists()
    monkeypatch.chdir(tiny[0])
    refused = in_process("ablations", "claims")
    assert refused.returncode == 2 and "no results of a study of the bench that states a claim: type " in refused.stderr
    assert not (tiny[0] / "results/claims.md").exists()


def test_a_lock_after_the_run_is_refused_and_one_before_it_stands(tiny, tmp_path, monkeypatch):
    monkeypatch.chdir(tiny[0])
    late = in_process("ablations", "plan", "tiny.py", "--no-probe", "--lock")
    assert late.returncode == 2
    assert "a study can only be locked before it runs" in late.stderr
    early = in_process("ablations", "plan", "tiny.py", "--no-probe", "--lock", "--out", tmp_path)
    assert early.returncode == 0, early.stderr
    assert len(list((tmp_path / "tiny" / "locks").glob("*.json"))) == 1


@pytest.mark.slow
def test_a_broken_guard_ends_with_1(tiny):
    answer = ablations("run", "tiny.py", "--reduced", cwd=tiny[0])
    assert answer.returncode == 1
    assert "guard broken: gap seed 0:" in answer.stdout
    assert "parameters, not 1" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "quickstrat"], "unknown study 'quickstrat'"),
        (["run", "quickstrat"], "did you mean 'quickstart'"),
        (["run", "nothing.py"], "no study file"),
        (["plan", "quickstart", "--set", "haed=fc"], "did you mean 'head'"),
        (["plan", "quickstart", "--set", "head=fcc"], "allowed are 'gap', 'fc', 'conv'"),
        (["plan", "quickstart", "--set", "epochs=6"], "changes nothing"),
        (["plan", "quickstart", "--set", "seeds=2"], "seeds is no setting but an option: type --seeds 2"),
        (["run", "quickstart", "--set", "data_dir=there"], "type --data-dir there"),
        (["plan", "quickstart", "--set", "epochs"], "is not KEY=VALUE"),
        (["plan", "quickstart", "--set", "epochs=1", "--set", "epochs=2"], "given twice"),
        (["run", "quickstart", "--set", "epochs=0"], "epochs must be"),
        (["run", "quickstart", "--set", "width=0"], "width must be"),
        (["run", "quickstart", "--seeds", "0"], "seeds must be"),
        (["run", "quickstart", "--jobs", "0", "--limit", "1"], "set --jobs 1 or more"),
        (["doctor", "gap_vs_fcc", "--out", RESULTS], "did you mean 'gap_vs_fc'"),
        (["doctor", "quickstart", "--out", "nowhere"], "nowhere holds no results"),
        (["run", "quickstart", "--out", "/dev/null"], "can't be written"),
        (["run", "gap_vs_fc", "--data-dir", "nowhere"], "tfds build cifar10"),
        (["run", "quickstart", "--set", "dataset=digit"], "did you mean 'digits'"),
        (["report", "reduce", "--out", "nowhere"], "holds no records"),
        (
            ["claims", "quickstart"],
            "states no claim: give it claim=Claim(...), or type `python -m ablations report quickst",
        ),
        (["claims", "gap_vs_fc", "--out", "nowhere"], "nowhere holds no results"),
        (["simulate", "--out", "/dev/null"], "can't be written"),  # before the 2,000 draws, not after them
        (["plan", "quickstart", "--no-probe", "--lock"], "nothing to lock"),
        (["times", "ensembles"], "compares no variants"),
        (["times", "quickstart", "--out", "/dev/null"], "can't be written"),
        (["tune", "quickstart"], "declares no tuning"),
        (["run", "quickstart", "quickstart"], "each study once"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    answer = in_process("ablations", *arguments)
    assert answer.returncode == 2, answer.stderr
    assert words in answer.stderr
    assert answer.stderr.startswith("error: ")
    assert answer.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        # too small to compare pooling with flattening
        (["stem=imagenet", "stem_stride=1", "image_size=64"], "last map is 2 x 2"),
        (["image_size=8"], "at least 16 x 16"),
        (["dataset=digits", "batch_size=4096"], "changes nothing"),
    ],
)
def test_a_study_that_would_mean_nothing_is_refused(settings, words, tmp_path):
    options = [part for setting in settings for part in ("--set", setting)]
    answer = in_process("ablations", "run", "quickstart", *options, "--jobs", 0, "--out", tmp_path)
    assert answer.returncode == 2, answer.stdout
    assert words in answer.stderr


def test_a_set_that_is_not_there_is_said_within_two_seconds(tmp_path):
    begun = child_seconds()
    answer = ablations("run", "gap_vs_fc", "--data-dir", tmp_path, "--out", tmp_path)
    assert answer.returncode == 2
    assert child_seconds() - begun < 4, "1.5 s on an idle machine; TFDS alone would try for three minutes"


def test_a_study_file_keeps_its_hands_off_the_results_of_the_bench(tmp_path):
    """Also if its name is that of a study of the bench; an empty folder is free, and so is the study itself."""
    (tmp_path / "mine.py").write_text(TINY.replace('name="tiny"', 'name="dropout"'))
    for command in ("run", "report", "deploy", "plan"):
        answer = in_process("ablations", command, tmp_path / "mine.py", "--out", RESULTS)
        assert answer.returncode == 2
        assert (
            f"is called 'dropout' like a study of the bench, whose results are in {RESULTS / 'dropout'}"
            in answer.stderr
        )
    assert "holds no records" in in_process("ablations", "report", tmp_path / "mine.py", "--out", tmp_path).stderr
    own = ROOT / "ablations" / "studies" / "dropout.py"
    assert results_folder(str(own), studies.load(str(own)), RESULTS) == RESULTS / "dropout"


def test_a_broken_lock_is_named_by_every_command_that_reads_results(tmp_path):
    """Also one whose id is right and whose terms are those of no study."""
    (tmp_path / "mine.py").write_text(TINY)
    fill(Store(tmp_path / "tiny"), studies.load(str(tmp_path / "mine.py")), {"gap": [80.0]})
    (tmp_path / "tiny" / "locks").mkdir()
    identity = locks.lock_id({"study": "tiny"})
    for name, content in ((f"{identity}.json", {"lock": identity, "terms": {"study": "tiny"}}), ("abc.json", [])):
        path = tmp_path / "tiny" / "locks" / name
        path.write_text(json.dumps(content))
        for command in ("report", "status"):
            answer = in_process("ablations", command, tmp_path / "mine.py", "--out", tmp_path)
            assert answer.returncode == 2
            assert f"{path} is no lock, or was changed" in answer.stderr
        answer = in_process("ablations", "doctor", "--out", tmp_path)
        assert answer.returncode == 1
        assert f"{name} is no lock" in " ".join(answer.stdout.split())
        path.unlink()


def test_trials_that_diverge_are_said_as_they_are(tmp_path, monkeypatch):
    """Without guards no guard is broken."""
    (tmp_path / "mine.py").write_text(TINY)
    study = studies.load(str(tmp_path / "mine.py"))
    store = fill(Store(tmp_path / "tiny"), study, {})
    ended = {"status": "diverged", "reason": "loss nan in epoch 1"}
    records = [record(study, arm.name, 0, None, **ended) for arm in study.arms]
    for one in records:
        store.write(one, None)
    monkeypatch.setattr(run, "run_study", lambda *_, **options: records)
    answer = in_process("ablations", "run", tmp_path / "mine.py", "--out", tmp_path)
    assert answer.returncode == 1
    assert "guard" not in answer.stdout
    assert "gap seed 0: diverged (loss nan in epoch 1)\nfc seed 0: diverged (loss nan in epoch 1)\n" in answer.stdout
    assert answer.stdout.endswith("no trial is done, so that there is nothing to compare\n")
