"""The page about the main claim, made from records: `python -m ablations.report.average_pooling`.

It has the answer, the difference over the budget of training in every experiment that compares average pooling with a
fully connected head, why an arm is worse where that is known, what others measured, and what would change the answer.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ablations import studies
from ablations.evidence.claimed import sign
from ablations.evidence.findings import Finding, findings
from ablations.evidence.twins import find_twins
from ablations.files import write_files
from ablations.records.store import Store
from ablations.report import claim_texts, experiments
from ablations.report.escapes import markdown
from ablations.report.formats import to_markdown
from ablations.report.frozen import heads_on_trunks
from ablations.report.main_question import SECTION, STUDIES, TRANSFERRED, answers
from ablations.report.published import Published, elsewhere
from ablations.study import Claim
from ablations.study.decimals import signed

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/explanation/average_pooling.md")
# What else is claimed of these heads, on the same trunks.
ALSO = (*TRANSFERRED, "shifts_on_trunk", "dropout_on_trunk")
PAPER = (
    "The paper says that average pooling in place of fully connected layers “improved the top-1 accuracy by about "
    "0.6%” (arXiv 1409.4842, section 5); it names neither those layers nor the number of runs nor a spread."
)
OVER_IMAGES = "over seeds and images"
FIGURE = "![Each experiment's difference, its interval, and the paper's 0.6](../../results/figures/main_claim.png)"
ABOUT_ALSO = (
    "What else is claimed of these heads, at the longest budget; plus is as claimed. The whole claims, with their "
    "sources, are in the [ledger](../../results/claims.md)."
)
MIND = (
    "- **Another answer.** Each study names the result that would refute its claim, and is locked before its trials "
    "run; where another study had trained one of its arms before, its page says so: {refuted}.",
    "- **Longer training.** The claim is judged at the last rung (budget of epochs) only, and only if neither arm nor "
    "their difference still moves; see [What the interval and the verdict mean](verdict.md).",
    "- **Another network.** Every number here is of the experiment beside it: its width, its images, its epochs. A "
    "difference at another size is another row of the table, not a repetition.",
)


def collect(out: Path) -> tuple[list[Finding], list[Finding]]:
    """The findings on the paper's claim, and those on other claims about heads on frozen trunks that have records."""
    names = dict.fromkeys(STUDIES + ALSO)
    found = [one for name in names for one in findings(studies.load(name), Store(out / name))]
    also = [one for one in found if one.study.name in ALSO and not _is_the_papers(one)]
    return [one for one in found if _is_the_papers(one)], [one for one in also if one.rungs]  # an ordering has none


def _is_the_papers(one: Finding) -> bool:
    """Whether a finding is on the paper's claim: the primary one, or the same of another trunk."""
    if not isinstance(one.claim, Claim) or one.study.name not in STUDIES + TRANSFERRED:
        return False
    return one.primary or (one.study.name in TRANSFERRED and one.claim.source.startswith(SECTION))


def page(found: Sequence[Finding], heads: pd.DataFrame | None = None, also: Sequence[Finding] = ()) -> str:
    """The page in Markdown.

    Args:
        found: What was found on the paper's claim: see `collect`.
        heads: The accuracies of heads on frozen trunks: see `frozen.heads_on_trunks`.
        also: What was found on other claims about them.
    """
    whole = [one for one in found if one.study.name not in TRANSFERRED]
    run = [one for one in whole if one.records]
    parts = ["# What is average pooling worth?", "", answer(whole), ""]
    parts += [FIGURE, ""] if run else []
    parts += ["## The difference over the budget", "", _about_budgets(), "", to_markdown(over_the_budget(run)), ""]
    if waiting := [one for one in found if not one.records]:
        parts += ["Not run yet:", "", *(_to_run(one) for one in waiting), ""]
    if reasons := [f"- {one.study.name}: {markdown(one.mechanism)}." for one in run if one.mechanism]:
        parts += ["## Why", "", *reasons, ""]
    if transferred := [one for one in found if one.records and one not in whole]:
        table = over_the_budget(transferred)
        table.insert(4, OVER_IMAGES, over_images(transferred))
        parts += ["## On a trunk that is not trained further", "", _about_transfer(), "", to_markdown(table), ""]
        parts += [] if heads is None else [_about_trunks(), "", to_markdown(heads), ""]
        parts += [ABOUT_ALSO, "", to_markdown(in_one_row_each(also)), ""] if also else []
    parts += ["## What others measured", "", _about_others(), "", to_markdown(others(found)), ""]
    refuted = dict.fromkeys(one.claim.refuted_by for one in whole if isinstance(one.claim, Claim))
    parts += ["## What would change the answer", "", *(line.format(refuted="; ".join(refuted)) for line in MIND), ""]
    return "\n".join(parts)


def answer(found: Sequence[Finding]) -> str:
    """What the paper says; then a line for each answer: what was measured, and how far that answers the question."""
    measured = answers(found)
    if not measured:
        return f"{PAPER} Nothing was measured here yet. `{experiments.first_command(found[0])}` does."
    lines = [f"{PAPER} Measured here:", "", *(f"- {_answer(one)}" for one in measured)]
    twins = find_twins(record for one in measured for record in one.records).sentences()
    return "\n".join([*lines, *(["", f"{'; '.join(twins)}."] if twins else [])])


def _answer(one: Finding) -> str:
    assert isinstance(one.claim, Claim), "an ordering has no pair"
    arms = {arm.name: arm.label for arm in one.study.arms}
    first, second = (arms[name] for name in one.study.claimed_pair(one.claim))
    measured = f"{claim_texts.measured(one)} points, n = {claim_texts.count(one)} ({experiments.brief(one)})"
    return f"{first} against {second}: {measured}. Verdict: **{one.verdict.name}**, {markdown(one.verdict.reason)}."


def over_the_budget(found: Sequence[Finding]) -> pd.DataFrame:
    """A row per experiment and budget."""
    rows = []
    for one in found:
        assert isinstance(one.claim, Claim), "an ordering has no pair"
        labels = {arm.name: arm.label for arm in one.study.arms}
        baseline, variant = one.study.claimed_pair(one.claim)
        for rung in one.rungs:
            first, second = rung.means
            rows.append(
                (
                    f"[{one.study.name}](../../results/{one.study.name}/summary.md)",
                    str(rung.epochs),
                    f"{labels[baseline]} {first:.1f}%, {labels[variant]} {second:.1f}%",
                    claim_texts.rung_words(one, rung),
                    claim_texts.verdict_cell(one) if rung is one.rungs[-1] else "",
                )
            )
    return pd.DataFrame(rows, columns=["study", "epochs", "accuracy of the arms", "effect as claimed", "verdict"])


def over_images(found: Sequence[Finding]) -> list[str]:
    """The interval over other seeds and test images, as claimed, for each row of `over_the_budget`."""
    cells = []
    for one in found:
        assert isinstance(one.claim, Claim), "an ordering has no pair"
        for rung in one.rungs:
            ends = [sign(one.claim) * end for end in rung.evidence.images or ()]
            cells.append(f"[{', '.join(signed(end) for end in sorted(ends))}]" if ends else "–")
    return cells


def in_one_row_each(found: Sequence[Finding]) -> pd.DataFrame:
    """A row per claim, at the last of its budgets."""
    rows = [
        (
            f"[{one.study.name}](../../results/{one.study.name}/summary.md)",
            markdown(one.claim.statement),
            claim_texts.rung_words(one, one.rungs[-1]),
            claim_texts.verdict_cell(one),
        )
        for one in found
    ]
    return pd.DataFrame(rows, columns=["study", "claim", "effect as claimed", "verdict"])


def others(found: Sequence[Finding]) -> pd.DataFrame:
    """The published results on the claim, the least favourable to it first."""
    rows: dict[Published, None] = dict.fromkeys(row for one in found for row in elsewhere(one))
    cells = [
        (f"{row.effect:+g}", str(row.n), markdown(row.setting), markdown(row.source), "yes" if row.second_hand else "")
        for row in sorted(rows, key=lambda row: row.effect)
    ]
    return pd.DataFrame(cells, columns=["effect as claimed", "n", "setting", "source", "second-hand"])


def write_page(root: Path = ROOT) -> Path:
    """Writes the page from the records in `results/` below `root`; returns its path."""
    results = root / "results"
    found, also = collect(results)
    text = page(found, heads_on_trunks(results), also)
    return write_files(root, {str(PAGE): text})[0]


def _to_run(one: Finding) -> str:
    words = f"- {one.study.name}: {one.study.question} `{experiments.first_command(one)}`"
    return f"{words}; {one.uncounted}" if one.uncounted else words


def _about_budgets() -> str:
    return (
        "Plus is as the paper says: average pooling better. A claim is judged at the last of a study's budgets; a "
        "study with one budget can't show whether its difference still moves, so it is not judged. With *the flattened "
        "map* every position of the last map has weights of its own for each class. CIFAR-10 here is a copy whose "
        "images were re-encoded as JPEG."
    )


def _about_transfer() -> str:
    return (
        "The *trunk* is all layers before the head. Here it was trained on CIFAR-10 and is kept fixed: only the head "
        "is trained, on Imagenette at 40x40 pixels. So this is about transferring a network, not about training one. "
        "The trunk of `transfer_cifar10` was trained behind average pooling, those of `heads_on_trunks` behind the "
        "flattened map and behind the maximum. n counts heads trained on one frozen trunk; no second trunk, from "
        "another seed, was tried behind any of these heads. The verdict uses the interval over the seeds of the head; "
        "the one over the test images too is wider."
    )


def _about_trunks() -> str:
    return (
        "Test top-1 in percent at the longest budget, means over the seeds. There is one trunk behind each head: a "
        "difference between two rows may be that of two trainings, whatever the heads."
    )


def _about_others() -> str:
    return (
        "Single trainings all, of other networks. In some more than the head was changed. *Second-hand*: quoted from a "
        "transcript, not compared with the source."
    )


if __name__ == "__main__":
    write_page()
