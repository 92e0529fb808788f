"""Where the decoded images of a data set are: in memory if they fit, else on disk, to be decoded batch by batch."""

import numpy as np

from ablations.data import decoding, tfds_reader
from ablations.data.partition import Parts
from ablations.data.sources import Source
from ablations.data.splits import Split, decoded
from ablations.data.streaming import Records, StreamedSplit
from ablations.study import sizes
from inception_keras.errors import UserError

MEMORY_SHARE = 0.5  # of the available memory; the other half is for the model, its gradients and the batches
Shape = tuple[int, int, int]  # height, width, channels


def memory_limit() -> int:
    """How many bytes the decoded images of a data set may take: MEMORY_SHARE of the memory available now."""
    return int(_free_memory() * MEMORY_SHARE)


def _free_memory() -> int:
    import psutil  # TFDS depends on it

    return psutil.virtual_memory().available


def shape_of(source: Source, view: decoding.View) -> Shape:
    """Height, width, channels of a view of the first training image; all others must have the same."""
    with source.damage_reported():
        return decoding.decode(next(source.images("train", np.arange(1))), source.channels, view).shape


def is_streamed(source: Source, parts: Parts, shape: Shape, crop: bool, streamed: bool | None) -> bool:
    """Whether the images stay on disk: as `streamed` says if they can, else if they must.

    Raises:
        UserError: They don't fit in memory, and can't be streamed or must not be.
    """
    reason: str | None
    if crop and not source.one_size:
        reason = f"the images in {source.directory} differ in size, and inception_crop needs each as it is stored"
    elif streamed and source.random_access:
        return True
    else:
        # where other trials had them in memory, the half that is left for the model is no reason to refuse them
        reason = _too_much(source, parts, shape, crop, _free_memory() if streamed is False else memory_limit())
        if reason and streamed is False:
            raise UserError(
                f"{reason}; they can't be streamed from disk, since the study's other trials had them in memory and "
                "streamed data has another fingerprint: free memory, lower --jobs, or set another --out"
            )
    if reason and not source.random_access:
        raise UserError(
            f"{reason}, and the set is stored as {source.format}, which can't be read from disk in random order; "
            f"convert it: {tfds_reader.convert_command(source.directory)}"
        )
    return reason is not None


def _too_much(source: Source, parts: Parts, shape: Shape, crop: bool, limit: int) -> str | None:
    """Why the decoded set does not fit in `limit` bytes; `None` if it does."""
    shapes = dict.fromkeys(parts, shape)
    if crop:
        shapes["train"] = shape_of(source, decoding.stored)
    needed = sum(len(ids) * int(np.prod(shapes[part])) for part, (_, ids, _) in parts.items())
    if needed <= limit:
        return None
    count = sum(len(ids) for _, ids, _ in parts.values())
    return (
        f"{count:,} images of {'x'.join(map(str, shape))} in {source.directory} need {needed / 1e9:.3g} GB decoded, "
        f"the limit is {limit / 1e9:.3g} GB"
    )


def in_memory(source: Source, parts: Parts, shape: Shape, view: decoding.View, crop: bool) -> dict[str, Split]:
    """The splits by their parts, decoded; with `crop` the training images are whole, and crops are cut from them."""
    splits = {}
    for part, (split, ids, labels) in parts.items():
        if crop and part == "train":
            images = decoded(source, split, ids, shape_of(source, decoding.stored), decoding.stored)
            splits[part] = Split(images, labels, ids, size=sizes.image_size(shape[:2]))
        else:
            splits[part] = Split(decoded(source, split, ids, shape, view), labels, ids)
    return splits


def streamed_splits(source: Source, parts: Parts, shape: Shape, view: decoding.View) -> dict[str, StreamedSplit]:
    """The splits by their parts, whose images are decoded when a batch asks for them."""
    records = {split: Records(source, split) for split in {split for split, _, _ in parts.values()}}
    return {
        part: StreamedSplit(records[split], labels, ids, shape, view) for part, (split, ids, labels) in parts.items()
    }
