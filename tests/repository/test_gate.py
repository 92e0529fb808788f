"""The gate: targets that explain themselves, one list of what has to pass, and no test that is skipped unseen."""

import re
import subprocess

from tests.support.paths import ROOT


def test_make_alone_prints_every_target_with_what_it_does():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = re.findall(r"^make ([a-z-]+) +\S", shown, re.MULTILINE)
    targets = re.findall(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert explained[0] == "help"
    assert set(explained) == set(" ".join(targets).split()) - {"$(REDUCED_STUDIES)"}
