"""Averages the class probabilities of several networks of one graph, over crops and over networks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ablations.data.batches import normalize
from ablations.data.datasets import Dataset
from ablations.data.decoding import image, pixels
from ablations.inspection import multicrop
from ablations.records.ensembles import Answers, draws
from ablations.study import Study
from ablations.study.claims import Row
from ablations.training.evaluation import judge, predict_logits
from ablations.training.networks import build
from inception_keras import inference_model
from inception_keras.graph.probabilities import softmax

AT_ONCE = 64 * 2**20  # bytes of uint8 crops per chunk


class ModelAverage:
    """The trained networks of a study's baseline: one graph, into which the weights of each network are set in turn.

    Args:
        study: The networks are trials of its baseline.
        data: The data set that they were trained on: gives the size of the crops and the number of classes.
        files: The kept weights, one file per network.
        seeds: The seed of each network.
    """

    def __init__(self, study: Study, data: Dataset, files: Iterable[Path], seeds: Sequence[int]):
        self.side, self.classes, self.seeds = data.image_shape[0], data.classes, tuple(seeds)
        self._batch_size = study.recipe.batch_size
        self._model = build(study, study.baseline, data.image_shape, data.classes)
        self._inference = inference_model(self._model)
        self._weights = [self._read(path) for path in files]

    def answers(
        self,
        images: Iterable[np.ndarray],
        labels: np.ndarray,
        rows: Sequence[Row],
        tell: Callable[[int], None] = lambda done: None,
    ) -> tuple[dict[Row, Answers], int]:
        """Computes the answers of every row; also returns how many crops went through a network.

        Args:
            images: The stored images, uint8 (height, width, channels), one per label.
            labels: int (n,).
            rows: Combinations of models and crops.
            tell: Called with the number of images done.
        """
        counts = sorted({row.crops for row in rows})
        chosen = {row: draws(range(len(self.seeds)), row.models) for row in rows}
        parts: dict[Row, list] = {row: [] for row in rows}
        done = passes = 0
        for crops, owners, shares in _chunks(images, counts, self.side):
            averages = self.average(crops, owners, shares)
            own = labels[done : done + averages.shape[2]]
            for row, groups in chosen.items():
                of_count = averages[:, counts.index(row.crops)]
                parts[row].append([judge(of_count[list(models)].mean(axis=0), own) for models in groups])
            done, passes = done + len(own), passes + len(crops) * len(self._weights)
            tell(done)
        return {row: _joined(parts[row], draws(self.seeds, row.models)) for row in rows}, passes

    def average(self, crops: np.ndarray, owners: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The probabilities of each network, averaged over the crops of each image.

        Args:
            crops: uint8 (k, side, side, channels).
            owners: The index of each crop's image, (k,), from 0 without gaps.
            shares: The weight of each crop in the average, for each number of crops, (counts, k).

        Returns:
            float64 (networks, counts, images, classes).
        """
        found = np.zeros((len(self._weights), len(shares), owners[-1] + 1, self.classes))
        for of_network, weights in zip(found, self._weights, strict=True):
            self._model.set_weights(weights)
            probabilities = self._probabilities(crops)
            for mean, share in zip(of_network, shares, strict=True):
                np.add.at(mean, owners, share[:, np.newaxis] * probabilities)
        return found

    def _probabilities(self, crops: np.ndarray) -> np.ndarray:
        """Softmax over the classes, float64 (k, classes)."""
        size = self._batch_size
        batches = (normalize(crops[start : start + size]) for start in range(0, len(crops), size))
        return softmax(np.concatenate([predict_logits(self._inference, batch, size) for batch in batches]))

    def _read(self, path: Path) -> list[np.ndarray]:
        self._model.load_weights(path)
        return self._model.get_weights()


def _chunks(images: Iterable[np.ndarray], counts: Sequence[int], side: int) -> Iterator[tuple]:
    """Yields crops, owners and shares as `ModelAverage.average` takes them, a chunk of whole images at a time."""
    crops, owners, shares, number = [], [], [], 0
    for array in images:
        height, width, channels = array.shape
        weighted = [multicrop.weighted(count, width, height, side) for count in counts]
        different = list(dict.fromkeys(crop for shown in weighted for crop in shown))
        picture = image(array)
        crops += [pixels(multicrop.cut(picture, crop, side)) for crop in different]
        owners += [number] * len(different)
        shares += [[shown.get(crop, 0.0) for shown in weighted] for crop in different]
        number += 1
        if len(crops) * side * side * channels >= AT_ONCE:
            yield np.stack(crops), np.array(owners), np.array(shares).T
            crops, owners, shares, number = [], [], [], 0
    if crops:
        yield np.stack(crops), np.array(owners), np.array(shares).T


def _joined(parts: list[list], chosen: tuple[tuple[int, ...], ...]) -> Answers:
    """The answers of one row, joined from the results of each chunk of images and each draw."""
    by_draw = list(zip(*parts, strict=True))
    top1, top5 = (
        np.array([np.concatenate([getattr(part, name) for part in own]) for own in by_draw])
        for name in ("top1", "top5")
    )
    return Answers(chosen, top1, top5)
