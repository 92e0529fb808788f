"""The pages are true: every command parses, every link leads somewhere, and the steps of the how-to pages work."""

import csv
import json
import os
import re
import runpy
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image
from typer.testing import CliRunner

from ablations import studies
from ablations.cli.app import app
from ablations.report.main_question import STUDIES
from inception_keras import UserError
from tests.support import commands
from tests.support.pages import titled
from tests.support.paths import ROOT

READMES = [ROOT / "README.md", ROOT / "README.ja.md"]
PAGES = [*READMES, *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_every_command_parses(path):
    for block in commands.blocks(path.read_text()):
        for words in commands.commands(block):
            commands.check(words)


@pytest.mark.parametrize(
    "line",
    [
        "python -m ablations runn quickstart",
        "python -m ablations run quickstrat",
        "python -m ablations run quickstart --job 2",
        "python -m ablations run quickstart --set haed=fc",
        "python -m inception_keras show googlenot",
        "python -m inception_keras list 'no such*'",
        "FOO=1 make nothing",
        "pip install -e '.[nothing]'",
        'ssh host --command="python -m ablations runn quickstart"',
        "frobnicate",
    ],
)
def test_a_command_that_is_wrong_is_found(line):
    with pytest.raises(Exception):  # noqa: B017  Typer's, ours, or an assertion
        for words in commands.commands(line + "\n"):
            commands.check(words)


@pytest.mark.parametrize("line", ["ablations --help", "ablations list", "inception_keras --help"])
def test_cheap_commands_run(line):
    command = [sys.executable, "-m", *line.split()]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("path", READMES, ids=NAMES[:2])
def test_links_of_the_readme_lead_to_files(path):
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text())
    assert targets
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_both_readmes_have_the_same_commands_and_code():
    english, japanese = (path.read_text() for path in READMES)
    typed = [[commands.commands(block) for block in commands.blocks(text)] for text in (english, japanese)]
    assert typed[0] == typed[1]
    code = [
        [re.sub(r"\s+# .*", "", block) for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]
        for text in (english, japanese)
    ]
    assert code[0] and code[0] == code[1]


def test_both_readmes_link_to_the_same_pages():
    english, japanese = (set(re.findall(r"\]\(((?:docs|results)/[^)\s]+)", path.read_text())) for path in READMES)
    assert english == japanese


def test_large_numbers_are_in_the_tables():
    """Pages type no count that the tables or the reference don't have."""
    known = "\n".join(path.read_text() for path in ROOT.glob("results/**/*.md"))
    known += (ROOT / "tests/golden/architectures.csv").read_text() + (
        ROOT / "tests/inception_keras/test_zoo.py"
    ).read_text()
    known = re.sub(r"(?<=\d)[,_](?=\d{3})", "", known)
    known += f" {25_088 * 4_096} "  # the product that an article has wrong
    for path in PAGES:
        prose = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
        for number in re.findall(r"\d{1,3}(?:,\d{3}){2,}", prose):
            assert number.replace(",", "") in known, f"{path.name}: {number}"


def test_the_notebook_is_stored_with_the_numbers_of_the_records():
    cells = json.loads((ROOT / "docs" / "notebooks" / "average_pooling.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    shown = json.dumps([cell["outputs"] for cell in code])
    assert all(cell["outputs"] for cell in code) and '"error"' not in shown
    studies_shown = re.findall(r'"(\w+)"', re.search(r"whole = \((.*?)\)\n", "".join(code[1]["source"]))[1])
    primary = {}
    with (ROOT / "results" / "claims.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            primary.setdefault(row["study"], row)
    assert studies_shown == [name for name in STUDIES if name in primary and primary[name]["difference"]]
    for name in studies_shown:
        row = primary[name]
        assert f"{float(row['difference']):.3g} " in shown, f"stale: execute the notebook again: {name}"
        assert f"{name}: {row['verdict']}, because: {row['reason']}\\n" in shown, "stale: execute the notebook again"
        assert f"({row['verdict']}, `{name}`)" in shown, "the conclusion"


def test_a_variant_is_a_line_of_a_study_file(tmp_path):
    first, line = titled("variant.md", "branches.py"), titled("variant.md", "the line")
    path = tmp_path / "branches.py"
    path.write_text(first)
    before = studies.load(str(path))
    path.write_text(first.replace("    ),\n    seeds", f"{line}    ),\n    seeds"))
    after = studies.load(str(path))
    assert [arm.name for arm in before.arms] == ["all", "no_5x5"]
    assert [arm.name for arm in after.arms] == ["all", "no_5x5", "no_pool"]
    answer = CliRunner().invoke(app, ["plan", str(path), "--no-probe", "--out", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert "18 trials: 3 variants x 6 seeds" in answer.output


def test_a_claim_is_planned_with_its_rungs_and_its_tuning(tmp_path):
    path = tmp_path / "head.py"
    path.write_text(titled("claims.md", "head.py"))
    answer = CliRunner().invoke(app, ["plan", str(path), "--reduced", "--no-probe", "--out", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    words = " ".join(answer.output.split())
    assert "12 trials of 1 epoch (12 values x 1 seed)" in words
    assert "9 trials: 3 variants x (1 seed at 3 epochs, 1 seed at 2 epochs, 1 seed at 1 epoch)" in words
    assert "label_smoothing=0.0" in words
    refused = CliRunner().invoke(app, ["run", str(path), "--reduced", "--out", str(tmp_path)])
    assert isinstance(refused.exception, UserError) and f"tune {path} --reduced" in str(refused.exception)


def test_the_gate_of_the_how_to_is_green(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "small_nets", raising=False)
    (tmp_path / "small_nets.py").write_text(titled("own_network.md", "small_nets.py"))
    study, gate = titled("own_network.md", "mine.py"), titled("ci.md", "in mine.py")
    assert "seeds=6,\n)" in study
    (tmp_path / "mine.py").write_text(gate + study.replace("seeds=6,\n)", "seeds=6,\n    reduced=reduced,\n)"))
    answer = CliRunner().invoke(app, ["run", "mine.py", "--reduced", "--seeds", "4", "--jobs", "0"])
    sys.modules.pop("small_nets", None)
    assert answer.exit_code == 0, answer.output
    records = [json.loads(path.read_text()) for path in (tmp_path / "results/mine/records").glob("*.json")]
    least = min(record["metrics"]["test"]["top1"] for record in records)
    assert len(records) == 8 and least > 0.25, "another processor rounds otherwise: there is room above the guard"


@pytest.mark.slow
def test_a_claim_is_tuned_and_run_as_the_how_to_says(tmp_path):
    path = tmp_path / "head.py"
    path.write_text(titled("claims.md", "head.py"))
    for command in ("tune", "run"):
        answer = CliRunner().invoke(app, [command, str(path), "--reduced", "--jobs", "0", "--out", str(tmp_path)])
        assert answer.exit_code == 0, answer.output
    assert {found.suffix for found in (tmp_path / "head" / "tuning").glob("tuning.*")} == {
        ".csv",
        ".md",
        ".png",
        ".svg",
    }
    assert len(list((tmp_path / "head" / "records").glob("*.json"))) == 9


def test_the_own_images_of_the_how_to_are_images_and_nothing_else(tmp_path):
    path, folder = tmp_path / "leaves.py", tmp_path / "images/train/oak"
    path.write_text(titled("data_set.md", "leaves.py"))
    (tmp_path / "images/train/.ipynb_checkpoints").mkdir(parents=True)
    folder.mkdir()
    for name in (".DS_Store", "._1.JPG", "notes.txt"):
        (folder / name).write_bytes(b"no image")
    Image.new("RGB", (8, 8)).save(folder / "1.JPG")
    pictures = runpy.run_path(str(path))["pictures"]
    assert pictures(tmp_path / "images/train") == [folder / "1.JPG"]
    (folder / "2.jpg").touch()
    with pytest.raises(SystemExit, match=r"images/train/oak/2.jpg is damaged"):
        pictures(tmp_path / "images/train")
    (folder / "2.jpg").unlink()
    Image.fromarray(np.array([[10_000, 30_000]], np.uint16)).save(folder / "deep.PNG")
    assert pictures(tmp_path / "images/train") == [folder / "1.JPG", folder / "deep.PNG"]
    (tmp_path / "images/train/ash").mkdir()
    with pytest.raises(SystemExit, match="ash has no images"):
        pictures(tmp_path / "images/train")
    with pytest.raises(SystemExit, match="there is no folder .*images/test: images are in IMAGES/train"):
        pictures(tmp_path / "images/test")


def test_a_data_set_is_a_study_file(tmp_path):
    path, images = tmp_path / "leaves.py", np.random.default_rng(0).integers(0, 255, (2, 2, 20, 40, 40, 3), np.uint8)
    path.write_text(titled("data_set.md", "leaves.py"))
    for split, classes in zip(("train", "test"), images, strict=True):
        for name, pictures in zip(("oak", "ash"), classes, strict=True):
            (tmp_path / "images" / split / name).mkdir(parents=True)
            for number, picture in enumerate(pictures):
                Image.fromarray(picture).save(tmp_path / "images" / split / name / f"{number}.png")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, path, tmp_path / "images", tmp_path / "data"]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    prepare = runpy.run_path(str(path))["prepare"]
    with tfds.core.registered.skip_registration():  # a process prepares once, and TFDS keeps the builders' names
        prepare(*command[2:])  # again, which changes nothing
        Image.new("RGB", (40, 40)).save(tmp_path / "images" / "train" / "oak" / "20.png")
        with pytest.raises(SystemExit, match="the images are not those of version 1.0.0.*raise VERSION"):
            prepare(*command[2:])
    options = ["--data-dir", str(tmp_path / "data"), "--out", str(tmp_path / "results"), "--jobs", "0"]
    # of one branch, which is quicker to trace
    answer = CliRunner().invoke(app, ["run", str(path), *options, "--set", "branches=1x1"])
    assert answer.exit_code == 0, answer.output
    record = json.loads(next((tmp_path / "results/leaves/records").glob("gap-*.json")).read_text())
    assert record["data"]["counts"] == {"train": 36, "validation": 4, "test": 40}
    assert "Leaves, photographed by us." in (tmp_path / "results/leaves/summary.md").read_text()


def test_an_architecture_is_a_file_and_an_entry(tmp_path):
    package = shutil.copytree(ROOT / "inception_keras", tmp_path / "inception_keras")
    page, name = "architecture.md", "inception_keras/models/four_convolutions.py"
    (tmp_path / name).write_text(titled(page, name))
    _insert(package / "zoo.py", "ARCHITECTURES = _register(\n", titled(page, "the entry"))
    code = (
        "from inception_keras import complexity, create_model, zoo; entry = zoo.architecture('four_convolutions');"
        "cost = complexity(create_model('four_convolutions'));"
        "trunk = complexity(create_model('four_convolutions', include_top=False));"
        "assert (cost.params, cost.macs, cost.activations) == (entry.params, entry.macs, entry.activations), cost;"
        "assert trunk.params == entry.params_no_top, trunk.params;"
        "from ablations.study import Variant; from ablations.studies import load; from dataclasses import replace;"
        "s = load('quickstart'); v = (s.variants[0], Variant('four', {'model': 'four_convolutions'}));"
        "print(replace(s, base={}, variants=v, guards=type(s.guards)()).toggles(v[1])['maps'])"
    )
    shutil.copytree(ROOT / "ablations", tmp_path / "ablations")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "16"
    _insert(package / "weights/tables/published.py", "NEAREST = MappingProxyType(\n    {\n", titled(page, "in NEAREST"))
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    _insert(tmp_path / "tests/inception_keras/test_conformance.py", "UNPUBLISHED = [", '"four_convolutions", ')
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    files = ["tests/inception_keras/test_conformance.py", "tests/inception_keras/weights/test_catalogue.py"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        *files,
        "-q",
        "-p",
        "no:xdist",
        "-p",
        "no:randomly",
        "-o",
        "addopts=",
        "-k",
    ]
    command.append("four_convolutions or every_entry or every_model")
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def _insert(path, behind, text):
    before = path.read_text()
    assert before.count(behind) == 1
    path.write_text(before.replace(behind, behind + text))
