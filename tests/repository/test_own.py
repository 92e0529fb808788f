"""The how-tos for what one brings, done from the installed wheel in a folder outside the checkout."""

import shutil
import xml.etree.ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.support.arrow_folders import png, save
from tests.support.pages import titled, untitled

pytestmark = pytest.mark.slow  # builds and installs a wheel, and trains

LOGGER = """
class Lines:
    def begin(self, trial):
        print("begin", trial.variant, trial.seed)

    def epoch(self, trial, row):
        pass

    end = leave = epoch
"""
SCRIPT = """
from dataclasses import replace

from ablations import load, report, run
from ablations.study import Claim

choices = run("choices.py", seeds=1, quiet=True)
assert set(choices.trials["status"]) == {"done"}, choices.trials
assert choices.trials["variant"].nunique() == len(choices.study.arms) == 8
for kind in ("folder:leaves", "arrow:arrow", "numpy:leaves.npz"):
    leaves = run("mine.py", seeds=1, dataset=kind, image_size=16, fraction=1.0, batch_size=8, epochs=1, quiet=True)
    assert set(leaves.trials["status"]) == {"done"}, (kind, leaves.trials)
    assert leaves.records[0].data["counts"] == {"train": 28, "validation": 4, "test": 8}, kind
    assert leaves.records[0].data["classes"] == 2, kind
study = replace(load("mine.py").study, CLAIM)
found = load(study).findings[0]
assert found.evidence.metric.startswith("my_measures:kappa@"), found
assert found.evidence.found.n == 6, "of the trials that are there"
print(report(choices))
"""


def draw(folder):
    """Pictures of two classes, of several sizes and modes."""
    for name, seed in (("ash", 0), ("oak", 1)):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            pixels = np.random.default_rng([seed, number]).integers(0, 255, (16 + number, 20, 3), np.uint8)
            image = Image.fromarray(pixels).convert("L" if number == 7 else "RGB")
            image.save(folder / name / f"{number}.{'png' if number % 2 else 'JPG'}")


def write_arrays(folder):
    """The same number of pictures as an Arrow folder, and as a NumPy file."""
    save(folder / "arrow", [(png(6 * place, (16, 16, 3)), place % 2) for place in range(40)])
    draw, parts = np.random.default_rng(0), {}
    for split, count in (("train", 32), ("test", 8)):
        parts[f"x_{split}"] = draw.integers(0, 256, (count, 16, 16, 3), np.uint8)
        parts[f"y_{split}"] = np.arange(count) % 2
    np.savez(folder / "leaves.npz", **parts)


def test_a_network_training_choices_pictures_and_a_measure(outside, tmp_path):
    for page, title in (
        ("own_network.md", "small_nets.py"),
        ("own_network.md", "mine.py"),
        ("training_choices.md", "choices.py"),
        ("own_results.md", "my_measures.py"),
    ):
        (tmp_path / title).write_text(titled(page, title))
    draw(tmp_path / "leaves")
    (tmp_path / "mine_loggers.py").write_text(LOGGER)
    write_arrays(tmp_path)
    (tmp_path / "more.py").write_text(SCRIPT.replace("CLAIM", titled("own_results.md", "the claim").strip(), 1))
    gate = ["--junit", "junit.xml", "--summary", "summary.md", "--logger", "mine_loggers:Lines"]
    shown = outside("ablations", "run", "mine.py", "--jobs", "0", *gate)
    assert "begin hidden 5" in shown and "tables: results/mine" in shown
    assert "hidden" in (tmp_path / "summary.md").read_text()
    suite = xml.etree.ElementTree.parse(tmp_path / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("12", "0")
    assert "report.html" in outside("python", "more.py")
    shutil.copytree(tmp_path / "results" / "mine" / "records", tmp_path / "other" / "mine" / "records")
    shutil.rmtree(tmp_path / "results" / "mine" / "records")
    assert "mine: 18 trials taken, 0 there already" in outside("ablations", "doctor", "mine", "--merge", "other")
    blocks = [untitled("own_network.md", "report(results)"), untitled("own_results.md", "answers")]
    assert "hidden: " in outside("python", "-c", "\n".join(blocks))
    assert "Does a hidden layer help my network?" in (tmp_path / "results" / "mine" / "report.html").read_text()


def test_results_of_another_program(outside, tmp_path):
    generator = np.random.default_rng(0)
    for name, mean in (("baseline", 0.80), ("wider", 0.83)):
        rows = "".join(f"{seed},{score:.4f}\n" for seed, score in enumerate(generator.normal(mean, 0.005, 8)))
        (tmp_path / f"{name}.csv").write_text(f"seed,accuracy\n{rows}")
    shown = outside("ablations", "compare", "baseline.csv", "wider.csv", "--margin", "0.5", "--out", "comparison")
    assert "wider: reproduced" in shown
    assert {path.suffix for path in (tmp_path / "comparison").iterdir()} == {".html", ".md", ".csv"}
    assert "seeds per arm show it" in outside("ablations", "power", "0.4", "0.6")
    assert "0.5 points:" in outside("ablations", "power", "baseline.csv", "wider.csv", "0.5")
    gate = ["--not-worse", "1", "--junit", "junit.xml", "--summary", "summary.md"]
    outside("ablations", "compare", "baseline.csv", "wider.csv", *gate)
    assert "reproduced" in outside("python", "-c", untitled("own_results.md", 'compare({"old"'))
