"""Parameters and inputs made by the recipe of `golden/vectors/README.md`, and the expected outputs stored there."""

import json
import zlib

import numpy as np

from tests.support.paths import GOLDEN

VECTORS = GOLDEN / "vectors"


def generator(text: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(text.encode()))


def load(name: str) -> dict[str, np.ndarray]:
    """Returns the expected outputs by name."""
    with np.load(VECTORS / f"{name}.npz") as file:
        return dict(file)


def shapes(name: str) -> dict:
    return json.loads((VECTORS / f"{name}.keys.json").read_text())


def state_dict(name: str, *, without: str | None = None) -> dict[str, np.ndarray]:
    """Returns the parameters of a torch file by key, but for keys that begin with `without`."""
    return {key: _parameter(key, tuple(shape)) for key, shape in _kept(name, without)}


def _parameter(key: str, shape: tuple[int, ...]) -> np.ndarray:
    random = generator(f"public/{key}")
    if key.endswith("running_var"):
        array = random.uniform(0.5, 1.5, shape)
    elif key.endswith("num_batches_tracked"):
        return np.zeros(shape, "int64")
    elif len(shape) == 1:
        array = random.uniform(0.5, 1.5, shape) if key.endswith("weight") else random.normal(0, 0.1, shape)
    else:
        array = random.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    return array.astype("float32")


def _kept(name: str, without: str | None) -> list[tuple]:
    return [(key, shape) for key, shape in shapes(name).items() if without is None or not key.startswith(without)]


def blobs(name: str, *, without: str | None = None) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns the (weight, bias) of each layer of a Caffe file, but for layers that begin with `without`."""
    made = {}
    for layer, shape in _kept(name, without):
        scale = np.sqrt(2 / np.prod(shape["weight"][1:]))
        weight = generator(f"public/{layer}/weight").normal(0, scale, shape["weight"])
        bias = generator(f"public/{layer}/bias").normal(0, 0.1, shape["bias"])
        made[layer] = weight.astype("float32"), bias.astype("float32")
    return made


def image(size: int, scale: float = 1.0) -> np.ndarray:
    return generator("public/input").normal(0, scale, (2, size, size, 3)).astype("float32")


def sized(name: str) -> dict[tuple[int, int], np.ndarray]:
    """Expected outputs for `image_of` other sizes, by (height, width)."""
    return {tuple(map(int, key.split("x"))): value for key, value in load(f"sizes/{name}").items()}


def image_of(height: int, width: int, scale: float = 1.0) -> np.ndarray:
    random = generator(f"public/input/{height}x{width}")
    return random.normal(0, scale, (1, height, width, 3)).astype("float32")


def ratio(got, expected: np.ndarray) -> float:
    """Returns the greatest absolute difference in standard deviations of `expected`."""
    return float(np.abs(np.asarray(got) - expected).max() / expected.std())
