"""Trials of a study of three heads, as figures and their titles get them."""

import numpy as np

from ablations.evidence.sections import sections
from ablations.records.outcomes import Evaluation
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.report.figures.numbers import section_numbers
from ablations.report.publish import findings_of
from ablations.study import Claim, Recipe, Study, Variant
from tests.support import trials

IMAGES = 200
STUDY = Study(
    name="heads",
    question="Which head?",
    dataset="digits",
    recipe=Recipe(epochs=2),
    base={},
    variants=(Variant("gap"), Variant("fc", {"head": "fc"}), Variant("conv", {"head": "conv"})),
    claim=Claim(statement="It helps", source="a paper", variant="fc", effect=-0.6, margin=0.3),
)


def record(arm, seed, right, *, study=STUDY, status="done", params=372_578):
    """The record of a trial that classified `right` of the test images correctly."""
    top1 = right / IMAGES
    history = [{"epoch": 1, "top1": 0.3, "validation_top1": 0.2}, {"epoch": 2, "top1": 0.7, "validation_top1": top1}]
    made = trials.record(
        study,
        study.variants[arm].name,
        seed,
        status=status,
        inference_params=params,
        inference_macs=20_000_000 * (arm + 1),
        metrics={"test": {"top1": top1, "top5": 0.9, "loss": 1.0}} if status == "done" else {},
        history=history if status == "done" else history[:1],
    )
    return Record({**made, "data": {**made.data, "counts": {"test": IMAGES}}})


TRIALS = [record(0, seed, 160 + seed) for seed in range(3)]
TRIALS += [record(1, seed, 150 + 3 * seed, params=4_575_586) for seed in range(3)]


def section(folder, records, study=STUDY, *, answers=True):
    store = Store(folder)
    store.prepare()
    for one in records:
        right = np.arange(IMAGES) < round(IMAGES * one["metrics"].get("test", {}).get("top1", 0))
        five, labels, sure = np.zeros((IMAGES, 5), "uint16"), right.astype("uint16"), np.ones(IMAGES, "float32")
        store.write(one, Evaluation({}, right, right, five, labels, sure) if answers else None)
    return sections(store, study)[0]


def shown(part):
    return section_numbers(part, findings_of(part.study, [part]))
