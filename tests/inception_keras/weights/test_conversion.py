"""Checkpoint file -> Keras weights file with its manifest -> model; and which model a file belongs to."""

import contextlib
import json
import re
import resource
import signal
import warnings

import keras
import numpy as np
import pytest

from inception_keras import GoogLeNet, UserError, create_model
from inception_keras.io import writing
from inception_keras.io.manifests import check_place, sha256
from inception_keras.weights import convert, identify, inspect_file, load_weights, read_manifest
from inception_keras.weights.conversion import write_converted
from inception_keras.weights.forms import Preprocessing
from tests.support import vectors
from tests.support.caffemodels import caffemodel
from tests.support.forward import forward, no_random_weights


@pytest.fixture(scope="module")
def caffe_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("caffe") / "bvlc_googlenet.caffemodel"
    aux = {
        f"{key}/{layer}": (np.ones(shape, "float32"), np.ones(shape[0], "float32"))
        for key, channels in (("loss1", 512), ("loss2", 528))
        for layer, shape in (("conv", (128, channels, 1, 1)), ("fc", (1024, 2048)), ("classifier", (1000, 1024)))
    }
    path.write_bytes(caffemodel({**vectors.blobs("caffe_bvlc_googlenet"), **aux}, v1=True))  # as BVLC published it
    return path


@pytest.fixture
def torch_file(tmp_path):
    library = pytest.importorskip("safetensors.numpy")

    def write(arrays, name="net.safetensors"):
        library.save_file(arrays, tmp_path / name)
        return tmp_path / name

    return write


def test_convert(caffe_file, tmp_path):
    target = tmp_path / "googlenet.weights.h5"
    manifest = convert(caffe_file, target)
    assert manifest == json.loads((tmp_path / "googlenet.json").read_text()) == read_manifest(target)
    assert {path.name for path in tmp_path.iterdir()} == {"googlenet.weights.h5", "googlenet.json"}
    assert (manifest["name"], manifest["options"], manifest["classes"]) == ("googlenet", {}, 1000)
    assert manifest["source"]["sha256"] == sha256(caffe_file)
    assert manifest["source"]["left_out"] == ["loss1", "loss2"]
    assert manifest["weights"] == {"file": "googlenet.weights.h5", "sha256": sha256(target)}
    assert manifest["preprocessing"]["mode"] == "caffe" and manifest["preprocessing"]["crop"] == 224
    assert str(caffe_file.parent) not in json.dumps(manifest)  # nothing about the machine

    model = create_model("googlenet", input_shape=(97, 97, 3), classifier_activation=None, weights=target)
    expected = vectors.sized("caffe_bvlc_googlenet")[97, 97]
    assert vectors.ratio(model(vectors.image_of(97, 97, 50), training=False), expected) < 1e-4
    assert identify(target) == identify(caffe_file) == "googlenet"


def write_small(model, target) -> dict:
    """Writes a model and its manifest as `convert` does."""
    return write_converted(model, target, model.name, Preprocessing("tf", resize=36, crop=32), {"file": "small.pth"})


def test_the_same_weights_are_the_same_bytes(small_network, tmp_path):
    for name in ("one", "two"):
        write_small(small_network, tmp_path / f"{name}.weights.h5")
    assert (tmp_path / "one.weights.h5").read_bytes() == (tmp_path / "two.weights.h5").read_bytes()


@pytest.mark.parametrize(
    ("change", "keywords", "words"),
    [
        (
            lambda a: None,
            {"model_name": "resnet34"},
            "not of the form 'resnet34': they look like torchvision's ResNet-18",
        ),
        (lambda a: None, {"model_name": "resnet19"}, "did you mean 'resnet18'"),
        (lambda a: None, {"classes": 10}, "has 1,000 classes, not 10"),
        (lambda a: None, {"class_names": ["one"]}, "has 1,000 classes, but class_names has 1"),
        (lambda a: None, {"aux_heads": True}, "no auxiliary heads"),
        (lambda a: a.pop("conv1.weight"), {}, "1 array is missing, conv1.weight first"),
        (lambda a: a.update({"more": np.ones(2, "float32")}), {}, "left over, more first"),
        (
            lambda a: a.update({"fc.weight": np.ones((1001, 512)), "fc.bias": np.ones(1001)}),
            {},
            "1,001 classes: TF-slim's",
        ),
        (lambda a: a.update({"conv1.weight": np.ones((64, 3, 3, 3))}), {}, "conv1.weight has the shape (64, 3, 3, 3)"),
        (lambda a: [a.pop(key) for key in list(a) if "layer" in key], {}, "fits no model of the zoo"),
    ],
)
def test_a_checkpoint_that_does_not_fit(torch_file, tmp_path, change, keywords, words):
    arrays = vectors.state_dict("torchvision_resnet18")
    change(arrays)
    source = torch_file({key: np.asarray(array) for key, array in arrays.items()})
    with pytest.raises(UserError) as error:
        convert(source, tmp_path / "net.weights.h5", **keywords)
    assert words in str(error.value)
    assert {path.name for path in tmp_path.iterdir()} == {source.name}  # nothing is left behind


def test_a_torch_checkpoint_of_an_unknown_network(torch_file):
    path = torch_file({"patch_embed.proj.weight": np.ones((2, 3, 4, 4), "float32")})
    with pytest.raises(UserError, match="they look like a vision transformer"):
        identify(path)


@pytest.mark.parametrize(
    ("target", "words"), [("net.h5", "must end in .weights.h5"), ("no/net.weights.h5", "there is no folder")]
)
def test_where_to_write(caffe_file, tmp_path, target, words):
    with pytest.raises(UserError, match=words):
        convert(caffe_file, tmp_path / target)


def test_a_file_that_is_no_manifest_is_not_replaced(caffe_file, small_network, tmp_path):
    write_small(small_network, tmp_path / "net.weights.h5")
    check_place(tmp_path / "net.weights.h5")  # a manifest is replaced
    check_place(tmp_path / "other.weights.h5")
    (tmp_path / "flowers.json").write_text('["daisy", "rose"]')
    with pytest.raises(UserError, match=r"would replace .*flowers\.json, which is none .* choose another name"):
        convert(caffe_file, tmp_path / "flowers.weights.h5")
    assert (tmp_path / "flowers.json").read_text() == '["daisy", "rose"]'
    assert not (tmp_path / "flowers.weights.h5").exists()


def test_a_write_that_fails_leaves_the_old_file(small_network, tmp_path, monkeypatch):
    target = tmp_path / "net.weights.h5"
    target.write_bytes(b"old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "replace", fail)
    with pytest.raises(UserError, match="No space left"):
        write_small(small_network, target)
    assert target.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_a_manifest_of_other_bytes_is_not_believed(tmp_path):
    path = tmp_path / "net.weights.h5"
    path.write_bytes(b"weights")
    manifest = {"manifest": 1, "name": "vgg16", "options": {}, "classes": 2, "weights": {"sha256": "0"}}
    (tmp_path / "net.json").write_text(json.dumps(manifest))
    with pytest.raises(UserError, match="it lacks preprocessing"):
        read_manifest(path)


# -- Keras's files -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("googlenet", {}),
        ("googlenet_batchnorm", {"aux_heads": True}),
        ("resnet18", {}),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                ("googlenet_torchvision", {"include_top": False}),
                ("googlenet_slim", {"classes": 1001}),
                ("inception_v3", {"batch_scale": True, "pool_padding": "include"}),
                ("mobilenet_v2", {"classes": 5}),
                ("efficientnet_b0", {}),
            )
        ),
    ],
)
def test_out_and_in_again_is_bit_equal_and_identified(tmp_path, name, options):
    # auxiliary heads fit one size
    shape = {} if options.get("aux_heads") else {"input_shape": (96, 96, 3)}
    model = create_model(name, **shape, **options)
    path = tmp_path / "net.weights.h5"
    model.save_weights(path)
    keras.utils.clear_session()
    x = vectors.image(model.input_shape[1])[:1]
    expected = keras.tree.flatten(forward(model, x))
    with no_random_weights():
        again = create_model(name, **shape, **options)
        load_weights(again, path)
        assert all(np.array_equal(a, b) for a, b in zip(model.weights, again.weights, strict=True))
        for one, other in zip(expected, keras.tree.flatten(forward(again, x)), strict=True):
            np.testing.assert_array_equal(one, other)
    assert identify(path) == name


def test_vgg11_with_and_without_normalisation_are_told_apart(tmp_path):
    for name in ("vgg11", "vgg11_lrn"):
        create_model(name, include_top=False).save_weights(tmp_path / "net.weights.h5")
        assert identify(tmp_path / "net.weights.h5") == name


def test_a_file_of_no_published_form(tmp_path):
    create_model("googlenet", width=0.125).save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(UserError, match="57 convolutions, 1 dense layers and 0 batch normalisations"):
        identify(tmp_path / "net.weights.h5")


def build(**toggles):
    """A small network, with other toggles if given."""
    return create_model("googlenet", **{"width": 0.0625, "branches": ("1x1", "5x5"), "classes": 3, **toggles})


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A file of its weights."""
    path = tmp_path_factory.mktemp("small") / "small.weights.h5"
    build().save_weights(path)
    return path


@pytest.mark.parametrize(
    ("toggles", "words"),
    [
        ({"classes": 4}, "head_classifier has variables of the shapes (32, 4), (4,) in the model and (32, 3), (3,)"),
        ({"width": 0.125}, "conv1_7x7_s2 has"),
        ({"normalization": "batch"}, "belongs to another model"),
        ({"branch5": "3x3"}, "inception_3a_5x5 has"),
    ],
)
def test_a_weights_file_of_another_form_is_refused_before_anything_is_assigned(small, toggles, words):
    model = build(**toggles)
    before = [np.array(weight) for weight in model.weights]
    with pytest.raises(UserError) as error:
        load_weights(model, small)
    assert words in str(error.value) and small.name in str(error.value)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.weights, strict=True))


def test_another_rate_of_dropout_takes_the_same_weights(small):
    load_weights(build(dropout=0.0), small)


def test_a_weights_file_that_is_damaged(small, small_network, tmp_path):
    path, whole = tmp_path / "damaged.weights.h5", small.read_bytes()
    for content in (b"", whole[: len(whole) // 2], whole[:100], b"text", b"\x89HDF\r\n\x1a\n" + bytes(5000)):
        path.write_bytes(content)
        with pytest.raises(UserError, match="damaged.weights.h5"):
            load_weights(small_network, path)
    with pytest.raises(UserError, match="there is no file"):
        load_weights(small_network, path.with_name("none.weights.h5"))


# -- mishaps -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def resnet(torch_file):
    """A checkpoint with few classes, and a function that changes its arrays."""

    def write(**changes):
        arrays = vectors.state_dict("torchvision_resnet18")
        arrays |= {"fc.weight": arrays["fc.weight"][:3], "fc.bias": arrays["fc.bias"][:3], **changes}
        return torch_file(arrays)

    return write


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fc.bias": np.array([0, np.nan, 1], "float32")}, "fc.bias: not all of its values are finite: the checkpoint"),
        ({"fc.bias": np.array([0, 1e300, 1])}, "fc.bias: not all of its values are finite: they exceed float32"),
        ({"bn1.running_var": np.full(64, -1, "float32")}, "bn1.running_var: a variance is negative"),
    ],
)
def test_weights_that_are_no_numbers_are_refused(resnet, tmp_path, changes, words):
    with pytest.raises(UserError, match=words):
        convert(resnet(**changes), tmp_path / "net.weights.h5")


def test_a_checkpoint_with_its_own_classes_and_a_changed_file_that_is_not_one_without_a_manifest(resnet, tmp_path):
    target, names = tmp_path / "net.weights.h5", ["a", "b", "c"]
    manifest = convert(resnet(), target, class_names=names)
    assert (manifest["name"], manifest["classes"], manifest["class_names"]) == ("resnet18", 3, names)
    content = bytearray(target.read_bytes())
    content[len(content) // 2] ^= 1  # in the numbers
    target.write_bytes(content)
    for read in (read_manifest, identify):
        with pytest.raises(UserError, match=r"net\.weights\.h5 was changed after it was converted"):
            read(target)
    (tmp_path / "net.json").unlink()
    assert read_manifest(target) is None
    assert inspect_file(target)[:3] == ("resnet18", "keras weights", 3)


def test_class_names_that_control_a_terminal_are_refused(resnet, tmp_path):
    with pytest.raises(UserError, match="the name of class 1, 'b.x1b.2J', has control characters"):
        convert(resnet(), tmp_path / "net.weights.h5", class_names=["a", "b\x1b[2J", "c"])


def test_a_full_disk_is_one_line_and_leaves_nothing(small_network, tmp_path):
    """The limit on a file's size stands for it: the system refuses the write in the same place."""
    with _files_at_most(2**16), pytest.raises(UserError) as refusal:
        write_small(small_network, tmp_path / "net.weights.h5")
    assert "net.weights.h5 cannot be written: File too large" in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@contextlib.contextmanager
def _files_at_most(size: int):
    """Within it this process writes no larger file."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails, instead of ending the process
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)


OWN = {"input_shape": (64, 64, 3), "classes": 5, "width": 0.1, "classifier_activation": None}


@pytest.fixture(scope="module")
def torchvision_file(tmp_path_factory):
    """The weights of torchvision's GoogLeNet at a small size, with the manifest of `convert`."""
    path = tmp_path_factory.mktemp("converted") / "googlenet.weights.h5"
    model = create_model("googlenet_torchvision", **OWN)
    preprocessing = Preprocessing("tf", resize=80, crop=64)
    write_converted(model, path, "googlenet_torchvision", preprocessing, {"file": "a.pth"}, options={"width": 0.1})
    return path


@pytest.mark.parametrize(
    ("toggles", "words"),
    [
        ({"pool4": "3x3"}, "pool4='2x2'; this one has pool4='3x3'"),
        ({"stem_padding": "same"}, "stem_padding='explicit'; this one has stem_padding='same'"),
        ({"logit_scale": 0.1}, "logit_scale=1.0; this one has logit_scale=0.1"),
        ({"head": "conv"}, "head='gap'; this one has head='conv'"),
    ],
)
def test_a_file_that_fits_another_network_is_loaded_with_a_warning(torchvision_file, toggles, words):
    """Neither names nor shapes of the weights differ, but the outputs do."""
    with pytest.warns(UserWarning, match=re.escape(f"was converted for a network with {words}, so its outputs are")):
        create_model("googlenet_torchvision", weights=torchvision_file, **OWN, **toggles)
    preset = {"preset": "torchvision", **toggles}
    with pytest.warns(UserWarning, match=re.escape(words)):
        GoogLeNet(weights=str(torchvision_file), **OWN, **preset)


@pytest.mark.parametrize("toggles", [{}, {"dropout": 0.5, "batch_momentum": 0.5, "initializer": "xavier"}])
def test_a_file_of_this_network_is_loaded_without_a_word(torchvision_file, toggles):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        create_model("googlenet_torchvision", weights=torchvision_file, **OWN, **toggles)
