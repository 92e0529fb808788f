"""Fills the blocks of both READMEs from the results: `python -m ablations.report.readme`.

A block is between `<!-- FILE -->` and `<!-- end -->`. That of `results/claims.csv` holds how many claims are in each
group, a short table: the primary claims of a few studies, the best answer to the main question first, and whether its
interval holds the claimed size. That of `results/benchmarks` holds a row of speed for each kind of processor. Both
READMEs have the same numbers.
"""

import csv
import re
from fnmatch import fnmatchcase
from math import isfinite
from pathlib import Path

from ablations import studies
from ablations.evidence.claimed import PLAIN
from ablations.evidence.verdict import EQUIVALENT, NOT_JUDGED, SETTLED, UNDECIDED
from ablations.report.frozen import has_frozen_trunk
from ablations.report.main_question import STUDIES, standing

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- (\S+) -->\n.*?<!-- end -->", re.DOTALL)
CLAIMS, SPEED = "results/claims.csv", "results/benchmarks"
CASES = ("train_batchnorm_bfloat16", "train_batchnorm_float32")  # the first that is timed on a processor
PEERS = ("ours", "keras", "torchvision*")  # patterns of contestants; of several the fastest counts
ROWS = 5
HEADS = {
    "README.md": ("study", "effect as claimed (points)", "n", "verdict"),
    "README.ja.md": ("study", "主張の向きの差（ポイント）", "n", "判定"),
}
SPEEDS = {
    "README.md": (
        "training with batch norm, 224 px, images/s on 2 cores",
        "here",
        "plain Keras",
        "torchvision at best",
    ),
    "README.ja.md": (
        "バッチ正規化版の学習、224 ピクセル、2 コア、images/s",
        "本実装",
        "Keras のみ",
        "torchvision 最速",
    ),
}
COUNTS = {
    "README.md": "{run} claims were tested: {settled} settled{heads}, {open} open, {not_judged} not judged.",
    "README.ja.md": "検証した主張 {run} 件：決着 {settled}{heads}、未決 {open}、判定せず {not_judged}。",
}
HEADS_ALONE = {
    "README.md": " ({} about heads on frozen trunks)",
    "README.ja.md": "（うち {} は重みを凍結したバックボーン上のヘッド）",
}

# by whether the interval of the first row holds the size that its claim has
CLAIMED = {
    "README.md": {
        True: " The first interval holds the claimed {} points.",
        False: " The first interval leaves out the claimed {} points.",
    },
    "README.ja.md": {
        True: "一行目の区間は主張の {} ポイントを含みます。",
        False: "一行目の区間は主張の {} ポイントを含みません。",
    },
}


def fill(text: str, name: str, root: Path = ROOT) -> str:
    """Returns the text of the README called `name` with its blocks filled from `root`."""
    make = {CLAIMS: _claims, SPEED: _speed}

    def filled(block: re.Match) -> str:
        return f"<!-- {block[1]} -->\n{make[block[1]](root, name)}\n\n<!-- end -->"

    return BLOCK.sub(filled, text)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _claims(root: Path, name: str) -> str:
    rows = _rows(root / CLAIMS)
    first = _first(rows)
    return f"{_counts(rows, name)}{claimed_size(first[0], name) if first else ''}\n\n{_table(first, HEADS[name])}"


def _speed(root: Path, name: str) -> str:
    """A training step beside the peers', on each kind of processor that it was timed on, the slowest first."""
    lines = []
    for table in (root / SPEED).glob("*/table.csv"):
        rows = _rows(table)
        timed = {row["case"] for row in rows}
        if case := next((case for case in CASES if case in timed), None):
            precision = case.rpartition("_")[2]
            link = f"[{table.parent.name}]({SPEED}/{table.parent.name}/table.md)"
            lines.append((_best(rows, case), f"{link}, {precision}"))
    body = [f"| {label} | {' | '.join(f'{one:.1f}' for one in best)} |" for best, label in sorted(lines)]
    return "\n".join([f"| {' | '.join(SPEEDS[name])} |", "|:--|--:|--:|--:|", *body])


def _best(rows: list[dict[str, str]], case: str) -> list[float]:
    """Images per second of a case, for each of `PEERS`."""
    medians = [(row["contestant"], float(row["median"])) for row in rows if row["case"] == case]
    return [max(median for contestant, median in medians if fnmatchcase(contestant, peer)) for peer in PEERS]


def _counts(claims: list[dict[str, str]], name: str) -> str:
    verdicts = [row["verdict"] for row in claims]
    heads = sum(row["verdict"] in SETTLED and _is_of_heads(row["study"]) for row in claims)
    return COUNTS[name].format(
        run=len(verdicts) - verdicts.count("not run"),
        settled=sum(verdict in SETTLED for verdict in verdicts),
        heads=HEADS_ALONE[name].format(heads) if heads else "",
        open=verdicts.count(UNDECIDED),
        not_judged=verdicts.count(NOT_JUDGED),
    )


def _is_of_heads(study: str) -> bool:
    return study in studies.names() and has_frozen_trunk(studies.load(study))


def claimed_size(row: dict[str, str], name: str) -> str:
    """Whether the interval holds the claimed size; nothing of a claim without one, or that is not judged."""
    if row["verdict"] not in (*SETTLED, UNDECIDED) or not row["claimed_effect"]:
        return ""
    size = abs(float(row["claimed_effect"]))
    held = float(row["effect_low"]) <= size <= float(row["effect_high"])
    return CLAIMED[name][held].format(f"{size:g}")


def _first(claims: list[dict[str, str]]) -> list[dict[str, str]]:
    """The best answer to the main question, then the other primary claims, settled ones and this question's first."""
    primary: dict[str, dict[str, str]] = {}
    for row in claims:  # of each study the primary claim comes first
        if not _retired(row["study"]):
            primary.setdefault(row["study"], row)
    found = [row for row in primary.values() if row["effect"] and row["metric"] in PLAIN and _has_interval(row)]
    asked = [row for name in STUDIES for row in found if row["study"] == name]
    main = min(asked, key=lambda row: standing(row["verdict"]), default=None)
    found.sort(key=lambda row: (row is not main, standing(row["verdict"]), row not in asked))
    return found[:ROWS]


def _table(rows: list[dict[str, str]], heads: tuple[str, ...]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|:--|:--|--:|:--|"]
    for row in rows:
        mean, low, high = (f"{float(row[end]):+.2f}" for end in ("effect", "effect_low", "effect_high"))
        link = f"[{row['study']}](results/{row['study']})"  # short, as the whole row, so that no line is cut off
        lines.append(f"|{link}|{mean} [{low}, {high}]|{row['n']}|{_verdict(row)}|")
    return "\n".join(lines)


def _verdict(row: dict[str, str]) -> str:
    """The verdict; of an equivalence with its margin."""
    return f"{row['verdict']} (±{float(row['margin']):g})" if row["verdict"] == EQUIVALENT else row["verdict"]


def _has_interval(row: dict[str, str]) -> bool:
    """One pair, of a study that is still being run, has none."""
    return isfinite(float(row["effect_low"]))


def _retired(study: str) -> bool:
    return study in studies.names() and bool(studies.load(study).retired)


if __name__ == "__main__":
    for readme in HEADS:
        path = ROOT / readme
        path.write_text(fill(path.read_text(encoding="utf-8"), readme), encoding="utf-8")
