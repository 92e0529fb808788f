"""The ledger: every claim, what was measured, and the verdict. The same records always give the same bytes."""

from pathlib import Path

import pandas as pd

from ablations.evidence.findings import Finding, findings
from ablations.evidence.order import Step
from ablations.files import write_files
from ablations.records.store import Store
from ablations.report import experiments
from ablations.report.escapes import markdown
from ablations.report.formats import equals, interval, p_value, to_markdown
from ablations.study import Study
from ablations.study.claims import Ordering
from ablations.study.measures import measure

COLUMNS = ("study", "claim", "source", "measured", "n", "experiment", "verdict", "standing")
ABOUT = (
    "What is said of these architectures, and what was measured here. A difference is the variant minus the baseline "
    "in points of test accuracy, with its 95% interval over the seeds. A verdict speaks of the experiment that it "
    "names and of nothing larger. It is *reproduced*, *contradicted*, *equivalent* (a difference as large as the "
    "declared margin is excluded) or *undecided*; *locked* means that hypothesis, comparisons and seeds were fixed "
    "before the run. Seeds needed: with 80% power, to show a difference of the claimed size, and to exclude one of the "
    "margin's size where there is none. At the paper's scale the claims are put by the studies `imagenet` and "
    "`imagenet_batchnorm`, and by a study of GoogLeNet with `--set dataset=imagenet2012 --set image_size=224 "
    "--set width=1 --set stem=imagenet`, whose hours `plan` tells."
)


def collect_ledger(studies: list[Study], out: Path) -> list[Finding]:
    """The findings of all studies that state a claim, in the order given; the primary claim of a study first."""
    return [one for study in studies for one in findings(study, Store(out / study.name))]


def ledger_table(found: list[Finding]) -> pd.DataFrame:
    """One row per finding, numbers as numbers: differences in points, rounded so that all machines write the same."""
    return pd.DataFrame([_row(one) for one in found])


def display(found: list[Finding]) -> pd.DataFrame:
    """The ledger as a table for people."""
    rows = []
    for one in found:
        said = one.study.name, one.claim.statement, one.claim.source
        shown = measured(one), count(one), experiments.brief(one), one.verdict.name or "no verdict"
        rows.append((*said, *shown, one.standing))
    return pd.DataFrame(rows, columns=COLUMNS)


def ledger_page(found: list[Finding]) -> str:
    """The ledger as a page: a table of what was run, what decided each of these claims, and what is not run yet."""
    run = [one for one in found if one.records]
    waiting = [one for one in found if not one.records]
    parts = ["# Claims", "", ABOUT, ""]
    if run:
        shown = display(run)
        shown[["claim", "source"]] = shown[["claim", "source"]].map(markdown)
        parts += [to_markdown(shown), ""]
    for one in run:
        claim = f"> {markdown(one.claim.statement)} ({markdown(one.claim.source)})"
        parts += [f"## {_title(one)}", "", claim, "", *_lines(one), ""]
    if waiting:
        parts += ["## Not run yet", "", to_markdown(_to_run(waiting)), ""]
    return "\n".join(parts)


def _to_run(waiting: list[Finding]) -> pd.DataFrame:
    rows = [
        (
            markdown(one.claim.statement),
            markdown(one.claim.source),
            one.plan or "–",
            f"`python -m ablations run {one.study.name}`",
        )
        for one in waiting
    ]
    return pd.DataFrame(rows, columns=("claim", "source", "it takes", "command"))


def write_ledger(found: list[Finding], out: Path) -> list[Path]:
    """Writes `claims.csv` and `claims.md` to `out`."""
    return write_files(out, {"claims.csv": ledger_table(found).to_csv(index=False), "claims.md": ledger_page(found)})


def measured(one: Finding) -> str:
    """`fc_1024 − gap: -2.45 [-3.02, -1.88]`, in points of top-1; for another measure its unit and name follow.

    For an ordering the gains of its steps: `gains of +1.20, -0.40 from step to step`.
    """
    if one.steps:
        return f"gains of {', '.join(f'{step.gain:+.2f}' for step in one.steps)} from step to step"
    if one.evidence is None:
        return "not run"
    words = f"{one.evidence.variant} − {one.evidence.baseline}: {interval(one.evidence.found)}"
    about = measure(one.claim.metric)
    return words if about.name == "top1" else f"{words} {about.unit}, {about.label}"


def _gain(step: Step) -> str:
    return f"{step.gain:+.2f} [{step.low:+.2f}, {step.high:+.2f}]"


def in_full(one: Finding) -> str:
    """As `measured`, always with the unit."""
    return f"{measured(one)} points of top-1" if one.claim.metric == "top1" else measured(one)


def count(one: Finding) -> str:
    """The number of seeds compared; for an evaluated ordering the number of models."""
    if one.steps:
        return str(len(one.records))
    return "0" if one.evidence is None else str(one.evidence.found.n)


def _title(one: Finding) -> str:
    """The study's name; for a secondary claim also what it compares."""
    if isinstance(one.claim, Ordering) or one.claim == one.study.hypothesis:
        return one.study.name
    baseline, variant = one.study.claimed_pair(one.claim)
    return f"{one.study.name}: {variant} and {baseline}, {measure(one.claim.metric).label}"


def _lines(one: Finding) -> list[str]:
    claim, evidence = one.claim, one.evidence
    lines = [f"- **{one.verdict.name or 'No verdict'}**: {one.verdict.reason}."]
    if evidence is not None:
        found = evidence.found
        words = f"- Measured: {in_full(one)}, n = {found.n}"
        if evidence.images:
            words += f"; over seeds and images together [{evidence.images.low:+.2f}, {evidence.images.high:+.2f}]"
        lines.append(f"{words}; p {equals(found.p_value)}, after Holm {p_value(evidence.p_holm)}.")
    lines += [_step_line(one, step) for step in one.steps]
    lines.append(f"- Experiment: {markdown(experiments.in_full(one)) if one.records else experiments.in_full(one)}")
    if one.needs:
        lines.append(f"- Seeds needed: {one.needs}.")
    lines.append(f"- Standing: {one.standing}.")
    if one.plan:
        lines.append(f"- The whole study: {one.plan}.")
    if claim.refuted_by:
        lines.append(f"- It would be refuted by {markdown(claim.refuted_by)}.")
    return lines


def _step_line(one: Finding, step: Step) -> str:
    return (
        f"- From {step.worse} to {step.better} (models x crops) the top-{one.claim.metric[3:]} error falls by "
        f"{_gain(step)} points over images; p {equals(step.p_value)}, after Holm {p_value(step.p_holm)}."
    )


def _row(one: Finding) -> dict:
    claim, evidence = one.claim, one.evidence
    row: dict[str, object] = {"study": one.study.name, "claim": claim.statement, "source": claim.source}
    if isinstance(claim, Ordering):
        row |= {"baseline": str(claim.order[0]), "variant": str(claim.order[-1]), "metric": claim.metric}
        row |= {"claimed_effect": None, "margin": None}
    else:
        baseline, variant = one.study.claimed_pair(claim)
        row |= {"baseline": baseline, "variant": variant, "metric": claim.metric}
        row |= {"claimed_effect": claim.effect, "margin": claim.margin}
    names = ("difference", "low", "high", "p_value", "sd", "correlation", "detectable")
    row |= {name: round(getattr(evidence.found, name), 6) if evidence else None for name in names}
    row |= {"p_holm": round(evidence.p_holm, 6) if evidence else None, "n": int(count(one))}
    images = evidence.images if evidence else None
    row |= {"images_low": round(images.low, 4) if images else None}
    row |= {"images_high": round(images.high, 4) if images else None}
    row |= {"verdict": one.verdict.name, "reason": one.verdict.reason}
    row |= {"seeds_to_show": one.needs.to_show if one.needs else None}
    row |= {"seeds_to_exclude": one.needs.to_exclude if one.needs else None}
    return row | {
        "confirmatory": one.lock is not None,
        "standing": one.standing,
        "experiment": experiments.in_full(one),
    }
