"""NumPy's arrays in pickles are read without a function of NumPy."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from inception_keras import UserError
from inception_keras.weights import read_checkpoint
from inception_keras.weights.pickled_arrays import Array, with_arrays
from inception_keras.weights.pickles import harmless_globals

WEIGHT = np.arange(24, dtype="float32").reshape(2, 3, 4)


class Unpickler(pickle.Unpickler):
    """Takes the stand-ins alone, as torch's own does."""

    def find_class(self, module, name):
        if (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        return {named: one for one, named in harmless_globals()}[f"{module}.{name}"]


def unpickled(content: bytes):
    return with_arrays(Unpickler(io.BytesIO(content)).load())


# -- hostile files -----------------------------------------------------------------------------------------------------

DTYPE, ARRAY = b"d", b"a"  # numbers in the memo, larger than those of `push`


def push(value) -> bytes:
    """The instructions that put a value on the stack."""
    return pickle.dumps(value, 2)[2:-1]


def kind(code: str) -> bytes:
    return b"cnumpy\ndtype\n" + push((code, False, True)) + b"R" + b"q" + DTYPE


def array(shape: tuple, content, *, columns_first=False) -> bytes:
    """An array of the type that `kind` has put into the memo."""
    empty = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + push((0,)) + push(b"b") + b"\x87R"
    state = b"(" + push(1) + push(shape) + b"h" + DTYPE + push(columns_first) + push(content) + b"t"
    return empty + state + b"bq" + ARRAY


def pickled(**values: bytes) -> bytes:
    """The pickle of a dict of values that are instructions."""
    return b"\x80\x02}(" + b"".join(push(name) + value for name, value in values.items()) + b"u."


def grown() -> bytes:
    """A type of 8 bytes, an array of 4 such texts, the type again with 2**28 bytes, and a view of 2**28 bytes."""
    larger = b"h" + DTYPE + push((3, "|", None, None, None, 2**28, 1, 0)) + b"b"
    view = b"cnumpy\nndarray\n(" + push((2**26,)) + push("<f4") + b"h" + ARRAY + b"tR"
    return pickled(kind=kind("S8"), array=array((4,), bytes(32)), larger=larger, weight=view)


def short(shape: tuple = (2**26,), content=bytes(32)) -> bytes:
    return pickled(kind=kind("f4"), weight=array(shape, content))


def written(path, pickle: bytes):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("net/data.pkl", pickle)
        archive.writestr("net/byteorder", "little")
        archive.writestr("net/version", "3\n")
    return path


def test_an_array_beyond_its_memory_is_refused(tmp_path):
    pytest.importorskip("torch")
    with pytest.raises(UserError, match=r"^net\.pth is a pickle of more than arrays.*it calls numpy\.ndarray[^\n]*$"):
        read_checkpoint(written(tmp_path / "net.pth", grown()))


def test_numpys_class_of_arrays_is_never_called():
    for call in (b"R", b"\x81"):
        with pytest.raises(pickle.UnpicklingError, match=r"calls numpy\.ndarray"):
            unpickled(pickled(weight=b"cnumpy\nndarray\n" + push(((2,), "<f4")) + call))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (short(), r"of the shape \(67108864,\) and the type f4 has 32 bytes"),
        (short((-2, -4)), "has no shape"),
        (short((2.0, 4)), "has no shape"),
        (short((1,) * 33), "has no shape"),
        (short((0, 2**62, 2**62), ""), "."),
        (short((8,), [1.0] * 8), "has a list"),
        (short((8,), "é" * 32), "has 64 bytes"),
        (pickled(weight=array((0,), b"").partition(b"(")[0]), "has no type"),
    ],
    ids=["too few bytes", "negative", "fractions", "33 axes", "too long", "a list", "a text", "nothing"],
)
def test_an_array_that_is_none(content, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        unpickled(content)
    pytest.importorskip("torch")
    with pytest.raises(UserError, match=r"^net\.pth is a torch checkpoint that is cut short or damaged"):
        read_checkpoint(written(tmp_path / "net.pth", content))


def test_arrays_count_as_what_the_file_unpacks_to(tmp_path):
    torch = pytest.importorskip("torch")
    weight = np.zeros(2**17, "float32")
    torch.save({f"layer{number}.weight": weight for number in range(100)}, tmp_path / "net.pth")
    with pytest.raises(UserError, match="but unpacks to 52,428,800"):
        read_checkpoint(tmp_path / "net.pth")
    torch.save([(f"layer{number}.weight", weight) for number in range(100)], tmp_path / "net.pth")
    with pytest.raises(UserError, match="but unpacks to 52,428,800"):
        read_checkpoint(tmp_path / "net.pth")


# -- files of training scripts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["?", "i1", "u2", "<i4", ">i8", "f2", "<f4", ">f4", ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_every_type_of_number(code, order):
    expected = np.asarray(WEIGHT.astype(code), order=order)
    got = unpickled(pickle.dumps({"weight": expected}, 2))["weight"]
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


def test_numbers_and_places():
    half = np.float32(0.5)
    content = {"half": half, "in": {"it": (WEIGHT, [WEIGHT])}, "pairs": [("fc.weight", WEIGHT)]}
    got = unpickled(pickle.dumps(content, 2))
    assert got["half"] == half and got["half"].dtype == "float32"
    assert unpickled(short((0, 3), ""))["weight"].shape == (0, 3)
    for array_ in (*got["in"]["it"][:1], got["in"]["it"][1][0], got["pairs"][0][1]):
        np.testing.assert_array_equal(array_, WEIGHT)
    np.testing.assert_array_equal(unpickled(pickle.dumps(WEIGHT, 2)), WEIGHT)


def test_the_bytes_of_python_2():
    zeros = b"U\x08" + bytes(8)  # SHORT_BINSTRING, which torch decodes as UTF-8
    content = short((2,), b"").replace(push(b""), zeros)
    assert content != short((2,), b"")
    np.testing.assert_array_equal(unpickled(content)["weight"], np.zeros(2))


def test_texts_and_objects_are_no_arrays():
    content = {"names": np.array(["cat", "dog"]), "mixed": np.array([{}, None]), "name": np.str_("mine")}
    assert all(isinstance(one, Array) for one in unpickled(pickle.dumps(content, 2)).values())


@pytest.mark.parametrize("zipped", [True, False])
def test_pairs_of_names_and_arrays(zipped, tmp_path):
    torch = pytest.importorskip("torch")
    torch.save([("fc.weight", WEIGHT)], tmp_path / "net.pth", _use_new_zipfile_serialization=zipped)
    np.testing.assert_array_equal(read_checkpoint(tmp_path / "net.pth").arrays["fc.weight"], WEIGHT)
