"""Fills the tables of the README from `results/`: `python -m ablations.report.readme`.

A block between `<!-- FILE -->` and `<!-- end -->` holds the tables of that file.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"(<!-- (results/\S+\.md) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str, root: Path = ROOT) -> str:
    """Returns `text` with every block filled from its file under `root`."""
    return BLOCK.sub(lambda match: f"{match[1]}\n{_body(root / match[2])}\n\n{match[3]}", text)


def _body(path: Path) -> str:
    """The tables before the first section of a results page; if there are none, its first section."""
    head, *parts = path.read_text(encoding="utf-8").split("\n## ")
    table = "\n".join(line for line in head.splitlines() if line.startswith("|"))
    return table or parts[0].partition("\n")[2].strip()


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(fill(readme.read_text(encoding="utf-8")), encoding="utf-8")
