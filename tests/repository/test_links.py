"""Links between the files of the repository lead to files that git has: on GitHub and in a clone alike."""

import re
import subprocess
import unicodedata

import pytest

from tests.support.paths import ROOT

TRACKED = set(subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines())
PAGES = sorted(name for name in TRACKED if name.endswith(".md"))
LINK = re.compile(r"(?:\]\(|(?:src|srcset)=\")([^)\"\s]+)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    plain = (re.sub(r"[`*\\]|\[|\]\([^)]*\)", "", heading).lower() for heading in headings)
    return {
        "".join(c if c.isalnum() or c in "-_" else "-" * (c == " ") for c in unicodedata.normalize("NFC", one))
        for one in plain
    }


def broken(page: str) -> list[str]:
    """The links of a page that lead nowhere."""
    text, found = FENCE.sub("", (ROOT / page).read_text(encoding="utf-8")), []
    for link in LINK.findall(text):
        target, _, anchor = link.partition("#")
        if ":" in target:
            continue
        path = (ROOT / page).parent / target if target else ROOT / page
        name = path.resolve().relative_to(ROOT).as_posix()
        if (name not in TRACKED and not any(one.startswith(f"{name}/") for one in TRACKED)) or (
            anchor and "." not in anchor and anchor not in anchors(path.read_text(encoding="utf-8"))
        ):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_of_the_repository(page):
    assert broken(page) == []
