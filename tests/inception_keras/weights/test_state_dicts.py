"""What people have of a torch network comes out as the same arrays, from a file and from memory."""

import argparse
import collections
import pathlib
import sys
import types

import ml_dtypes
import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.weights import convert, from_torch, read_checkpoint
from inception_keras.weights.state_dicts import normalise
from tests.support import vectors

ARRAYS = {
    "conv1.weight": np.arange(54, dtype="float32").reshape(2, 3, 3, 3),
    "layer1.0.bn1.bias": np.array([1, -2], "float32"),
    "fc.bias": np.array([3, 4], "float32"),
}
OTHERS = {key: -array for key, array in ARRAYS.items()}


def under(prefix: str, arrays=ARRAYS) -> dict:
    return {prefix + key: array for key, array in arrays.items()}


def same(got, expected=ARRAYS) -> bool:
    return got.keys() == expected.keys() and all(np.array_equal(got[key], expected[key]) for key in got)


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture(scope="module")
def resnet18():
    return vectors.state_dict("torchvision_resnet18")


# -- prefixes and wrappers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "module.",
        "_orig_mod.",
        "model.",
        "backbone.",
        "module._orig_mod.",
        "model._orig_mod.module.",
        "net.encoder.",
    ],
)
def test_prefixes(prefix):
    found = normalise(under(prefix))
    assert same(found.arrays) and not found.averaged


def test_a_prefix_that_the_head_has_not():
    content = {**under("backbone.", {k: a for k, a in ARRAYS.items() if k != "fc.bias"}), "fc.bias": ARRAYS["fc.bias"]}
    assert same(normalise(content).arrays)


def test_a_compiled_part_of_a_network():
    assert same(normalise({key.replace("layer1.", "layer1._orig_mod."): a for key, a in ARRAYS.items()}).arrays)


def test_names_of_a_table_are_no_prefix():
    trunk = {"features.0.weight": np.ones((2, 3, 3, 3)), "features.0.bias": np.ones(2)}
    assert same(normalise(trunk).arrays, trunk)


@pytest.mark.parametrize("wrapper", ["state_dict", "model_state_dict", "model", "net", "whatever", "weights"])
def test_dictionaries_around_the_weights(wrapper):
    content = {
        wrapper: under("module."),
        "acc": np.float64(0.9),
        "best_acc1": np.array(0.9),
        "epoch": 3,
        "class_weights": np.ones(10),
        "optimizer": {"state": {0: {"exp_avg": np.ones(3)}}, "param_groups": [{}]},
        "scheduler": {"values": np.ones(3)},
        "args": argparse.Namespace(lr=0.1),
    }
    found = normalise(content)
    assert same(found.arrays) and found.place == f"{wrapper}: module."


def test_settings_beside_the_weights():
    assert same(
        normalise({**ARRAYS, "epoch": 3, "name": "resnet", "layer1.0.bn1.num_batches_tracked": np.array(1)}).arrays
    )


def test_pairs_and_a_module():
    assert same(normalise(iter(ARRAYS.items())).arrays)
    assert same(normalise(types.SimpleNamespace(state_dict=lambda: ARRAYS)).arrays)
    assert same(normalise({"model": types.SimpleNamespace(state_dict=lambda: ARRAYS), "epoch": 1}).arrays)


@pytest.mark.parametrize("pair", [([1, 2], 0), (np.ones(3), 0), (0, np.ones(3)), ("cat", 0, 1)])
def test_pairs_without_names_are_no_weights(pair):
    with pytest.raises(UserError, match="it must be a mapping of names to arrays; got list of length 2"):
        normalise([pair, pair])


# -- moving averages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"state_dict": ARRAYS, "state_dict_ema": OTHERS}, "state_dict_ema"),
        ({"model": ARRAYS, "model_ema": under("module.", OTHERS)}, "model_ema: module."),
        ({"net": ARRAYS, "ema": OTHERS}, "ema"),
        ({"state_dict": {**under("model."), **under("ema_model.module.", OTHERS)}}, "state_dict: ema_model.module."),
        ({"model": ARRAYS, "averaged": {**under("module.", OTHERS), "n_averaged": np.array(3)}}, "averaged: module."),
    ],
)
def test_a_moving_average_is_taken_on_request(content, place):
    plain, ema = normalise(content), normalise(content, ema=True)
    assert same(plain.arrays) and not plain.averaged and plain.others == (place,)
    assert same(ema.arrays, OTHERS) and ema.averaged and ema.place == place


def test_a_moving_average_alone_is_said_to_be_one():
    found = normalise({**under("module."), "n_averaged": np.array(3)})
    assert same(found.arrays) and found.averaged
    with pytest.raises(UserError, match=r"holds no moving average \(EMA\), only state_dict: drop ema"):
        normalise({"state_dict": ARRAYS}, ema=True)


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "is empty"),
        ({"epoch": 3}, "holds no state_dict: it is a dict with the keys epoch"),
        ([1, 2], "holds no state_dict"),
        (3, "mapping of names to arrays"),
        ({"student": ARRAYS, "teacher": OTHERS}, "several networks (student, teacher)"),
        ({**under("query."), **under("key.")}, "conv1.weight occurs with more than one of the prefixes query., key."),
    ],
)
def test_what_can_not_be_told(content, words):
    with pytest.raises(UserError) as error:
        normalise(content)
    assert words in str(error.value)


def test_of_several_networks_the_one_of_the_zoo_is_taken(resnet18):
    content = {"generator": {"up.weight": np.ones((2, 2))}, "classifier": resnet18}
    assert normalise(content).place == "classifier"


# -- float types -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["float16", "float64", ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn])
def test_float_types(resnet18, kind):
    arrays = {key: array.astype(kind) for key, array in resnet18.items()}
    model = create_model("resnet18", input_shape=(32, 32, 3))
    from_torch(model, arrays)
    expected = arrays["fc.bias"].astype("float32")
    np.testing.assert_array_equal(np.array(model.get_layer("head_classifier").bias), expected)


def test_safetensors_in_few_bits(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    arrays = {"fc.bias": np.array([1.5, -2], ml_dtypes.bfloat16)}
    library.save_file(arrays, tmp_path / "net.safetensors")
    assert same(read_checkpoint(tmp_path / "net.safetensors").arrays, arrays)
    library.save_file({"fc.bias": arrays["fc.bias"].astype(ml_dtypes.float8_e4m3fn)}, tmp_path / "net.safetensors")
    with pytest.raises(UserError, match=r"net\.safetensors: fc\.bias is of the type"):
        read_checkpoint(tmp_path / "net.safetensors")


@pytest.mark.parametrize(
    ("leaf", "words"),
    [
        ({"epoch": 3}, "more than 10,000 dictionaries in dictionaries"),
        (ARRAYS, "more than 1,000 dictionaries with arr"),
    ],
)
def test_a_dictionary_in_a_million_places(leaf, words):
    for _ in range(3):
        leaf = {f"a{number}": leaf for number in range(100)}
    with pytest.raises(UserError, match=f"net.pth holds {words}"):
        normalise(leaf, "net.pth")


# -- torch itself ------------------------------------------------------------------------------------------------------


def tensors(torch, arrays):
    return {key: torch.from_numpy(np.array(array)) for key, array in arrays.items()}


def test_tensors_of_every_kind(torch):
    network = torch.nn.Sequential(collections.OrderedDict(fc=torch.nn.Linear(2, 3).bfloat16()))
    expected = {f"fc.{key}": value.detach().float().numpy() for key, value in network.fc.named_parameters()}
    for content in (
        network,
        network.state_dict(),
        network.named_parameters(),
        dict(network.named_parameters()),
        torch.nn.DataParallel(network).state_dict(),
        torch.optim.swa_utils.AveragedModel(network).state_dict(),
    ):
        assert same(normalise(content).arrays, expected)


def test_a_tensor_without_numbers(torch):
    with pytest.raises(UserError, match=r"fc\.weight is a tensor that is no plain array"):
        normalise({"fc.weight": torch.empty(2, 2, device="meta")})


def stands_for(monkeypatch, name: str, base=object):
    """A class that pickles as `name`, of a program that is not installed."""
    module, _, title = name.rpartition(".")
    for part in [module[:place] for place, sign in enumerate(module) if sign == "."] + [module]:
        if part not in sys.modules:
            monkeypatch.setitem(sys.modules, part, types.ModuleType(part))
    kind = type(title, (base,), {"__module__": module})
    setattr(sys.modules[module], title, kind)
    return kind


def test_lightning(torch, tmp_path, monkeypatch):
    settings = stands_for(monkeypatch, "pytorch_lightning.utilities.parsing.AttributeDict", dict)
    content = {
        "epoch": 3,
        "global_step": 100,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": tensors(torch, under("model.")),
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": {"total": {"ready": 4}}}},
        "callbacks": {"ModelCheckpoint{'monitor': 'acc'}": {"best_model_score": torch.tensor(0.9), "dirpath": "/a"}},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 0.1}]}],
        "lr_schedulers": [{"last_epoch": 3}],
        "hparams_name": "kwargs",
        "hyper_parameters": settings({"lr": 0.1, "args": argparse.Namespace(data=pathlib.Path("/data"))}),
    }
    torch.save(content, tmp_path / "last.ckpt")
    checkpoint = read_checkpoint(tmp_path / "last.ckpt")
    assert same(checkpoint.arrays) and checkpoint.place == "state_dict: model."


@pytest.mark.parametrize("zipped", [True, False])
def test_settings_in_a_pickle(torch, tmp_path, zipped):
    content = {
        "net": tensors(torch, ARRAYS),
        "args": argparse.Namespace(lr=0.1, out=pathlib.Path("out"), nested=types.SimpleNamespace(a=1)),
        "acc": np.float64(0.9),
        "top5": np.float32(0.9),
        "step": np.int64(3),
        "name": np.str_("mine"),
        "curve": np.ones((2, 3)),
        "log": collections.defaultdict(list, loss=[1.0, 2.0]),
        "seen": {1, 2},
    }
    torch.save(content, tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    assert same(read_checkpoint(tmp_path / "net.pth").arrays)


def test_arrays_in_a_pickle(torch, tmp_path):
    torch.save({"state_dict": ARRAYS}, tmp_path / "net.pth")
    assert same(read_checkpoint(tmp_path / "net.pth").arrays)


def test_tensors_in_a_million_places_are_looked_at_once(torch, tmp_path):
    shared: object = argparse.Namespace()  # so that torch reads the file
    for _ in range(4):
        shared = {f"a{number}": shared for number in range(100)}
    torch.save({"net": tensors(torch, ARRAYS), "hyper": shared}, tmp_path / "net.pth")
    assert same(read_checkpoint(tmp_path / "net.pth").arrays)


# -- converting --------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    library = pytest.importorskip("safetensors.numpy")

    def write(arrays):
        library.save_file({key: np.asarray(array) for key, array in arrays.items()}, tmp_path / "net.safetensors")
        return tmp_path / "net.safetensors"

    return write


def test_the_manifest_names_the_moving_average(file, resnet18, tmp_path):
    average = {key: array * 2 for key, array in resnet18.items()}
    source = file({**under("model.", resnet18), **under("ema_model.module.", average)})
    told = convert(source, tmp_path / "a.weights.h5")["source"]
    assert (told["place"], told["moving_average"], told["other_weights"]) == ("model.", False, ["ema_model.module."])
    told = convert(source, tmp_path / "b.weights.h5", ema=True)["source"]
    assert (told["place"], told["moving_average"], told["other_weights"]) == ("ema_model.module.", True, ["model."])
    model = create_model("resnet18", weights=tmp_path / "b.weights.h5")
    np.testing.assert_array_equal(np.array(model.get_layer("head_classifier").bias), average["fc.bias"])


@pytest.mark.parametrize(("name", "asked"), [("fc.1", "fc.1"), ("head", "head"), ("model.fc.1", "model.fc.1")])
def test_a_replaced_head(file, resnet18, tmp_path, name, asked):
    arrays = {key: array for key, array in resnet18.items() if not key.startswith("fc.")}
    weight, bias = np.ones((3, 512), "float32"), np.array([1, 2, 3], "float32")
    if name.startswith("model."):
        arrays = under("model.", arrays)
    source = file({**arrays, f"{name}.weight": weight, f"{name}.bias": bias})
    with pytest.raises(UserError, match=f"--head {name.removeprefix('model.')}"):
        convert(source, tmp_path / "a.weights.h5")
    manifest = convert(source, tmp_path / "a.weights.h5", head=asked)
    assert (manifest["name"], manifest["classes"]) == ("resnet18", 3)
    model = create_model("resnet18", classes=3, weights=tmp_path / "a.weights.h5")
    np.testing.assert_array_equal(np.array(model.get_layer("head_classifier").bias), bias)


@pytest.mark.parametrize(
    ("head", "words"), [("fd", "no arrays of a layer 'fd'"), ("layer4", "one layer with a weight and a bias")]
)
def test_a_head_that_is_none(resnet18, head, words):
    with pytest.raises(UserError, match=words):
        from_torch(create_model("resnet18"), resnet18, head=head)


def test_arrays_that_are_no_part_of_the_network(file, resnet18, tmp_path):
    source = file({**under("model.", resnet18), "criterion.weight": np.ones(1000, "float32")})
    with pytest.raises(UserError, match=r"1 array is left over, criterion\.weight first.*--ignore criterion"):
        convert(source, tmp_path / "a.weights.h5")
    manifest = convert(source, tmp_path / "a.weights.h5", ignore=["criterion"])
    assert manifest["source"]["left_out"] == ["criterion"]
