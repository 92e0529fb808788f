"""TF-slim's checkpoints: read, told apart, and computing what slim computes, from the address to the logits."""

import tarfile

import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.graph.without_weights import without_weights
from inception_keras.weights import by_name, convert, from_slim, inspect_file, read_checkpoint, read_manifest
from inception_keras.weights.archives import unpacked
from tests.support.forward import forward, no_random_weights

pytest.importorskip("tensorflow")
from tests.support import slim_large_nets, slim_nets

NETS = {
    "googlenet_slim": (slim_nets.inception_v1, "inception_v1.ckpt", 64, {}),
    "inception_v2_slim": (slim_nets.inception_v2, "inception_v2.ckpt", 64, {}),
    # with a last map of 2x2, where the place of a kernel of 1x3 counts
    "inception_v3": (slim_large_nets.inception_v3, "inception_v3.ckpt", 107, {}),
    "inception_v4": (slim_large_nets.inception_v4, "inception_v4.ckpt", 107, {"batch_scale": False}),
    "inception_resnet_v2": (slim_large_nets.inception_resnet_v2, "inception_resnet_v2_2016_08_30.ckpt", 107, {}),
}
QUICK = {"googlenet_slim", "inception_v2_slim"}
CASES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in NETS]


@pytest.fixture(scope="module")
def v1(tmp_path_factory):
    """A checkpoint of Inception v1 with what a training keeps beside it; its variables, an image and the logits."""
    variables, image = slim_nets.Variables(), picture(64)
    logits = slim_nets.inception_v1(variables, image).numpy()
    training = {
        "global_step": np.int64(7),
        "InceptionV1/Conv2d_1a_7x7/weights/RMSProp_1": np.zeros((7, 7, 3, 64), "f4"),
    }
    path = tmp_path_factory.mktemp("slim") / "inception_v1.ckpt"
    slim_nets.write_checkpoint(path, {**variables, **training})
    return path, dict(variables), image, logits


def picture(side: int) -> np.ndarray:
    return np.random.default_rng(1).uniform(-1, 1, (1, side, side, 3)).astype("float32")


@pytest.mark.parametrize("name", CASES)
def test_published_checkpoints_compute_what_slim_computes(name, publish, server, tmp_path):
    net, file, side, options = NETS[name]
    variables, image = slim_nets.Variables(), picture(side)
    expected = net(variables, image).numpy()[:, 1:]  # without the background
    row = publish(name, "slim", slim_nets.packed(slim_nets.write_checkpoint(tmp_path / file, variables)))
    arguments = {"input_shape": (side, side, 3), "classifier_activation": None}
    model = create_model(name, weights="slim", **arguments, **options)
    logits = forward(model, image)
    assert logits.shape == (1, 1000)
    assert np.abs(logits - expected).max() < 1e-3 * expected.std()
    source = read_manifest(by_name.fetch(row))["source"]  # from the cache
    assert (source["file"], source["sha256"]) == (row.name, row.checksum.digits) and len(server.asked) == 1


def test_a_checkpoint_is_read_without_what_belongs_to_its_training(v1):
    path, variables, _, _ = v1
    checkpoint = read_checkpoint(path)
    assert (checkpoint.kind, checkpoint.framework) == ("tensorflow", "slim")
    assert checkpoint.arrays.keys() == variables.keys()
    np.testing.assert_array_equal(
        checkpoint.arrays["InceptionV1/Conv2d_1a_7x7/weights"], variables["InceptionV1/Conv2d_1a_7x7/weights"]
    )
    assert inspect_file(path)[:3] == ("googlenet_slim", "tensorflow", 1001)


def test_a_checkpoint_of_today_and_a_moving_average(v1, tmp_path):
    import tensorflow as tf

    _, variables, _, _ = v1
    averages = {f"{name}/ExponentialMovingAverage": array + 1 for name, array in variables.items()}
    names, arrays = zip(*({**variables, **averages}).items(), strict=True)
    tf.raw_ops.SaveV2(
        prefix=str(tmp_path / "model.ckpt-7"), tensor_names=names, shape_and_slices=[""] * len(names), tensors=arrays
    )
    path = tmp_path / "model.ckpt-7.index"
    key = "InceptionV1/Logits/Conv2d_0c_1x1/biases"
    np.testing.assert_array_equal(read_checkpoint(path).arrays[key], variables[key])
    np.testing.assert_array_equal(read_checkpoint(path, ema=True).arrays[key], variables[key] + 1)
    with pytest.raises(UserError, match="give the .index file beside it"):
        read_checkpoint(tmp_path / "model.ckpt-7.data-00000-of-00001")


def test_all_1001_classes_can_be_kept(v1, tmp_path):
    path, variables, image, logits = v1
    manifest = convert(path, tmp_path / "g.weights.h5", classes=1001)
    assert manifest["classes"] == 1001 and manifest["preprocessing"]["mode"] == "tf"
    arguments = {"classes": 1001, "input_shape": (64, 64, 3), "classifier_activation": None}
    with no_random_weights():
        model = from_slim(create_model("googlenet_slim", **arguments), variables)
        assert np.abs(forward(model, image) - logits).max() < 1e-3 * logits.std()
    with pytest.raises(UserError, match="classes=1001 keeps all of them, classes=1000 drops it"):
        convert(path, tmp_path / "h.weights.h5")


@pytest.mark.parametrize("scope", ["Flowers/Conv2d_1x1", "InceptionV1/Logits/Flowers"])
@pytest.mark.parametrize("matrix", [False, True])
def test_a_replaced_classifier(v1, tmp_path, scope, matrix):
    _, variables, _, _ = v1
    old = "InceptionV1/Logits/Conv2d_0c_1x1/"
    arrays = {key: array for key, array in variables.items() if not key.startswith(old)}
    kernel, bias = variables[f"{old}weights"][..., :5], np.arange(5, dtype="float32")
    arrays |= {f"{scope}/weights": kernel[0, 0] if matrix else kernel, f"{scope}/biases": bias}
    path = slim_nets.write_checkpoint(tmp_path / "flowers.ckpt", arrays)
    with pytest.raises(UserError, match=f"--head {scope}"):
        convert(path, tmp_path / "f.weights.h5")
    assert convert(path, tmp_path / "f.weights.h5", head=scope)["classes"] == 5
    model = create_model("googlenet_slim", classes=5, input_shape=(64, 64, 3), weights=tmp_path / "f.weights.h5")
    layer = model.get_layer("head_classifier")
    np.testing.assert_array_equal(np.array(layer.kernel).reshape(-1, 5), kernel[0, 0])
    np.testing.assert_array_equal(np.array(layer.bias), bias)


def test_a_checkpoint_whose_name_is_a_pattern(v1, tmp_path):
    import tensorflow as tf

    _, variables, _, _ = v1
    names, arrays = zip(*variables.items(), strict=True)
    (tmp_path / "runs [a-z]").mkdir()
    prefix = str(tmp_path / "runs [a-z]" / "run[1].ckpt-7")
    tf.raw_ops.SaveV2(prefix=prefix, tensor_names=names, shape_and_slices=[""] * len(names), tensors=arrays)
    assert read_checkpoint(f"{prefix}.index").arrays.keys() == variables.keys()
    single = slim_nets.write_checkpoint(tmp_path / "run[1].ckpt", variables)
    assert read_checkpoint(single).arrays.keys() == variables.keys()


def test_a_variable_that_is_missing_is_named(v1):
    _, variables, _, _ = v1
    with without_weights():
        model = create_model("googlenet_slim", classes=1001, input_shape=(64, 64, 3))
    less = {
        key: array for key, array in variables.items() if key != "InceptionV1/Mixed_5b/Branch_2/Conv2d_0a_3x3/weights"
    }
    with pytest.raises(UserError, match="Mixed_5b/Branch_2/Conv2d_0a_3x3/weights is missing, for inception_5a_5x5"):
        from_slim(model, less)


def test_a_checkpoint_without_averages_has_none(v1):
    with pytest.raises(UserError, match="holds no moving average"):
        read_checkpoint(v1[0], ema=True)


def test_a_damaged_checkpoint_is_one_line(v1, tmp_path):
    content = bytearray(v1[0].read_bytes())
    content[1000:-100] = bytes(len(content) - 1100)
    (tmp_path / "a.ckpt").write_bytes(content)
    with pytest.raises(UserError, match="cut short or damaged") as error:
        read_checkpoint(tmp_path / "a.ckpt")
    assert "\n" not in str(error.value)


def test_a_flipped_byte_in_an_archive_is_one_line_or_changes_nothing(tmp_path):
    content = np.random.default_rng(0).bytes(3000)
    (tmp_path / "a.ckpt").write_bytes(content)
    with tarfile.open(tmp_path / "net.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "a.ckpt", "a.ckpt")
    whole = (tmp_path / "net.tar.gz").read_bytes()
    body = whole.index(b"\0", 10) + 1  # after the header, which has the file's name
    refused = 0
    for place in range(body, len(whole), 7):
        (tmp_path / "net.tar.gz").write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        try:
            with unpacked(tmp_path / "net.tar.gz") as checkpoint:
                assert checkpoint.read_bytes() == content  # some bits of gzip mean nothing
        except UserError as error:
            refused += "a gzip archive that is damaged" in str(error)
    assert refused > 400


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "holds 0 checkpoints"),
        (("a.ckpt", "b.ckpt"), "holds 2 checkpoints"),
        (("a.ckpt",), "a.ckpt is not a checkpoint of a supported format: it looks like JSON"),
    ],
)
def test_an_archive_without_one_checkpoint_is_one_line(names, words, tmp_path):
    with tarfile.open(tmp_path / "net.tar.gz", "w:gz") as archive:
        for name in (*names, "readme.txt"):
            (tmp_path / name).write_text("{}")
            archive.add(tmp_path / name, name)
    with pytest.raises(UserError, match=words):
        read_checkpoint(tmp_path / "net.tar.gz")
