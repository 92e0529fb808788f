"""The gate: targets that explain themselves, one list of what has to pass, and no test that is skipped unseen."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.stages import Stage


def test_make_alone_prints_every_target_with_what_it_does():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = re.findall(r"^make ([a-z-]+) +\S", shown, re.MULTILINE)
    targets = re.findall(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert explained[0] == "help"
    assert set(explained) == set(" ".join(targets).split()) - {"$(REDUCED_RUNS)"}


def test_the_workflow_runs_the_gate_and_has_no_list_of_its_own():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    gate, pages = workflow.split("  pages:\n")
    assert "- run: .ci/run\n" in gate
    assert not re.search(r"\bmake\b|pytest", gate)
    assert "needs: gate\n" in pages and set(re.findall(r"\bmake (\w+)|pytest", pages)) == {"docs"}


def test_the_gate_runs_every_target_that_checks_something():
    gate = (ROOT / ".ci" / "run").read_text()
    stages = set(" ".join(re.findall(r"^stage .*\bmake (.*)", gate, re.MULTILINE)).split())
    assert stages >= {"test", "test-extras", "test-jax", "types", "wheel", "docs", "reduced"}


def run_stage(root: Path, name: str, *arguments: str) -> tuple[int, str]:
    """A session of two workers in `root`, with this plugin and xdist: its exit status and what it prints."""
    plugins = ("-p", "tests.support.stages", "-p", "xdist.plugin", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-n", "2", "--stage", name, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def project(tmp_path):
    """A project with a test that runs anywhere, one for the stage `extras`, and a file for it."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "skips.toml").write_text(
        '[main]\n"needs [torch], *" = "extras"\n[extras]\n"no window" = "nowhere: no screen"\n"not here" = "main"\n'
    )
    (tmp_path / "test_some.py").write_text(
        "import os, pytest\n"
        "def test_anywhere(): pass\n"
        "@pytest.mark.parametrize('name', ['a b', '[c]'])\n"
        "@pytest.mark.skipif('TORCH' not in os.environ, reason='needs [torch], which is large')\n"
        "def test_torch(name): pass\n"
    )
    (tmp_path / "test_file.py").write_text(
        "import os, pytest\n"
        "if 'TORCH' not in os.environ: pytest.skip('needs [torch], too', allow_module_level=True)\n"
        "def test_in_it(): pass\n"
    )
    return tmp_path


def test_what_one_stage_skips_another_runs(project, monkeypatch):
    status, printed = run_stage(project, "main")
    assert status == 0, printed
    assert "2 x needs [torch], which is large -> stage extras runs them" in printed
    assert re.search(r"1 passed, 3 skipped in \S+$", printed.strip().strip("= ")), "pytest's closing line is the last"
    left = project / "build" / "gate" / "extras-tests.txt"
    assert left.read_text().splitlines() == [
        "test_file.py",
        "test_some.py::test_torch[[c]]",
        "test_some.py::test_torch[a b]",
    ]
    monkeypatch.setenv("TORCH", "1")
    status, printed = run_stage(project, "extras", f"@{left}")
    assert (status, "3 passed" in printed) == (0, True), printed


def test_a_skip_that_is_not_listed_fails(project):
    with (project / "test_some.py").open("a") as file:
        file.write("def test_new(): pytest.skip('no network')\n")
    status, printed = run_stage(project, "main")
    assert status == 1
    assert "stage main skips tests for a reason that tests/skips.toml does not list: no network" in printed


def complaints(project: Path, left: str, skipped: dict[str, str], ran: set[str]) -> list[str]:
    """Of the stage `extras`, to which `main` left this test."""
    main = Stage("main", project)
    main.skipped = {left: "needs [torch], too"}
    main.write()
    extras = Stage("extras", project)
    extras.skipped, extras.ran = skipped, ran
    return extras.complaints()


def test_a_test_that_no_stage_runs_fails(project):
    assert complaints(project, "test_a.py", {}, {"test_a.py::test_in_it"}) == []
    (missing,) = complaints(project, "test_a.py", {}, {"test_a.pyx::test_in_it"})
    assert missing.startswith("left to stage extras, which did not run it: test_a.py (if")
    both = complaints(project, "test_a.py", {"test_a.py": "not here"}, set())
    assert both[1:] == ["stage extras leaves this test to main, which skipped it: test_a.py"]


def test_a_test_that_no_stage_can_run_is_left_out_with_a_reason(project):
    assert complaints(project, "test_a.py", {"test_a.py": "no window"}, set()) == []


def test_every_listed_reason_is_one_that_a_test_gives():
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)]
    for stage, reasons in tomllib.loads((ROOT / "tests" / "skips.toml").read_text()).items():
        assert stage in ("main", "extras", "jax")
        for reason, runs in reasons.items():
            assert runs in ("main", "extras", "jax") or runs.startswith("nowhere: "), reason
            imported = re.fullmatch(r"could not import '(\w+)': \*", reason)
            said = f'importorskip("{imported[1]}' if imported else max(reason.split("*"), key=len)
            assert any(said in text for text in texts), f"no test is skipped for this reason: {reason}"
