"""Synthetic images prepared as TFDS prepares ImageNet: the same name, version, features, splits and class names."""

import io
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds
from PIL import Image

LABELS = Path(tfds.__file__).parent / "datasets" / "imagenet2012" / "labels.txt"


def jpeg(seed: int, mode: str = "RGB", width: int | None = None, height: int | None = None) -> bytes:
    """A JPEG of a gradient with some noise, light for odd seeds, dark for even ones; by default each side is random."""
    generator = np.random.default_rng(seed)
    width, height = width or int(generator.integers(60, 140)), height or int(generator.integers(60, 140))
    channels = len(mode) if mode != "L" else 1
    gradient = np.add.outer(np.linspace(0, 60, height), np.linspace(0, 60, width))[..., None] + 130 * (seed % 2)
    noise = generator.integers(0, 10, (height, width, channels))
    pixels = (gradient + noise).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if mode == "L" else pixels, mode).save(file, "JPEG", quality=90)
    return file.getvalue()


def noise(seed: int, width: int = 1000, height: int = 750) -> bytes:
    """A JPEG that does not compress well: over 300 kB."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=60)
    return file.getvalue()


def prepare(root: Path, splits: dict[str, list[tuple[bytes, int]]], **download_config) -> Path:
    """Prepares `imagenet2012/5.1.0` under `root` as ArrayRecord; returns the directory of the version.

    Args:
        root: The data directory.
        splits: By name of the split, the encoded image and label of each example.
        **download_config: Arguments of TFDS's `DownloadConfig`, such as `num_shards`.
    """
    with tfds.core.registered.skip_registration():

        class Imagenet2012(tfds.core.GeneratorBasedBuilder):
            VERSION = tfds.core.Version("5.1.0")

            def _info(self):
                features = {
                    "image": tfds.features.Image(encoding_format="jpeg"),
                    "label": tfds.features.ClassLabel(names_file=str(LABELS)),
                    "file_name": tfds.features.Text(),
                }
                return tfds.core.DatasetInfo(
                    builder=self,
                    description="Synthetic images in the layout of ImageNet.",
                    features=tfds.features.FeaturesDict(features),
                    supervised_keys=("image", "label"),
                )

            def _split_generators(self, dl_manager):
                return {name: self._generate_examples(examples) for name, examples in splits.items()}

            def _generate_examples(self, examples):
                for number, (encoded, label) in enumerate(examples):
                    name = f"n{number:08d}.JPEG"
                    yield name, {"image": io.BytesIO(encoded), "label": label, "file_name": name}

    builder = Imagenet2012(data_dir=root, file_format="array_record")
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(**download_config))
    return Path(builder.data_dir)


def small(root: Path) -> Path:
    """200 training (one grey, one CMYK), 40 validation and 8 unlabelled test images of 10 of the 1,000 classes."""
    train = [(jpeg(n), n % 10) for n in range(200)]
    train[0], train[1] = (jpeg(0, "L"), 0), (jpeg(1, "CMYK"), 1)
    return prepare(
        root,
        {
            "train": train,
            "validation": [(jpeg(1000 + n), n % 10) for n in range(40)],
            "test": [(jpeg(2000 + n), -1) for n in range(8)],
        },
        num_shards=3,
    )
