"""The tables in the README, made from `results/`: `python -m ablations.readme`.

A block between `<!-- FILE -->` and `<!-- end -->` holds the tables of that file.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"(<!-- (results/\S+\.md) -->\n).*?(<!-- end -->)", re.DOTALL)


def fill(text: str, root: Path = ROOT) -> str:
    """`text` with every block filled from its file under `root`."""
    return BLOCK.sub(lambda match: f"{match[1]}\n{_body(root / match[2])}\n\n{match[3]}", text)


def _body(path: Path) -> str:
    """What stands in a results page under its first title."""
    return path.read_text().partition("\n## ")[2].partition("\n")[2].strip() or _table(path)


def _table(path: Path) -> str:
    return "\n".join(line for line in path.read_text().splitlines() if line.startswith("|"))


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(fill(readme.read_text()))
