"""Tables of records with numbers as numbers; `ablations.report.summary` formats them for people.

The same records give the same bytes on every machine: results of matrix products and iterations are rounded, since
machines differ in their last digits.
"""

import json

import pandas as pd

from ablations.evidence.sections import Evidence, Section, scores
from ablations.records.outcomes import STATUSES
from ablations.records.record import Record
from ablations.statistics import Effect
from ablations.study import Factor, Study

ABOUT = ("study", "profile", "experiment", "lock")
COMPARED = ("n", "difference", "low", "high", "p_value", "sd", "correlation")
DIGITS = 6


def trials_table(parts: list[Section]) -> pd.DataFrame:
    """One row per trial, including failed and diverged ones."""
    return pd.DataFrame([_trial_row(record) for section in parts for record in section.records])


def summary_table(parts: list[Section]) -> pd.DataFrame:
    """One row per section and variant; accuracies are shares, from 0 to 1, over the trials that are done."""
    return pd.DataFrame([_summary_row(section, variant) for section in parts for variant in section.variants])


def comparisons_table(parts: list[Section]) -> pd.DataFrame:
    """One row per comparison of a section, then one per main effect and interaction, in the unit of the metric."""
    rows = []
    for section in parts:
        rows += [_about(section) | _comparison_row(one) for one in section.evidence]
        rows += [_about(section) | _effect_row(section, effect) for effect in section.effects]
    own = ("kind", "baseline", "variant", "metric", *COMPARED, "detectable", "p_holm", "images_low", "images_high")
    return pd.DataFrame(rows, columns=[*ABOUT, *own, "probability_of_improvement"])


def effect_names(study: Study, effect: Effect) -> list[str]:
    """Each factor of an effect with its level, such as `aux_heads True`."""
    return [f"{factor.toggle} {value}" for factor, value in _settings(study, effect)]


def effect_labels(study: Study, effect: Effect) -> list[str]:
    """What sentences call each factor of an effect at its level, such as `both auxiliary heads`."""
    return [factor.label(value, f"{factor.toggle} {value}") for factor, value in _settings(study, effect)]


def _settings(study: Study, effect: Effect) -> list[tuple[Factor, object]]:
    factors = [study.factors[place] for place in effect.factors]
    return [(factor, factor.levels[level]) for factor, level in zip(factors, effect.levels, strict=True)]


def _about(section: Section) -> dict:
    return {name: section.records[0].get(name) for name in ABOUT}


def _trial_row(record: Record) -> dict:
    recipe, metrics = record.recipe, record.metrics
    row = {name: record.get(name) for name in (*ABOUT, "variant", "seed", "status", "reason")}
    for name in ("params", "head_params", "macs", "inference_params", "inference_macs"):
        row[name] = record[name]
    further = [split for split in metrics if split not in ("validation", "test")]
    for split in ("validation", "test", *further):
        for metric in ("top1", "top5", "loss"):
            row[f"{split}_{metric}"] = metrics.get(split, {}).get(metric)
    row |= {f"{name}_seconds": record.times.get(name) for name in ("compile", "step", "input", "total")}
    row |= {"epochs": recipe["epochs"], "precision": recipe["precision"]}
    row |= {"dataset": record.data["name"], "fingerprint": record.fingerprint}
    row |= {
        "data_note": record.data["note"],
        "hardware": record.hardware_words(),
        "versions": record.versions_words(),
    }
    return row | {"commit": record.commit, "address": record.address}


def _summary_row(section: Section, variant: str) -> dict:
    own = [record for record in section.records if record.variant == variant]
    row = _about(section) | {"variant": variant, "differs": _differs(own[0])}
    row |= {name: own[0][name] for name in ("params", "head_params", "macs")}
    for metric in ("top1", "top5"):
        values = pd.Series(scores(section, variant, metric), dtype=float) / 100
        row |= {f"{metric}_mean": round(values.mean(), 8), f"{metric}_sd": round(values.std(), 8)}
        row |= {f"{metric}_n": len(values)}
    seconds = [record.times["total"] for record in own if record.done]
    row["seconds"] = round(pd.Series(seconds, dtype=float).mean(), 3)
    return row | {status: sum(record.status == status for record in own) for status in STATUSES}


def _differs(record: Record) -> str:
    """What makes a variant: what it changes in the baseline, then what its tuning chose."""
    changed, tuned = (
        ", ".join(f"{name}={json.dumps(value)}" for name, value in settings.items())
        for settings in (record.changed, record.tuned)
    )
    return (changed or "baseline") + (f"; tuned: {tuned}" if tuned else "")


def _comparison_row(one: Evidence) -> dict:
    row: dict[str, object] = {
        "kind": "comparison",
        "baseline": one.baseline,
        "variant": one.variant,
        "metric": one.metric,
    }
    row |= {name: round(getattr(one.found, name), DIGITS) for name in COMPARED}
    row["detectable"] = round(one.detectable, DIGITS)
    if one.images:
        row |= {"images_low": round(one.images.low, DIGITS), "images_high": round(one.images.high, DIGITS)}
    return row | {"p_holm": round(one.p_holm, DIGITS), "probability_of_improvement": round(one.improvement, DIGITS)}


def _effect_row(section: Section, effect: Effect) -> dict:
    row: dict[str, object] = {
        "kind": "main effect" if len(effect.factors) == 1 else "interaction",
        "metric": section.study.metric,
    }
    row["n"] = effect.n
    row |= {"variant": " x ".join(effect_names(section.study, effect)), "difference": round(effect.estimate, DIGITS)}
    return row | {name: round(getattr(effect, name), DIGITS) for name in ("low", "high", "p_value")}
