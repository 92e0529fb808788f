"""`compare` and `power` on the command line: outside a checkout, without a framework."""

import pytest

from tests.support.cli import in_process, run_python


@pytest.fixture
def files(tmp_path):
    for name, base in (("old", 80), ("new", 82)):
        rows = "".join(f"{seed},{base + seed / 10 + (seed % 3) / 100}\n" for seed in range(8))
        (tmp_path / f"{name}.csv").write_text(f"seed,accuracy\n{rows}")
    return tmp_path / "old.csv", tmp_path / "new.csv"


def words(done):
    """What a command printed, without its line ends."""
    return " ".join(done.stdout.split())


def test_compare_prints_the_verdict_and_writes_the_page(files, tmp_path):
    done = in_process("ablations", "compare", *files, "--effect", "2", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "new: reproduced: claimed: new better by 2 points; measured: new better by 2.00" in words(done)
    assert "assumed: runs with the same seed are a pair (8 of old and new)" in words(done)
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert "<h1>“new is better than old by 2 points” <span" in page
    assert "What was assumed" in page
    assert (tmp_path / "out" / "comparison.csv").read_text().startswith("claim,baseline,variant,")


def test_mistakes_end_in_one_line(files):
    done = in_process("ablations", "compare", files[0])
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "one arm alone" in done.stderr
    assert in_process("ablations", "power", "0.4").returncode == 2


def test_power_answers_how_many_seeds(files):
    assert "10 seeds per arm show it" in words(in_process("ablations", "power", "0.4", "0.6"))
    done = in_process("ablations", "power", files[0], "0.5")
    assert words(done).count("seeds per arm show it") == 1
    assert " 1 point: " in words(in_process("ablations", "power", files[0], "1"))


def test_the_direction_is_assumed_in_words_where_it_matters(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("run,seed,fid\n" + "".join(f"{arm},{seed},{40 + seed}\n" for arm in "ab" for seed in range(8)))
    said = "assumed: higher is better, though no name says so of fid: if lower is, type --less-is-better"
    assert said in words(in_process("ablations", "compare", path))
    assert "is better, though" not in words(in_process("ablations", "compare", path, "--less-is-better"))
    assert "is better" not in words(in_process("ablations", "power", path))


def test_power_counts_examples_where_each_arm_is_one_run(tmp_path):
    for name, lost in (("old", 30), ("new", 10)):
        rows = "".join(f"q{n},{int(n >= lost)}\n" for n in range(200))
        (tmp_path / f"{name}.csv").write_text(f"example,correct\n{rows}")
    said = words(in_process("ablations", "power", tmp_path / "old.csv", tmp_path / "new.csv", "5"))
    assert "200 examples show" in said and " examples show it (80% power" in said
    assert "other seeds may give another difference" in said
    assert "seeds per arm" not in said and " runs" not in said
    done = in_process("ablations", "power", tmp_path / "old.csv")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_neither_loads_a_framework(files):
    done = run_python(
        "import sys\nfrom ablations.__main__ import _load_and_run as main\n"
        f"sys.argv = ['ablations', 'compare', {str(files[0])!r}, {str(files[1])!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules)"
    )
    assert done.returncode == 0, done.stderr
    assert "reproduced" in done.stdout


def test_a_guard_on_the_difference_decides_the_exit_code(files, tmp_path):
    old, new = files
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    gate = ["--not-worse", "1", "--junit", junit, "--summary", summary]
    assert in_process("ablations", "compare", old, new, *gate).returncode == 0
    assert 'failures="0"' in junit.read_text()
    done = in_process("ablations", "compare", new, old, *gate)
    assert done.returncode == 1
    assert "old not worse than new by 1 point: not shown: -2.00" in words(done)
    assert 'failures="1"' in junit.read_text()
    assert summary.read_text().count("# Compared with") == 2
    assert in_process("ablations", "compare", old, new, "--junit", junit).returncode == 2


def test_what_can_not_work_is_refused_before_results_are_printed(files):
    for options, said in ((["--not-worse", "-1"], "a margin above 0"), (["--out", files[0]], "File exists")):
        answer = in_process("ablations", "compare", *files, *options)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert said in answer.stderr and answer.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--summary", "--junit"])
def test_a_file_that_can_not_be_written_is_named_before_anything_is_trained(tmp_path, option):
    for words in (["compare", "old.csv", "new.csv", "--not-worse", "1"], ["run", "quickstart"]):
        answer = in_process("ablations", *words, option, tmp_path)
        assert answer.returncode == 2
        assert f"{option} {tmp_path} is a folder: name a file in it" in " ".join(answer.stderr.split())
