"""Makes records without training: trials of a study with scores that a test chooses."""

from dataclasses import replace

import numpy as np

from ablations.records.outcomes import Evaluation
from ablations.records.record import Record, declared_settings
from ablations.records.store import Store
from ablations.study import Claim, Study, Trial, address
from tests.support.bench import TINY

TEST_IMAGES = 1000
# Test top-1 of eight seeds, in points: `fc` is 1.0 points better on average.
GAP = [80.0, 80.4, 80.2, 80.3, 79.9, 80.1, 80.5, 80.2]
FC = [81.1, 81.3, 81.2, 81.4, 80.8, 81.2, 81.5, 81.1]
CLAIMED = replace(TINY, claim=Claim("the head helps", "a paper", variant="fc", effect=0.6, margin=0.3), seeds=8)
# The same with the proof that its arms are trained out; `fill_rungs` makes its records.
TRAINED = replace(
    CLAIMED,
    claim=replace(CLAIMED.claim, effect=0.8),
    recipe=replace(CLAIMED.recipe, epochs=2),
    rungs=(1, 2),
    floor=0.75,
)


def record(
    study: Study, variant: str, seed: int, top1: float | None = 0.8, *, backend="tensorflow", **changes
) -> Record:
    """Returns the record of a trial with the test accuracy `top1`, from 0 to 1; `None`: without any accuracy."""
    number, arm = next((place, arm) for place, arm in enumerate(study.arms) if arm.name == variant)
    trial = Trial(study, arm, seed)
    curve = [(epoch + 1) / study.recipe.epochs * (top1 or 0) for epoch in range(study.recipe.epochs)]
    made = {
        "study": study.name,
        "profile": study.profile,
        "variant": variant,
        "arm": number,
        **declared_settings(trial),
        "why": arm.why,
        "seed": seed,
        "status": "done",
        "reason": "",
        "address": address({**trial.configuration(), "backend": backend}),
        "experiment": address({**trial.experiment(), "backend": backend}),
        "configuration": trial.configuration(),
        "lock": None,
        "params": 1000 * (number + 1),
        "head_params": 100,
        "macs": 10_000 * (number + 1),
        "inference_params": 1000 * (number + 1),
        "inference_macs": 10_000 * (number + 1),
        "metrics": {} if top1 is None else {"test": {"top1": top1, "top5": 1.0, "loss": 1.0}},
        "history": [
            {"epoch": n + 1, "loss": 1.0, "top1": value, "validation_top1": value, "validation_loss": 1.0}
            for n, value in enumerate(curve)
        ],
        "times": {"compile": 1.0, "step": 0.1, "input": 0.01, "total": 10.0 + seed},
        "data": {
            "name": study.dataset,
            "version": "1.0.0",
            "note": "A copy.",
            "fingerprint": "f",
            "counts": {"train": 10, "validation": 2, "test": TEST_IMAGES},
            "image_shape": [8, 8, 1],
            "classes": 10,
        },
        "hardware": {"processor": "CPU", "cores": 2, "memory_gib": 8, "accelerators": [], "backend": backend},
        "versions": {"keras": "3.15.1"},
        "commit": "abc",
    }
    return Record({**made, **changes})


def fill_rungs(store: Store, study: Study, scores: dict[str, list[float]], *, before: float = 0.2, **changes) -> Store:
    """As `fill` at each rung of a study; shorter rungs have `before` points less in every arm."""
    for epochs in study.budgets:
        less = 0 if epochs == study.recipe.epochs else before
        own = {variant: [value - less for value in values] for variant, values in scores.items()}
        fill(store, study.at(epochs), own, **changes)
    return store


def answers(top1: float, seed: int) -> Evaluation:
    """Returns answers to single images, a fraction `top1` of them right; the seed decides which."""
    right = np.zeros(TEST_IMAGES, bool)
    right[np.random.default_rng(seed).permutation(TEST_IMAGES)[: round(top1 * TEST_IMAGES)]] = True
    labels = np.where(right, 0, 1).astype("uint16")
    five, sure = np.zeros((TEST_IMAGES, 5), "uint16"), np.ones(TEST_IMAGES, "float32")
    return Evaluation({}, right, np.ones(TEST_IMAGES, bool), five, labels, sure)


def fill(store: Store, study: Study, scores: dict[str, list[float]], **changes) -> Store:
    """Writes one record per score; returns `store`. Scores: in points, by variant, for the study's seeds in order."""
    store.prepare()
    for variant, values in scores.items():
        for seed, value in zip(study.seed_range, values, strict=False):
            store.write(record(study, variant, seed, value / 100, **changes), answers(value / 100, seed))
    return store
