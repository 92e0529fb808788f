"""The results of `deploy`: a CSV file with one number per row, and a page with tables and answers in sentences."""

import numpy as np
import pandas as pd

from ablations import environment
from ablations.inspection.deploy import BATCHES, Deployment
from ablations.inspection.quantization import CALIBRATION, PRECISIONS
from ablations.report.escapes import markdown
from ablations.report.formats import to_markdown

SMALL = ("LiteRT", "int8")  # what a small device runs


def deployment_table(found: Deployment) -> pd.DataFrame:
    """One row per number: `value`, with `low` and `high` (95% interval of `top1_change`, quartiles of `seconds`)."""
    rows = []
    for one in found.footprints:
        for precision in PRECISIONS:
            rows.append(_row(one.variant, "bytes", precision, one.bytes[precision]))
        for precision, value in one.top1.items():
            rows.append(_row(one.variant, "top1", precision, round(value, 8), n=len(found.seeds)))
        change = one.top1["int8"] - one.top1["float32"]
        low, high = (round(end, 8) for end in one.change)
        rows.append(_row(one.variant, "top1_change", "int8", round(change, 8), low, high, n=len(found.seeds)))
    for timed in found.latencies:
        middle, low, high = (round(float(np.quantile(timed.seconds, q)), 9) for q in (0.5, 0.25, 0.75))
        row = _row(timed.variant, "seconds", timed.precision, middle, low, high, n=found.rounds)
        rows.append(row | {"engine": timed.engine, "batch": timed.batch})
    return pd.DataFrame(rows).astype({"batch": "Int64", "n": "Int64"})


def footprints(found: Deployment) -> pd.DataFrame:
    """One row per variant: bytes of the LiteRT file and accuracies."""
    rows = []
    for one in found.footprints:
        row = {"variant": one.variant} | {f"{name} (bytes)": f"{one.bytes[name]:,}" for name in PRECISIONS}
        row |= {f"top-1 {name} (%)": f"{100 * value:.2f}" for name, value in one.top1.items()}
        change = 100 * (one.top1["int8"] - one.top1["float32"])
        low, high = (100 * end for end in one.change)
        rows.append(row | {"int8 − float32 (points) [95%]": f"{change:+.2f} [{low:+.2f}, {high:+.2f}]"})
    return pd.DataFrame(rows)


def latencies(found: Deployment) -> pd.DataFrame:
    """One row per variant and engine: milliseconds per batch, the median over the rounds with the quartiles."""
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for one in found.latencies:
        key = (one.variant, one.engine, one.precision)
        row = rows.setdefault(key, {"variant": one.variant, "engine": one.engine, "precision": one.precision})
        middle, low, high = 1e3 * np.quantile(one.seconds, (0.5, 0.25, 0.75))
        row[f"batch {one.batch} (ms) [quartiles]"] = f"{middle:.3g} [{low:.3g}, {high:.3g}]"
    order = [one.variant for one in found.footprints]
    by_variant = sorted(rows.values(), key=lambda row: order.index(row["variant"]))
    return pd.DataFrame(by_variant)


def answers(found: Deployment) -> list[str]:
    """Sentences: which engine is the fastest here, and what each comparison of the study means on a small device."""
    there = {one.variant for one in found.footprints}
    pairs = [pair for pair in found.study.pairs if there.issuperset(pair)]
    return [_fastest(found, batch) for batch in BATCHES] + [_small_device(found, *pair) for pair in pairs]


def deployment_page(found: Deployment) -> str:
    """The page of a study's deployment."""
    study, data = found.study, found.data
    seeds = ", ".join(map(str, found.seeds))
    over = "seeds and images" if len(found.seeds) > 1 else "images (one seed)"
    notes = [
        f"- Bytes are those of the LiteRT file. int8: after training, weights and activations, ranges from up to "
        f"{CALIBRATION} training images. The interval is over {over}, paired.",
        f"- Latency: {found.threads} threads on as many cores for every engine, {found.rounds} alternating rounds, the "
        "median with quartiles; weights of the first seed, batch normalisation folded, every float32 engine held to "
        "Keras's outputs (1e-3, the same top-1). Keras is `predict_on_batch`.",
        f"- Data: {data['name']} {data['version']}, {found.images:,} test images of "
        f"{'x'.join(map(str, data['image_shape']))}. {markdown(data['note'])}",
        f"- Seeds {seeds}; profile {study.profile}",
        f"- Hardware: {environment.hardware_words(found.hardware)}",
        f"- Versions: {environment.versions_words(found.versions)}",
        f"- Commit: {found.commit}",
    ]
    lines = [
        f"# {study.name}: where it runs",
        "",
        markdown(study.question),
        "",
        *(f"- {line}" for line in answers(found)),
        "",
    ]
    lines += [to_markdown(footprints(found)), "", to_markdown(latencies(found)), "", *notes]
    return "\n".join([*lines, *(f"- {sentence}" for sentence in found.absent), ""])


def _row(variant, measure, precision, value, low=None, high=None, n=None) -> dict:
    row = {"variant": variant, "measure": measure, "engine": None, "precision": precision, "batch": None}
    return row | {"value": value, "low": low, "high": high, "n": n}


def _fastest(found: Deployment, batch: int) -> str:
    """Compares the engines round by round: geometric means over the variants, in float32."""
    own = [one for one in found.latencies if one.batch == batch and one.precision == "float32"]
    engines = list(dict.fromkeys(one.engine for one in own))
    means = {name: np.exp(np.mean([np.log(o.seconds) for o in own if o.engine == name], axis=0)) for name in engines}
    first, *others = sorted(engines, key=lambda name: np.median(means[name]))
    ratios = [(name, means[name] / means[first]) for name in others]
    beside = ", ".join(f"{name} takes {_times(ratio)} as long" for name, ratio in ratios)
    if ratios and ratios[0][1].min() <= 1:
        return f"At batch {batch} in float32 {first} and {ratios[0][0]} are not told apart by the rounds: {beside}."
    return f"At batch {batch} in float32 the fastest engine here is {first}: {beside}."


def _small_device(found: Deployment, baseline: str, variant: str) -> str:
    weights = {one.variant: one.bytes for one in found.footprints}
    ratio = weights[variant]["int8"] / weights[baseline]["int8"]
    words = [
        f"{variant} beside {baseline} on a small device (LiteRT, int8): {ratio:.2f} times the bytes "
        f"({weights[baseline]['int8']:,} to {weights[variant]['int8']:,})"
    ]
    for batch in BATCHES:
        seconds = {
            one.variant: one.seconds
            for one in found.latencies
            if one.batch == batch and (one.engine, one.precision) == SMALL
        }
        ratios = seconds[variant] / seconds[baseline]
        told = "" if ratios.min() > 1 or ratios.max() < 1 else ", not told apart by the rounds"
        words.append(f"{_times(ratios)} the time at batch {batch}{told}")
    return f"{_pooling(found, baseline, variant)}{'; '.join(words)}."


def _pooling(found: Deployment, baseline: str, variant: str) -> str:
    """A heading for pairs of average pooling and fully connected layers; else empty."""
    arms = {arm.name: found.study.toggles(arm).get("head") for arm in found.study.arms}
    heads = {arms[baseline], arms[variant]}
    return "Average pooling: " if heads == {"gap", "fc"} else ""


def _times(ratios: np.ndarray) -> str:
    return f"{np.median(ratios):.2f} [{ratios.min():.2f} to {ratios.max():.2f}] times"
