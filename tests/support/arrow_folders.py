"""Folders as `save_to_disk` of Hugging Face's `datasets` writes them."""

import io
import json

import numpy as np
import pyarrow
from PIL import Image

IMAGE = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
FEATURES = {"image": {"_type": "Image"}, "label": {"_type": "ClassLabel", "names": ["ash", "oak"]}}


def png(value, shape=(8, 8, 3)):
    file = io.BytesIO()
    array = np.full(shape, value, np.uint8)
    Image.fromarray(array[..., 0] if shape[-1] == 1 else array).save(file, "PNG")
    return file.getvalue()


def save(folder, rows, features=None, files=2):
    """Writes a `Dataset`: rows of image content and label, in as many files, each in batches of three rows."""
    folder.mkdir(parents=True)
    schema = pyarrow.schema([("image", IMAGE), ("label", pyarrow.int64())])
    names = [f"data-{number:05}-of-{files:05}.arrow" for number in range(files)]
    for name, part in zip(names, np.array_split(np.arange(len(rows)), files), strict=True):
        table = pyarrow.table(
            [
                pyarrow.array([{"bytes": rows[i][0], "path": f"{i}.png"} for i in part], IMAGE),
                pyarrow.array([rows[i][1] for i in part], pyarrow.int64()),
            ],
            schema=schema,
        )
        with pyarrow.OSFile(str(folder / name), "wb") as file, pyarrow.ipc.new_stream(file, schema) as writer:
            writer.write_table(table, max_chunksize=3)
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": name} for name in names]}))
    (folder / "dataset_info.json").write_text(json.dumps({"features": features or FEATURES}))
    return folder


def save_splits(folder, **rows):
    for split, own in rows.items():
        save(folder / split, own)
    (folder / "dataset_dict.json").write_text(json.dumps({"splits": list(rows)}))
    return folder
