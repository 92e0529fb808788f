"""Fills the blocks of both READMEs from `results/claims.csv`: `python -m ablations.report.readme`.

A block between `<!-- results/claims.csv -->` and `<!-- end -->` holds how many claims are in each group, and a short
table: the primary claims of a few studies, the main one first. Both READMEs have the same numbers.
"""

import csv
import re
from pathlib import Path

from ablations import studies
from ablations.evidence.claimed import PLAIN
from ablations.evidence.verdict import NOT_JUDGED, SETTLED, UNDECIDED
from ablations.report.ledger import MAIN

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"(<!-- results/claims.csv -->\n).*?(<!-- end -->)", re.DOTALL)
ROWS = 6
HEADS = {
    "README.md": ("study", "effect as claimed (points)", "n", "verdict"),
    "README.ja.md": ("study", "主張の向きの差（ポイント）", "n", "判定"),
}
COUNTS = {
    "README.md": "{run} claims were tested: {settled} settled, {open} open, {not_judged} not judged.",
    "README.ja.md": "検証した主張 {run} 件：決着 {settled}、未決 {open}、判定せず {not_judged}。",
}


def fill(text: str, name: str, root: Path = ROOT) -> str:
    """Returns the text of the README called `name` with its block filled from `root`."""
    with (root / "results" / "claims.csv").open(encoding="utf-8", newline="") as file:
        claims = list(csv.DictReader(file))
    body = f"{_counts(claims, COUNTS[name])}\n\n{_table(claims, HEADS[name])}"
    return BLOCK.sub(lambda match: f"{match[1]}\n{body}\n\n{match[2]}", text)


def _counts(claims: list[dict[str, str]], words: str) -> str:
    verdicts = [row["verdict"] for row in claims]
    return words.format(
        run=len(verdicts) - verdicts.count("not run"),
        settled=sum(verdict in SETTLED for verdict in verdicts),
        open=verdicts.count(UNDECIDED),
        not_judged=verdicts.count(NOT_JUDGED),
    )


def _table(claims: list[dict[str, str]], heads: tuple[str, ...]) -> str:
    """The first claim in points of accuracy of the main study, then those of the others, settled ones first."""
    primary: dict[str, dict[str, str]] = {}
    for row in claims:  # of each study the primary claim comes first
        if not _retired(row["study"]):
            primary.setdefault(row["study"], row)
    found = [row for row in primary.values() if row["effect"] and row["metric"] in PLAIN]
    found.sort(key=lambda row: (row["study"] != MAIN, row["verdict"] not in SETTLED, row["verdict"] == NOT_JUDGED))
    lines = [f"| {' | '.join(heads)} |", "|:--|:--|--:|:--|"]
    for row in found[:ROWS]:
        mean, low, high = (f"{float(row[end]):+.2f}" for end in ("effect", "effect_low", "effect_high"))
        link = f"[{row['study']}](results/{row['study']}/summary.md)"
        lines.append(f"| {link} | {mean} [{low}, {high}] | {row['n']} | {row['verdict']} |")
    return "\n".join(lines)


def _retired(study: str) -> bool:
    return study in studies.names() and bool(studies.load(study).retired)


if __name__ == "__main__":
    for readme in HEADS:
        path = ROOT / readme
        path.write_text(fill(path.read_text(encoding="utf-8"), readme), encoding="utf-8")
