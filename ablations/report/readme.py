"""Fills the blocks of both READMEs from the results: `python -m ablations.report.readme`.

A block is between `<!-- FILE -->` and `<!-- end -->`. That of `results/claims.csv` holds what average pooling is worth
in whole networks that were trained out, how many claims are in each group, and a short table of the paper's claim: what
average pooling was compared with, the difference, and whether its interval holds the claimed size. That of
`results/benchmarks` holds a row of speed for each kind of processor. Both READMEs have the same numbers.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from math import isfinite
from pathlib import Path

from ablations import studies
from ablations.evidence.claimed import PLAIN
from ablations.evidence.verdict import NOT_JUDGED, SETTLED, UNDECIDED
from ablations.report.frozen import has_frozen_trunk
from ablations.report.main_question import SECTION, STUDIES, TRANSFERRED, standing

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"<!-- (\S+) -->\n.*?<!-- end -->", re.DOTALL)
CLAIMS, SPEED = "results/claims.csv", "results/benchmarks"
CASES = ("train_batchnorm_bfloat16", "train_batchnorm_float32")  # the first that is timed on a processor
PEERS = ("ours", "keras", "torchvision*")  # patterns of contestants; of several the fastest counts
ROWS = 5
HEADS = {
    "README.md": ("average pooling against", "points of top-1", "n", "{} in it?", "verdict"),
    "README.ja.md": ("平均プーリングの比較相手", "top-1 の差（ポイント）", "n", "{} を含むか", "判定"),
}
HOLDS = ("no", "yes")
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

# what whole networks say that were trained out, and how each of them differs from average pooling
ANSWER = {
    "README.md": "In whole networks that were trained out ({where}), average pooling gave {what}. ",
    "README.ja.md": "最後まで学習したネットワーク全体（{where}）では、平均プーリングは{what}。",
}
AGAINST = {
    "README.md": "{mean} points against {other} (verdict: {verdict})",
    "README.ja.md": "{other}に対して {mean} ポイント（判定 {verdict}）",
}
AND = {"README.md": " and ", "README.ja.md": "、"}
ALONE = {
    "README.md": "Heads trained alone, on {n} frozen trunks, gave {means} points against {other}. ",
    "README.ja.md": "凍結した {n} つのバックボーン上でヘッドだけを学習すると、{other}に対して {means}。",
}
EACH = {"README.md": "{mean} ({verdict})", "README.ja.md": "{mean} ポイント（{verdict}）"}
COMMA = {"README.md": ", ", "README.ja.md": "、"}

# labels of arms, and what is named before the brackets of an experiment; what is not here stays as it is
LABELS_JA = {
    "the flattened map": "平坦化した特徴マップ",
    "a hidden layer of 256": "256 ユニットの隠れ層",
    "a hidden layer of 1,024": "1,024 ユニットの隠れ層",
}
EXPERIMENT = re.compile(r"(\S+) at width (\S+), (\S+) training images of (\S+)")
EXPERIMENT_JA = r"幅 \2 の \1、\4 の学習画像 \3 枚"


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
    primary = {row["study"]: row for row in reversed(rows)}.values()  # of each study the first row
    asked, alone = _asked(primary, STUDIES), _asked(rows, TRANSFERRED, SECTION)
    told = _answer(asked, name) + _of_heads_alone(alone, name) + _counts(rows, name)
    return f"{told}\n\n{_table(asked[:ROWS], name)}"


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


def _answer(rows: list[dict[str, str]], name: str) -> str:
    """The answers of whole networks, in words; empty if none is judged."""
    judged = [row for row in rows if _is_judged(row)]
    words = [AGAINST[name].format(mean=_mean(row), other=_other(row, name), verdict=row["verdict"]) for row in judged]
    where = dict.fromkeys(_experiment(row, name) for row in judged)
    return ANSWER[name].format(where="; ".join(where), what=AND[name].join(words)) if words else ""


def _of_heads_alone(rows: list[dict[str, str]], name: str) -> str:
    """The same of heads on frozen trunks: another question, whose answer depends on the trunk."""
    means = [EACH[name].format(mean=_mean(row), verdict=row["verdict"]) for row in rows if _is_judged(row)]
    together = COMMA[name].join(means)
    return ALONE[name].format(n=len(means), means=together, other=_other(rows[0], name)) if means else ""


def _asked(claims: Iterable[dict[str, str]], names: Sequence[str], source: str = "") -> list[dict[str, str]]:
    """The rows of these studies in their order, those that are judged first; the order does not depend on the verdict.

    Args:
        claims: The rows to choose from.
        names: The studies.
        source: How the source of a claim begins.
    """
    asked = [row for row in claims if row["study"] in names and row["source"].startswith(source)]
    own = sorted(asked, key=lambda row: names.index(row["study"]))
    shown = [row for row in own if row["effect"] and row["metric"] in PLAIN and _has_interval(row)]
    return sorted(shown, key=lambda row: not _is_judged(row))


def _is_judged(row: dict[str, str]) -> bool:
    return standing(row["verdict"]) < 2


def _mean(row: dict[str, str]) -> str:
    return f"{float(row['effect']):+.2f}"


def _table(rows: list[dict[str, str]], name: str) -> str:
    size = f"{abs(float(rows[0]['claimed_effect'])):g}" if rows else ""
    lines = [f"| {' | '.join(HEADS[name]).format(size)} |", "|:--|:--|--:|:--|:--|"]
    for row in rows:
        low, high = (f"{float(row[end]):+.2f}" for end in ("effect_low", "effect_high"))
        link = f"[{_other(row, name)}](results/{row['study']})"  # short, as the whole row, so that no line is cut off
        lines.append(f"|{link}|{_mean(row)} [{low}, {high}]|{row['n']}|{HOLDS[_holds(row)]}|{row['verdict']}|")
    return "\n".join(lines)


def _holds(row: dict[str, str]) -> bool:
    """Whether the interval holds the claimed size."""
    return float(row["effect_low"]) <= abs(float(row["claimed_effect"])) <= float(row["effect_high"])


def _experiment(row: dict[str, str], name: str) -> str:
    """The network and the data of a row."""
    told = row["experiment"].partition(" (")[0]
    return EXPERIMENT.sub(EXPERIMENT_JA, told) if name == "README.ja.md" else told


def _other(row: dict[str, str], name: str) -> str:
    """What average pooling was compared with, in the language of a README."""
    if row["study"] not in studies.names():
        return row["variant"]
    labels = {arm.name: arm.label for arm in studies.load(row["study"]).arms}
    label = labels.get(row["variant"], row["variant"])
    return LABELS_JA.get(label, label) if name == "README.ja.md" else label


def _has_interval(row: dict[str, str]) -> bool:
    """One pair, of a study that is still being run, has none."""
    return isfinite(float(row["effect_low"]))


if __name__ == "__main__":
    for readme in HEADS:
        path = ROOT / readme
        path.write_text(fill(path.read_text(encoding="utf-8"), readme), encoding="utf-8")
