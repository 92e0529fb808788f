"""`ensembles.csv` and `ensembles.md`: made from the stored answers alone, which always give the same bytes."""

import math
from collections.abc import Mapping

import pandas as pd

from ablations import environment
from ablations.evidence.order import Error, Step, error, steps
from ablations.evidence.verdict import decide_order
from ablations.records import ensembles
from ablations.records.ensembles import Ensembles
from ablations.records.store import Store
from ablations.report.escapes import markdown
from ablations.report.formats import p_value, to_markdown
from ablations.study import Study
from ablations.study.claims import METRICS, PAPER
from ablations.study.decimals import numbered

DIGITS = 6
ABOUT = (
    "The error is the share of test images that are not right, over the draws of a row; a row of k of n models has n "
    "draws, models 1 to k, 2 to k + 1 and so on around the circle (one where k = n). Intervals are over images at 95%, "
    "with these networks. ± is one standard deviation over the draws: for one model these are n trials that share "
    "nothing; for more they share most of their models, so that it says little about other seeds."
)
STEPS = (
    "Each row of the claimed order beside the next one, by {metric}: the gain is the error of the first minus that of "
    "the second, so that the claimed order has it above 0. The test flips signs by image and is exact; Holm's "
    "correction is over these steps. It speaks of these networks on other images, not of other seeds."
)


def texts(study: Study, store: Store) -> dict[str, str]:
    """The contents of the files by name; empty if no ensemble was evaluated."""
    found = ensembles.load_ensembles(store)
    if found is None:
        return {}
    return {"ensembles.csv": ensembles_table(found).to_csv(index=False), "ensembles.md": ensembles_page(study, found)}


def ensembles_table(found: Ensembles) -> pd.DataFrame:
    """One row per combination of models and crops; errors in percent, rounded so that all machines write the same."""
    about, rows = found.about, []
    for row, answers in found.rows.items():
        made = {"study": about["study"], "profile": about["profile"], "variant": about["variant"]}
        made |= {"models": row.models, "crops": row.crops, "draws": len(answers.draws), "images": about["images"]}
        for metric in METRICS:
            of = error(answers, metric)
            made |= {f"{metric}_error": round(of.mean, DIGITS), f"{metric}_low": round(of.low, DIGITS)}
            made |= {f"{metric}_high": round(of.high, DIGITS), f"{metric}_sd": round(of.sd, DIGITS)}
        made |= {"paper_top5_error": PAPER.get(row), "dataset": about["data"]["name"]}
        made |= {"fingerprint": about["data"]["fingerprint"], "hardware": environment.hardware_words(about["hardware"])}
        rows.append(made | {"versions": environment.versions_words(about["versions"]), "commit": about["commit"]})
    return pd.DataFrame(rows)


def display(found: Ensembles) -> pd.DataFrame:
    """The rows as a table for people, with the paper's errors."""
    rows = []
    for row, answers in found.rows.items():
        shown = {"models": str(row.models), "crops": str(row.crops), "draws": str(len(answers.draws))}
        shown |= {f"top-{metric[3:]} error (%)": _error(error(answers, metric)) for metric in METRICS}
        rows.append(shown | {"paper, ImageNet, top-5 error (%)": f"{PAPER[row]:.2f}" if row in PAPER else "–"})
    return pd.DataFrame(rows)


def display_steps(order: list[Step]) -> pd.DataFrame:
    """The steps of an order as a table for people."""
    rows = []
    for one in order:
        known = one.worse in PAPER and one.better in PAPER
        shown = {"from": str(one.worse), "to": str(one.better)}
        shown |= {"paper": f"{PAPER[one.worse] - PAPER[one.better]:+.2f}" if known else "–"}
        shown |= {"gain (points) [95% over images]": f"{one.gain:+.2f} [{one.low:+.2f}, {one.high:+.2f}]"}
        rows.append(shown | {"p (sign-flip)": p_value(one.p_value), "p (Holm)": p_value(one.p_holm)})
    return pd.DataFrame(rows)


def ensembles_page(study: Study, found: Ensembles) -> str:
    """The page: the rows, the test of their order, and what they were made from."""
    lines = [f"# {study.name}: ensembles and crops", "", to_markdown(display(found)), "", ABOUT, ""]
    if study.ordering and (order := steps(study.ordering, found.rows)):
        verdict, name = decide_order(order), f"top-{study.ordering.metric[3:]}"
        lines += ["## The order", "", to_markdown(display_steps(order)), "", STEPS.format(metric=name), ""]
        lines += [f"**{verdict.name}**: {verdict.reason}.", ""]
    return "\n".join([*lines, *_notes(found.about), ""])


def _error(of: Error) -> str:
    spread = "" if math.isnan(of.sd) else f" ± {of.sd:.2f}"
    return f"{of.mean:.2f}{spread} [{of.low:.2f}, {of.high:.2f}]"


def _notes(about: Mapping) -> list[str]:
    data = about["data"]
    return [
        f"- Models: {about['variant']}, {numbered('seed', about['seeds'])} ({about['profile']})",
        f"- Data: the first {about['images']:,} of {data['counts']['test']:,} test images of {data['name']} "
        f"{data['version']}, crops of {about['crop_side']} pixels. {markdown(data['note'])}",
        f"- Evaluation: {about['passes']:,} crops through a network, {about['seconds']:.0f} seconds; equal crops are "
        "computed once and weigh as many times",
        f"- Hardware: {environment.hardware_words(about['hardware'])}",
        f"- Versions: {environment.versions_words(about['versions'])}",
        f"- Commit: {about['commit']}",
    ]
