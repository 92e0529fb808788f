"""Networks of one graph, their probabilities averaged over crops and over each other."""

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

AT_ONCE = 64 * 2**20  # bytes of crops, as uint8


class ModelAverage:
    """The trained networks of the study's baseline, in one graph that takes the weights of one after another.

    Args:
        study: Whose baseline.
        data: What it was trained on: size of the crops, number of classes.
        files: The kept weights of each network.
        seeds: Their names.
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
        """The answers of every row, and how many crops went through a network.

        Args:
            images: As they are stored, uint8 (height, width, channels), as many as labels.
            labels: int (n,).
            rows: Of models and crops.
            tell: Is told how many images are done.
        """
        counts = sorted({row.crops for row in rows})
        chosen = {row: draws(range(len(self.seeds)), row.models) for row in rows}
        parts: dict[Row, list] = {row: [] for row in rows}
        done = passes = 0
        for crops, owners, shares in _chunks(images, counts, self.side):
            averages = self.average(crops, owners, shares)
            own = labels[done : done + averages.shape[2]]
            for row, committees in chosen.items():
                of_count = averages[:, counts.index(row.crops)]
                parts[row].append([judge(of_count[list(models)].mean(axis=0), own) for models in committees])
            done, passes = done + len(own), passes + len(crops) * len(self._weights)
            tell(done)
        return {row: _joined(parts[row], draws(self.seeds, row.models)) for row in rows}, passes

    def average(self, crops: np.ndarray, owners: np.ndarray, shares: np.ndarray) -> np.ndarray:
        """The probabilities of each network, averaged over the crops of each image.

        Args:
            crops: uint8 (k, side, side, channels).
            owners: The image of each crop, (k,), from 0 without a gap.
            shares: What each crop counts in the average over so many crops, (counts, k).

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
    """The crops of some images at a time, as `Committee.average` takes them."""
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
    """Of one row, from the results of each part of the images and each draw."""
    by_draw = list(zip(*parts, strict=True))
    top1, top5 = (
        np.array([np.concatenate([getattr(part, name) for part in own]) for own in by_draw])
        for name in ("top1", "top5")
    )
    return Answers(chosen, top1, top5)
