"""The table of published files: whole, true to the zoo, the importers, the docs and the command line."""

import hashlib
import importlib
import re
from urllib.parse import urlsplit

import numpy as np
import pytest

from inception_keras import UserError, list_models
from inception_keras.io.manifests import MODES
from inception_keras.io.pictures import METHODS
from inception_keras.weights.catalogue import SOURCES, find_file, published_files
from inception_keras.weights.preprocessing import preprocess_input
from inception_keras.weights.published import Checksum
from inception_keras.weights.registry import FORMS
from inception_keras.weights.tables.published import FILES, NEAREST
from inception_keras.zoo import ARCHITECTURES
from tests.support.cli import in_process
from tests.support.paths import ROOT


def named(files=FILES):
    return pytest.mark.parametrize("file", files, ids=lambda file: f"{file.model}-{file.source}")


def test_every_model_has_a_file_or_the_nearest_model_that_has_one():
    with_file = {file.model for file in FILES}
    assert with_file.isdisjoint(NEAREST)
    assert with_file | set(NEAREST) == set(list_models())
    assert {nearest for nearest in NEAREST.values() if nearest} <= with_file
    assert len({(file.model, file.source) for file in FILES}) == len(FILES)
    assert len({file.address for file in FILES}) == len({file.name for file in FILES}) == len(FILES)


@named()
def test_a_row_is_complete(file):
    assert file.model in ARCHITECTURES and file.classes == 1000
    assert urlsplit(file.licence.text).scheme == "https" and file.licence.name
    assert file.preprocessing.mode in MODES and file.preprocessing.interpolation in METHODS
    assert file.preprocessing.crop == ARCHITECTURES[file.model].input_size
    assert 50 < file.top1 < 90 and file.accuracy_source and file.facts_from
    assert re.search(r"\.(pth|caffemodel|h5|safetensors|tar\.gz|onnx)$", file.name)
    assert (file.form is None) == file.name.endswith(".h5")
    assert file.form is None or (file.form in FORMS and file.form.name == file.model)


@named([file for file in FILES if file.checksum])
def test_a_hash_is_one_and_agrees_with_the_name(file):
    algorithm, digits = file.checksum
    assert re.fullmatch(r"[0-9a-f]{8,}", digits)
    assert len(digits) <= 2 * hashlib.new(algorithm, usedforsecurity=False).digest_size
    if file.source == "torchvision":  # torchvision puts the beginning into the name
        assert file.name.endswith(f"-{digits[:8]}.pth")
    if file.form and file.form.published:
        assert digits.startswith(file.form.published)


@named()
def test_a_place_without_https_needs_a_hash_that_nobody_can_meet(file):
    assert file.checksum is not None or urlsplit(file.address).scheme == "https"
    for address in file.addresses:
        assert urlsplit(address).scheme == "https" or file.checksum.pins


def test_the_first_file_has_the_accuracies_of_the_zoo():
    for name in list_models():
        if files := published_files(name):
            entry = ARCHITECTURES[name]
            assert (files[0].top1, files[0].top5) == (entry.top1, entry.top5), name


def test_the_hashes_of_keras_are_its_own():
    import keras.src.applications as applications

    folder = next(iter(applications.__path__))
    text = "".join(path.read_text() for path in sorted((ROOT / folder).glob("*.py")))
    for file in FILES:
        if file.source == "keras" and file.checksum:
            assert f'"{file.checksum.digits}"' in text, file.model


# Keras's modules by the beginning of the names that they are for; "none": the network prepares images itself.
MODULES = {
    "inception_v3": "inception_v3", "inception_resnet_v2": "inception_resnet_v2", "mobilenet_v3": "mobilenet_v3",
    "mobilenet_v2": "mobilenet_v2", "mobilenet": "mobilenet", "densenet": "densenet", "efficientnet": "efficientnet",
    "resnet": "resnet", "vgg16": "vgg16", "vgg19": "vgg19",
}  # fmt: skip


def test_images_for_the_files_of_keras_are_prepared_as_keras_prepares_them():
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 5, 3)).astype("float32")
    for file in FILES:
        if file.source == "keras":
            module = next(MODULES[begin] for begin in MODULES if file.model.startswith(begin))
            theirs = importlib.import_module(f"keras.applications.{module}").preprocess_input(images.copy())
            mode = file.preprocessing.mode
            ours = images if mode == "none" else preprocess_input(images, mode)
            np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-5, err_msg=file.model)


def test_a_source_is_chosen():
    assert find_file("vgg16").source == "keras"
    assert find_file("vgg16", "torchvision").name == "vgg16-397923af.pth"
    with pytest.raises(UserError, match="timm has no weights for 'vgg16': weights= takes 'keras', 'torchvision'"):
        find_file("vgg16", "timm")
    with pytest.raises(UserError, match="'zfnet': the nearest form with one is 'alexnet'"):
        find_file("zfnet")
    with pytest.raises(UserError, match="no file of ImageNet weights is published for 'three_convolutions'$"):
        find_file("three_convolutions")
    with pytest.raises(UserError, match="did you mean 'torchvision'"):
        find_file("vgg16", "torchvison")


@pytest.mark.parametrize(
    ("model", "source", "other"),
    [
        ("googlenet", "torchvision", "googlenet_torchvision"),
        ("alexnet", "torchvision", "alexnet_torchvision"),
        ("resnet50", "torchvision", "resnet50_torchvision"),
        ("resnet50_torchvision", "keras", "resnet50"),
        ("bn_inception", "slim", "inception_v2_slim"),
    ],
)
def test_a_source_of_another_form_names_the_form(model, source, other):
    typed = re.escape(f"create_model('{other}', weights='{source}')")
    with pytest.raises(UserError, match=f"{source} has no weights for '{model}', .*'{other}': {typed}$"):
        find_file(model, source)


def test_a_hash_in_words():
    assert str(Checksum("sha256", "0cc3c7bd")) == "sha256 0cc3c7bd…"
    assert str(Checksum("md5", "9a0d58056eeedaa3f26cb7ebd46da564")) == "md5 9a0d58056eeedaa3f26cb7ebd46da564"
    assert Checksum("sha256", "0" * 64).pins and not Checksum("sha256", "0cc3c7bd").pins


def test_list_has_a_column_of_sources(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    answer = in_process("inception_keras", "list", "--full").stdout
    for name in ARCHITECTURES:
        (line,) = (line for line in answer.splitlines() if line.startswith(f"{name} "))
        sources = ", ".join(file.source for file in published_files(name)) or "–"
        assert f" {sources} " in f"{line} "


def test_the_docs_have_every_source_with_its_models():
    text = (ROOT / "docs/how_to/pretrained.md").read_text()
    for source in SOURCES:
        models = ", ".join(f"`{file.model}`" for file in FILES if file.source == source)
        assert f"| `{source}` | {models} |" in text
