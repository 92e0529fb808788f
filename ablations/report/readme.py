"""Fills the blocks of both READMEs from the results: `python -m ablations.report.readme`.

A block is between `<!-- FILE -->` and `<!-- end -->`. That of `results/claims.csv` holds how many claims are in each
group, and a short table: the primary claims of a few studies, the main one first. That of
`results/benchmarks/table.csv` holds one row of speed. Both READMEs have the same numbers.
"""

import csv
import re
from fnmatch import fnmatchcase
from pathlib import Path

from ablations import studies
from ablations.evidence.claimed import PLAIN
from ablations.evidence.verdict import NOT_JUDGED, SETTLED, UNDECIDED
from ablations.report.ledger import MAIN

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- (\S+) -->\n.*?<!-- end -->", re.DOTALL)
CLAIMS, SPEED = "results/claims.csv", "results/benchmarks/table.csv"
CASE = "train_batchnorm_float32"
PEERS = ("ours", "keras", "torchvision*")  # patterns of contestants; of several the fastest counts
ROWS = 6
HEADS = {
    "README.md": ("study", "effect as claimed (points)", "n", "verdict"),
    "README.ja.md": ("study", "主張の向きの差（ポイント）", "n", "判定"),
}
SPEEDS = {
    "README.md": ("training GoogLeNet at 224 pixels on 2 cores", "here", "plain Keras", "torchvision at its best"),
    "README.ja.md": ("GoogLeNet の学習、224 ピクセル、2 コア", "本実装", "Keras のみ", "torchvision の最速設定"),
}
COUNTS = {
    "README.md": "{run} claims were tested: {settled} settled, {open} open, {not_judged} not judged.",
    "README.ja.md": "検証した主張 {run} 件：決着 {settled}、未決 {open}、判定せず {not_judged}。",
}


def fill(text: str, name: str, root: Path = ROOT) -> str:
    """Returns the text of the README called `name` with its blocks filled from `root`."""
    make = {CLAIMS: _claims, SPEED: _speed}

    def filled(block: re.Match) -> str:
        with (root / block[1]).open(encoding="utf-8", newline="") as file:
            body = make[block[1]](list(csv.DictReader(file)), name)
        return f"<!-- {block[1]} -->\n{body}\n\n<!-- end -->"

    return BLOCK.sub(filled, text)


def _claims(rows: list[dict[str, str]], name: str) -> str:
    return f"{_counts(rows, COUNTS[name])}\n\n{_table(rows, HEADS[name])}"


def _speed(rows: list[dict[str, str]], name: str) -> str:
    """Images per second of a training step, beside the peers."""
    of_case = [row for row in rows if row["case"] == CASE]
    best = [
        max(float(row["median"]) for row in of_case if fnmatchcase(row["contestant"], pattern)) for pattern in PEERS
    ]
    cells = " | ".join(f"{one:.1f}" for one in best)
    page = SPEED.replace(".csv", ".md")
    return f"| {' | '.join(SPEEDS[name])} |\n|:--|--:|--:|--:|\n| [images/s]({page}) | {cells} |"


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
        link = f"[{row['study']}](results/{row['study']})"  # short, so that no line is cut off
        lines.append(f"| {link} | {mean} [{low}, {high}] | {row['n']} | {row['verdict']} |")
    return "\n".join(lines)


def _retired(study: str) -> bool:
    return study in studies.names() and bool(studies.load(study).retired)


if __name__ == "__main__":
    for readme in HEADS:
        path = ROOT / readme
        path.write_text(fill(path.read_text(encoding="utf-8"), readme), encoding="utf-8")
