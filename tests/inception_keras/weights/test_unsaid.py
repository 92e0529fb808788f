"""What a file of weights does not say is asked for, read beside it, or said in the manifest."""

import json
from pathlib import Path

import numpy as np
import pytest

from inception_keras import UserError
from inception_keras.weights import unsaid
from inception_keras.weights.caffe_graph import Blobs, Graph
from inception_keras.weights.checkpoints import Checkpoint
from inception_keras.weights.registry import FORMS
from inception_keras.weights.unsaid import assumptions, find_preprocessing

FORM = {(form.framework, form.name): form for form in FORMS}
CONFIG = {
    "architecture": "resnet50",
    "num_classes": 1000,
    "pretrained_cfg": {
        "input_size": [3, 224, 224],
        "interpolation": "bicubic",
        "crop_pct": 0.95,
        "crop_mode": "center",
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
    },
}


@pytest.fixture
def file(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    return Checkpoint(tmp_path / "model.safetensors", "safetensors", "torch", {})


def beside(file: Checkpoint, **changes):
    config = {**CONFIG, **changes}
    config["pretrained_cfg"] = {**CONFIG["pretrained_cfg"], **changes.get("pretrained_cfg", {})}
    (file.path.parent / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("name", ["googlenet_torchvision", "inception_v3"])
def test_transform_input_is_asked_for(file, name, monkeypatch):
    form = FORM["torch", name]
    with pytest.raises(UserError, match="model.safetensors can't tell how .*--preprocessing .*transform_input=False"):
        find_preprocessing(file, form, None)
    for mode in ("torch", "tf"):
        assert find_preprocessing(file, form, mode).mode == mode
    monkeypatch.setattr(unsaid, "sha256", lambda path: f"{form.published[0]}00")
    assert find_preprocessing(file, form, None).mode == "tf"  # the published file


def test_networks_with_one_way_are_not_asked(file):
    assert find_preprocessing(file, FORM["torch", "resnet50_torchvision"], None).mode == "torch"
    with pytest.raises(UserError, match="unknown preprocessing 'caff'"):
        find_preprocessing(file, FORM["torch", "resnet18"], "caff")


def test_timms_config_beside_the_file(file):
    beside(file)
    found = find_preprocessing(file, FORM["torch", "resnet50_torchvision"], None)
    assert (found.mode, found.resize, found.crop, found.interpolation) == ("torch", 235, 224, "bicubic")
    beside(file, pretrained_cfg={"mean": [0.5] * 3, "std": [0.5] * 3, "crop_mode": "squash", "crop_pct": 1.0})
    found = find_preprocessing(file, FORM["torch", "resnet50_torchvision"], None)
    assert (found.mode, found.resize) == ("tf", (224, 224))
    beside(file, architecture="tf_inception_v3")
    assert find_preprocessing(file, FORM["torch", "inception_v3"], None).mode == "torch"  # not asked: it is said


@pytest.mark.parametrize("name", ["resnetblur50", "resnetaa50", "resnet50_gn"])
def test_a_config_of_another_network(file, name):
    beside(file, architecture=name)
    with pytest.raises(UserError, match=f"config.json beside it says that it is timm's {name}"):
        find_preprocessing(file, FORM["torch", "resnet50_torchvision"], None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"mean": [0.48, 0.45, 0.4]}, "which no mode has"), ({"mean": None}, "not one that timm wrote")],
)
def test_a_config_that_says_something_else(file, changes, words):
    beside(file, pretrained_cfg=changes)
    with pytest.raises(UserError, match=words):
        find_preprocessing(file, FORM["torch", "resnet50_torchvision"], None)


def test_a_config_of_another_program_is_not_read(file):
    (file.path.parent / "config.json").write_text('{"architectures": ["ViT"]}')
    assert find_preprocessing(file, FORM["torch", "resnet18"], None).resize == 256


def test_the_manifest_says_which_networks_look_the_same(file):
    said, _ = assumptions(file, FORM["torch", "resnet50_torchvision"])
    assert "resnetblur50" in said and "resnetaa50" in said
    assert not assumptions(file, FORM["torch", "vgg16"])
    beside(file)
    assert not assumptions(file, FORM["torch", "resnet50_torchvision"])


@pytest.mark.parametrize(
    ("depth", "first", "second"),
    [(50, "0676ba61", "11ad3fa6"), (101, "63fe2227", "cd907fc2"), (152, "394f9c45", "f82ba261")],
)
def test_torchvisions_second_resnets_are_known_by_their_hash(file, depth, first, second, monkeypatch):
    form = FORM["torch", f"resnet{depth}_torchvision"]

    def resized(begin: str, mode: str | None = None) -> tuple[int | tuple[int, int], str]:
        monkeypatch.setattr(unsaid, "sha256", lambda path: f"{begin}00")
        found = find_preprocessing(file, form, mode)
        return found.resize, " ".join(assumptions(file, form))

    assert resized(first)[0] == 256 and "resized" not in resized(first)[1]
    assert resized(second)[0] == 232 and "resized" not in resized(second)[1]
    assert resized(second, "tf")[0] == 232
    other, said = resized("00000000")
    assert other == 256 and "taken as of images resized to 256" in said and "resized to 232" in said
    assert not any("resized" in one for one in assumptions(file, form, sizes_given=True))
    beside(file, architecture=f"resnet{depth}")
    assert resized("00000000") == (235, "")  # timm says the size


def test_the_manifest_says_that_a_caffemodel_has_no_graph():
    pair = np.ones((1, 1), "float32"), np.ones(1, "float32")
    form = FORM["caffe", "alexnet"]
    for graph, count in ((Graph("", {}), 1), (Graph("AlexNet", form.graph), 0)):
        checkpoint = Checkpoint(Path("net.caffemodel"), "caffemodel", "caffe", Blobs({"conv1": pair}, graph))
        assert len(assumptions(checkpoint, form)) == count
