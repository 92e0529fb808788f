"""Records in, tables out: `trials.csv`, `summary.csv`, `summary.md`. Made from the records alone, byte for byte."""

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ablations.records import Store, write_atomically

SUMMARY_TITLES = {
    "variant": "variant",
    "differs": "what differs",
    "params": "parameters",
    "head_params": "in the head",
    "macs": "multiply-adds",
    "top1": "top-1 (%)",
    "top5": "top-5 (%)",
    "difference": "difference (points)",
    "seconds": "seconds a trial",
    "trials": "trials",
}


def trials_table(records: list[dict]) -> pd.DataFrame:
    """A row a trial, failed and diverged ones too."""
    return pd.DataFrame([_trial_row(record) for record in records])


def summary_table(records: list[dict]) -> pd.DataFrame:
    """A row a variant of an experiment; accuracies are shares, from 0 to 1, over the trials that are done."""
    rows = []
    for group in experiments(records):
        baseline = _mean(group, _baseline(group), "top1")
        for variant in _variants(group):
            rows.append(_summary_row(group, variant, baseline))
    return pd.DataFrame(rows)


def experiments(records: list[dict]) -> list[list[dict]]:
    """The records grouped by what their trials share: only within a group are variants compared."""
    groups: dict[str, list[dict]] = {}
    for record in sorted(records, key=lambda record: (record["profile"] != "full", record["profile"])):
        groups.setdefault(record["experiment"], []).append(record)
    return list(groups.values())


def display(records: list[dict]) -> pd.DataFrame:
    """The summary of one experiment as a person reads it: points, thousands, plus or minus one standard deviation."""
    table = summary_table(records)
    shown = pd.DataFrame({"variant": table["variant"], "differs": table["differs"]})
    for column in ("params", "head_params", "macs"):
        shown[column] = table[column].map("{:,}".format)
    for metric in ("top1", "top5"):
        shown[metric] = [_spread(row, metric) for _, row in table.iterrows()]
    shown["difference"] = [_points(row) for _, row in table.iterrows()]
    shown["seconds"] = table["seconds"].map(lambda value: "–" if pd.isna(value) else f"{value:.0f}")
    shown["trials"] = [_counts(row) for _, row in table.iterrows()]
    return shown.rename(columns=SUMMARY_TITLES)


def markdown(study: str, question: str, records: list[dict]) -> str:
    """The summary of a study as a page: a table an experiment, and under it what it was made of."""
    parts = [f"# {study}", "", question, ""]
    for group in experiments(records):
        parts += [f"## {group[0]['profile']}", "", _to_markdown(display(group)), "", *_notes(group), ""]
    return "\n".join(parts)


def write_tables(store: Store, study: str, question: str) -> list[Path]:
    """Writes the study's three tables from its records and returns their paths."""
    records = store.load()
    texts = {
        "trials.csv": trials_table(records).to_csv(index=False),
        "summary.csv": summary_table(records).to_csv(index=False),
        "summary.md": markdown(study, question, records),
    }
    for name, text in texts.items():
        write_atomically(store.folder / name, text.encode())
    return [store.folder / name for name in texts]


def _trial_row(record: Mapping) -> dict:
    configuration, metrics = record["configuration"], record["metrics"]
    row = {name: record[name] for name in ("study", "profile", "experiment", "variant", "seed", "status", "reason")}
    for name in ("params", "head_params", "macs", "inference_params", "inference_macs"):
        row[name] = record[name]
    for split in ("validation", "test"):
        for metric in ("top1", "top5", "loss"):
            row[f"{split}_{metric}"] = metrics.get(split, {}).get(metric)
    row |= {f"{name}_seconds": record["times"].get(name) for name in ("compile", "step", "input", "total")}
    row |= {"epochs": configuration["recipe"]["epochs"], "precision": configuration["recipe"]["precision"]}
    row |= {"dataset": record["data"]["name"], "fingerprint": record["data"]["fingerprint"]}
    row |= {"data_note": record["data"]["note"], "hardware": _hardware(record), "versions": _versions(record)}
    return row | {"commit": record["commit"], "address": record["address"]}


def _summary_row(group: list[dict], variant: str, baseline: float | None) -> dict:
    own = [record for record in group if record["variant"] == variant]
    finished = [record for record in own if record["status"] == "done"]
    row = {"study": own[0]["study"], "profile": own[0]["profile"], "experiment": own[0]["experiment"]}
    row |= {"variant": variant, "differs": _differs(own[0])}
    row |= {name: own[0][name] for name in ("params", "head_params", "macs")}
    for metric in ("top1", "top5"):
        values = pd.Series(_values(finished, metric), dtype=float)
        row |= {f"{metric}_mean": values.mean(), f"{metric}_sd": values.std(), f"{metric}_n": len(values)}
    mean = _mean(group, variant, "top1")
    known = baseline is not None and mean is not None and variant != _baseline(group)
    row["difference"] = mean - baseline if known else None
    row["seconds"] = pd.Series([record["times"]["total"] for record in finished], dtype=float).mean()
    row |= {"done": len(finished)}
    return row | {status: sum(record["status"] == status for record in own) for status in ("diverged", "failed")}


def _variants(group: list[dict]) -> list[str]:
    """In the study's order, the baseline first."""
    return list(dict.fromkeys(record["variant"] for record in sorted(group, key=lambda record: record["arm"])))


def _baseline(group: list[dict]) -> str | None:
    return next((record["variant"] for record in group if not record["overrides"]), None)


def _values(records: list[dict], metric: str) -> list[float]:
    return [record["metrics"]["test"][metric] for record in records if metric in record["metrics"].get("test", {})]


def _mean(group: list[dict], variant: str | None, metric: str) -> float | None:
    finished = [record for record in group if record["variant"] == variant and record["status"] == "done"]
    values = _values(finished, metric)
    return sum(values) / len(values) if values else None


def _differs(record: Mapping) -> str:
    changes = (f"{name}={json.dumps(value)}" for name, value in record["overrides"].items())
    return ", ".join(changes) or "baseline"


def _spread(row: Mapping, metric: str) -> str:
    mean, sd, n = row[f"{metric}_mean"], row[f"{metric}_sd"], row[f"{metric}_n"]
    if n == 0:
        return "–"
    return f"{100 * mean:.2f} ± {100 * sd:.2f} (n = {n})" if n > 1 else f"{100 * mean:.2f} (n = 1)"


def _points(row: Mapping) -> str:
    return "–" if pd.isna(row["difference"]) else f"{100 * row['difference']:+.2f}"


def _counts(row: Mapping) -> str:
    counts = (f"{row[status]} {status}" for status in ("done", "diverged", "failed") if row[status])
    return ", ".join(counts)


def _notes(group: list[dict]) -> list[str]:
    """What a table was made of; where trials differ in it, every value is named."""
    first = group[0]
    recipe, data = first["configuration"]["recipe"], first["data"]
    examples = ", ".join(f"{count:,} {split}" for split, count in data["counts"].items())
    seeds = sorted({record["seed"] for record in group})
    return [
        "Top-1 and top-5 are means over seeds on the test split after the last epoch, ± one standard deviation. "
        "The parameters are those of the training graph.",
        "",
        f"- Data: {data['name']} {data['version']} ({examples} images of {'x'.join(map(str, data['image_shape']))}). "
        f"{data['note']}",
        f"- Seeds {', '.join(map(str, seeds))}; {recipe['epochs']} epochs of batch {recipe['batch_size']}; "
        f"{recipe['schedule']} learning rate up to {recipe['learning_rate']}; {recipe['precision']}; "
        f"augmentation {', '.join(recipe['augmentation']) or 'none'}",
        f"- Hardware: {_distinct(group, _hardware)}",
        f"- Versions: {_distinct(group, _versions)}",
        f"- Commit: {_distinct(group, lambda record: str(record['commit']))}",
    ]


def _hardware(record: Mapping) -> str:
    hardware = record["hardware"]
    accelerators = ", ".join(hardware["accelerators"]) or "no accelerator"
    return f"{hardware['processor']}, {hardware['cores']} cores, {hardware['memory_gib']} GiB, {accelerators}"


def _versions(record: Mapping) -> str:
    return ", ".join(f"{name} {version}" for name, version in record["versions"].items())


def _distinct(group: list[dict], describe) -> str:
    return "; ".join(sorted({describe(record) for record in group}))


def _to_markdown(table: pd.DataFrame) -> str:
    numbers = ["parameters", "in the head", "multiply-adds", "difference (points)", "seconds a trial"]
    align = ["right" if column in numbers else "left" for column in table.columns]
    return table.to_markdown(index=False, disable_numparse=True, colalign=align)
