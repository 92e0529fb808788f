"""`python -m inception_keras` as a user types it."""

import json
import subprocess
import sys

import numpy as np
import pytest

from inception_keras import create_model, list_models
from tests.support.cli import in_process
from tests.support.paths import GOLDEN


def test_list_shows_every_model_without_a_framework(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    answer = in_process("inception_keras", "list")
    assert answer.returncode == 0, answer.stderr
    rows = [line.split() for line in answer.stdout.splitlines() if line]
    first = 1 + next(number for number, row in enumerate(rows) if row[0].startswith("─"))
    assert [row[0] for row in rows[first : first + len(list_models())]] == list_models(), "one line a model"
    (vgg16,) = (" ".join(row) for row in rows if row[:1] == ["vgg16"])
    assert vgg16.startswith("vgg16 224 138 M 15.5 G 71.3 90.0 ") and "keras" in vgg16, "and whose weights there are"
    exact = in_process("inception_keras", "list", "vgg16", "--full").stdout
    assert "138,357,544" in exact and "vgg16_1x1" in exact, "a part of a name is enough"
    code = (
        "import sys; from typer.testing import CliRunner; from inception_keras.cli.app import app;"
        "assert CliRunner().invoke(app, ['list', 'vgg*']).exit_code == 0; print('keras' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


@pytest.mark.counts
def test_show_adds_up_by_stage():
    answer = in_process("inception_keras", "show", "googlenet")
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr == ""
    for words in ("28 x 28", "head_classifier", "6,998,552 parameters", "28.0 MB", "top-5 88.9%", "BVLC readme"):
        assert words in answer.stdout, words


@pytest.mark.counts
def test_verify_names_the_papers_inconsistencies():
    answer = in_process("inception_keras", "verify")
    assert answer.returncode == 0, answer.stderr
    for words in ("2.7K", "9.2K", "118.0M", "separable", "8.7 times", "In 5 of its 12 rows"):
        assert words in " ".join(answer.stdout.split()), words
    assert answer.stdout.index("contradicts itself") < answer.stdout.index("differs in"), "said before it is shown"


def test_convert_and_verify_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    safetensors = pytest.importorskip("safetensors.numpy")
    shapes = json.loads((GOLDEN / "vectors/torchvision_googlenet.keys.json").read_text())
    draw = np.random.default_rng(0)
    arrays = {key: np.asarray(draw.uniform(0.5, 1, shape), "float32") for key, shape in shapes.items()}
    safetensors.save_file(arrays, tmp_path / "googlenet.safetensors")
    names = [f"class number {number}" for number in range(1000)]
    (tmp_path / "names.txt").write_text("\n".join(names))
    options = ("--to", "g.weights.h5", "--class-names", "names.txt", "--preprocessing", "tf")
    answer = in_process("inception_keras", "convert", "googlenet.safetensors", *options)
    assert answer.returncode == 0, answer.stderr
    assert "googlenet_torchvision, 1000 classes" in answer.stdout
    assert "left out: aux1, aux2" in answer.stdout
    assert json.loads((tmp_path / "g.json").read_text())["class_names"] == names
    model = create_model("googlenet_torchvision", weights=tmp_path / "g.weights.h5")
    kernel = np.array(model.get_layer("conv1_7x7_s2").kernel)
    np.testing.assert_array_equal(kernel, arrays["conv1.conv.weight"].transpose(2, 3, 1, 0))
    verdict = in_process("inception_keras", "verify", "g.weights.h5")
    assert "g.weights.h5 (keras weights): googlenet_torchvision, 1,000 classes" in verdict.stdout


@pytest.mark.parametrize("pattern", ["VGG16_1x1", "Vgg161X1", "VGG16_1*"])
def test_list_finds_a_name_in_any_spelling(pattern):
    answer = in_process("inception_keras", "list", pattern)
    assert answer.returncode == 0 and "vgg16_1x1 " in answer.stdout and "vgg11" not in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "lenet*"], "no model matches 'lenet*'"),
        (["show", "googlenot"], "did you mean 'googlenet'"),
        (["show", "VGG16"], "did you mean 'vgg16'"),
        (["verify", "nothing.pth"], "nothing.pth"),
        (["convert", "nothing.pth", "--to", "a.weights.h5"], "nothing.pth"),
        (["convert", "nothing.pth", "--to", "a.h5"], ".weights.h5"),
        (["predict", "nothing.jpg", "--weights", "a.weights.h5"], "there is no file a.weights.h5"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = in_process("inception_keras", *arguments)
    assert answer.returncode == 2, answer.stderr
    assert words in answer.stderr
    assert answer.stderr.startswith("error: ")
    assert answer.stderr.count("\n") == 1
