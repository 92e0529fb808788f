"""Fills the tables of the README from `results/`: `python -m ablations.report.readme`.

A block between `<!-- FILE -->` and `<!-- end -->` holds the tables that stand before the first section of that file,
else its first section: of the ledger that is how many claims are in each group, and the main claim in a sentence. The
Japanese README has the counts alone, in words of its own.
"""

import csv
import re
from pathlib import Path

from ablations.evidence.verdict import NOT_JUDGED, SETTLED, UNDECIDED
from ablations.report.claim_pages import TITLES

ROOT = Path(__file__).parents[2]
COUNTS = re.compile(r"(<!-- results/claims.csv -->\n).*?(<!-- end -->)", re.DOTALL)
BLOCK = re.compile(r"(<!-- (results/\S+\.md) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str, root: Path = ROOT) -> str:
    """Returns `text` with every block filled from its file under `root`."""
    return BLOCK.sub(lambda match: f"{match[1]}\n{_body(root / match[2])}\n\n{match[3]}", text)


def _body(path: Path) -> str:
    """The tables before a results page's first section; if there are none, the first section that is no claim's."""
    head, *parts = path.read_text(encoding="utf-8").split("\n## ")
    table = "\n".join(line for line in head.splitlines() if line.startswith("|"))
    if table:
        return table
    section = next(part for part in parts if not part.startswith(TITLES))
    return section.partition("\n")[2].strip()


def counts_in_japanese(root: Path = ROOT) -> str:
    """How many claims of the ledger are in each group, as a Japanese sentence."""
    with (root / "results" / "claims.csv").open(encoding="utf-8", newline="") as file:
        verdicts = [row["verdict"] for row in csv.DictReader(file)]
    settled = sum(verdict in SETTLED for verdict in verdicts)
    run = len(verdicts) - verdicts.count("not run")
    return (
        f"検証した主張 {run} 件：決着 {settled}、未決 {verdicts.count(UNDECIDED)}、"
        f"判定せず {verdicts.count(NOT_JUDGED)}。"
    )


def fill_japanese(text: str, root: Path = ROOT) -> str:
    """Returns `text` with the counts in its block."""
    return COUNTS.sub(lambda match: f"{match[1]}\n{counts_in_japanese(root)}\n\n{match[2]}", text)


if __name__ == "__main__":
    for name, filled in (("README.md", fill), ("README.ja.md", fill_japanese)):
        path = ROOT / name
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
