"""The ledger: every claim and its verdict, in three groups. The same records always give the same bytes.

The first page is short: the claims that matter most, and what a reader needs to believe or doubt a verdict. Everything
else about a claim is on the page of its study.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from ablations.evidence.findings import Finding, findings
from ablations.evidence.twins import find_twins
from ablations.files import write_files
from ablations.records.store import Store
from ablations.report import claim_texts, experiments
from ablations.report.escapes import markdown
from ablations.report.formats import to_markdown
from ablations.report.frozen import has_frozen_trunk
from ablations.report.main_question import answers, standing
from ablations.report.published import elsewhere_cell
from ablations.study import Study
from ablations.study.claims import Ordering
from ablations.study.decimals import counted

ROWS = 15  # of the first page, beside those of the other settled claims
GROUPS = ("settled", "open", "not judged")
COLUMNS = (
    "claim",
    "accuracy of the arms",
    "effect as claimed",
    "claimed",
    "elsewhere",
    "trained out?",
    "verdict",
    "study",
)
ABOUT = (
    "An effect is in points of test top-1 unless it names another unit, in the claim's direction (plus is as claimed), "
    "with its 95% interval over n seeds, or over n rounds where steps were timed in turn. A claim is *settled* if it "
    "is reproduced, contradicted, equivalent (a difference as large as the declared margin is excluded), or real in "
    "its direction only, with another size. It is *open* if the seeds can't tell, and *not judged* if the networks are "
    "not trained out, or trials are missing. A verdict speaks of its experiment and of nothing larger. *Elsewhere* is "
    "what others measured, in the claim's direction. The page of each study has the reasons, tests, locks and sources."
)


def collect_ledger(studies: Iterable[Study], out: Path) -> list[Finding]:
    """The findings of all studies that state a claim, in the order given; the primary claim of a study first."""
    return [one for study in studies if study.hypothesis for one in findings(study, Store(out / study.name))]


def group_of(one: Finding) -> str:
    """The group of a finding that has trials."""
    return GROUPS[standing(one.verdict.name)]


def first_page(found: Sequence[Finding]) -> list[Finding]:
    """The findings on the first page, in their groups; none of a study that is retired.

    All settled ones are there. Of the others the answers to the main question come first, then the primary claims of
    all studies, then the secondary ones; of each kind those that are open before those that are not judged.
    """
    run, first = [one for one in found if one.records and not one.study.retired], list(map(id, answers(found)))
    ranked = sorted(run, key=lambda one: (id(one) not in first, not one.primary, GROUPS.index(group_of(one))))
    shown = [one for place, one in enumerate(ranked) if place < ROWS or group_of(one) == "settled"]
    return sorted(shown, key=lambda one: (GROUPS.index(group_of(one)), id(one) not in first, not one.primary))


def in_short(found: Sequence[Finding]) -> str:
    """How many claims are in each group, and the answers to the main question, a sentence each."""
    run = [one for one in found if one.records]
    groups = [group_of(one) for one in run]
    counts = ", ".join(f"{groups.count(name)} {name}{_of_heads(run, name)}" for name in GROUPS)
    text = f"{counted(len(run), 'claims')} {'was' if len(run) == 1 else 'were'} tested: {counts}."
    if waiting := len(found) - len(run):
        text += f" {waiting} more {'are' if waiting > 1 else 'is'} not run."
    return " ".join([text, *map(main_sentence, answers(run))])


def _of_heads(run: Sequence[Finding], group: str) -> str:
    """How many settled claims are about heads alone, which are trained out in minutes; nothing of other groups."""
    heads = sum(has_frozen_trunk(one.study) for one in run if group_of(one) == group == "settled")
    return f" ({heads} about heads on frozen trunks)" if heads else ""


def settled_elsewhere(found: Sequence[Finding]) -> str:
    """A sentence on the settled claims of retired studies, which have no row; empty without."""
    names = [one.study.name for one in found if one.records and one.study.retired and group_of(one) == "settled"]
    if not names:
        return ""
    what = "claim of a study that is" if len(names) == 1 else "claims of studies that are"
    return f"{len(names)} more settled {what} retired: {', '.join(dict.fromkeys(names))}."


def main_sentence(one: Finding) -> str:
    """A claim with what was measured and its verdict, in a sentence."""
    words = f"{claim_texts.measured(one)}, n = {claim_texts.n_words(one)} ({experiments.brief(one)})"
    return f"“{one.claim.statement}”: {words}. Verdict: **{one.verdict.name}**, {one.verdict.reason}."


def display(found: Sequence[Finding]) -> pd.DataFrame:
    """The rows of the ledger as texts."""
    rows = [
        (
            one.claim.statement,
            claim_texts.accuracy_cell(one),
            claim_texts.effect_cell(one),
            claim_texts.claimed_cell(one),
            elsewhere_cell(one),
            claim_texts.trained_cell(one),
            claim_texts.verdict_cell(one),
            one.study.name,
        )
        for one in found
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def ledger_page(found: Sequence[Finding]) -> str:
    """The ledger as a page: the groups, which arms are the same trials, what is broken, and what is not run yet."""
    shown = first_page(found)
    parts = ["# Claims", "", "## In short", "", in_short(found), ""]
    for name in GROUPS:
        rows = [one for one in shown if group_of(one) == name]
        if rows:
            parts += [f"## {name.capitalize()}", "", to_markdown(_linked(rows)), ""]
        if name == "settled" and (elsewhere := settled_elsewhere(found)):
            parts += [elsewhere, ""]
    if more := _unsettled(one for one in found if one.records) - _unsettled(shown):
        rest = f"{more} more {'claim is' if more == 1 else 'claims are'} open or not judged"
        parts += [f"{rest}, on the pages of their studies; `claims.csv` has all claims.", ""]
    if said := remarks(found):
        parts += ["## Notes", "", *(f"- {markdown(remark)}." for remark in said), ""]
    if waiting := [one for one in found if not one.records]:
        parts += ["## Not run yet", "", *(f"- {_to_run(one)}" for one in waiting), ""]
    return "\n".join([*parts, "## How to read it", "", ABOUT, ""])


def _unsettled(found: Iterable[Finding]) -> int:
    return sum(group_of(one) != "settled" for one in found)


def remarks(found: Sequence[Finding]) -> list[str]:
    """What stands below the claims: arms that are the same trials, notes on claims, and studies that are retired."""
    twins = find_twins(record for one in found for record in one.records)
    return [*twins.sentences(), *notes(found), *retirements(found)]


def notes(found: Sequence[Finding]) -> list[str]:
    """The notes on all claims that have trials, each with the studies that it concerns."""
    studies: dict[str, list[str]] = {}
    for one in found:
        for note in one.notes if one.records else []:
            names = studies.setdefault(note, [])
            if one.study.name not in names:
                names.append(one.study.name)
    return [f"{', '.join(names)}: {note}" for note, names in studies.items()]


def retirements(found: Sequence[Finding]) -> list[str]:
    """Why the first page leaves out a study."""
    reasons = {one.study.name: one.study.retired for one in found if one.study.retired}
    return [f"{name} is retired: {reason}" for name, reason in reasons.items()]


def write_ledger(found: Sequence[Finding], out: Path) -> list[Path]:
    """Writes `claims.csv` and `claims.md` to `out`."""
    texts = {"claims.csv": ledger_table(found).to_csv(index=False), "claims.md": ledger_page(found)}
    return write_files(out, texts)


def ledger_table(found: Sequence[Finding]) -> pd.DataFrame:
    """One row per finding, numbers as numbers, rounded so that all machines write the same.

    `difference`, `low` and `high` are variant minus baseline; `effect`, `effect_low` and `effect_high` are in the
    claim's direction. `n` counts seeds, and rounds for steps that were timed in turn.
    """
    return pd.DataFrame([_row(one) for one in found])


def _linked(rows: Sequence[Finding]) -> pd.DataFrame:
    shown = display(rows)
    shown["claim"] = shown["claim"].map(markdown)
    shown["study"] = shown["study"].map(lambda name: f"[{name}]({name}/summary.md)")
    return shown


def _to_run(one: Finding) -> str:
    words = f"{markdown(one.claim.statement)} ({markdown(one.claim.source)}): `{experiments.first_command(one)}`"
    return "; ".join(filter(None, (words, one.uncounted, one.plan)))


def _row(one: Finding) -> dict:
    claim, evidence, effect = one.claim, one.evidence, claim_texts.effect(one)
    row: dict[str, object] = {"study": one.study.name, "claim": claim.statement, "source": claim.source}
    if isinstance(claim, Ordering):
        row |= {"baseline": str(claim.order[0]), "variant": str(claim.order[-1]), "metric": claim.metric}
        row |= {"claimed_effect": None, "margin": None}
    else:
        baseline, variant = one.study.claimed_pair(claim)
        row |= {"baseline": baseline, "variant": variant, "metric": claim.metric}
        row |= {"claimed_effect": claim.effect, "margin": claim.margin}
    row |= {"verdict": claim_texts.verdict(one), "reason": one.verdict.reason, "trained": claim_texts.trained_cell(one)}
    row |= {"effect": round(effect.mean, 6) if effect else None}
    row |= {"effect_low": round(effect.low, 6) if effect else None}
    row |= {"effect_high": round(effect.high, 6) if effect else None}
    names = ("difference", "low", "high", "p_value", "sd", "correlation")
    row |= {name: round(getattr(evidence.found, name), 6) if evidence else None for name in names}
    row |= {"detectable": round(evidence.detectable, 6) if evidence else None}
    row |= {"p_holm": round(evidence.p_holm, 6) if evidence else None, "n": claim_texts.count(one)}
    images = evidence.images if evidence else None
    row |= {"images_low": round(images.low, 4) if images else None}
    row |= {"images_high": round(images.high, 4) if images else None}
    trained = evidence.training if evidence else None
    row |= {"training_difference": round(trained.found.difference, 6) if trained else None, "mechanism": one.mechanism}
    row |= {"seeds_to_show": one.needs.to_show if one.needs else None}
    row |= {"seeds_to_exclude": one.needs.to_exclude if one.needs else None}
    row |= {"confirmatory": one.lock is not None, "standing": one.standing, "notes": "; ".join(one.notes)}
    return row | {"experiment": experiments.in_full(one)}
