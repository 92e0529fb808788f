"""Pages that are made while the site is built: the command lines, the executed notebook, the pages of results/."""

import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "build" / "docs"  # where `make docs` writes the executed notebooks
PACKAGES = ("ablations", "inception_keras", "benchmarks")
FIRST = ("results/claims.md", "results/parameters.md", "results/fully_connected.md", "results/simulation.md")


def on_config(config: MkDocsConfig):
    """Adds every page of results/ to the navigation."""
    config.nav.append({"Results": [path for path in _results() if path.endswith(".md")]})


def on_files(files: Files, config: MkDocsConfig):
    """Adds the pages and pictures that are not in docs/."""
    files.append(File.generated(config, "reference/command_line.md", content=_command_lines()))
    made = sorted(path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.rglob("*") if path.is_file())
    if "notebooks/average_pooling.md" not in made:
        raise PluginError("the notebook was not executed: type `make docs`")
    for root, names in ((NOTEBOOKS, made), (ROOT, _results())):
        for name in names:
            files.append(File.generated(config, name, abs_src_path=str(root / name)))


def _results() -> list[str]:
    """The pages and pictures of results/, those of `FIRST` first."""
    found = [*ROOT.glob("results/**/*.md"), *ROOT.glob("results/**/*.png")]
    kept = {path.relative_to(ROOT).as_posix() for path in found if "quickstart" not in path.parts}
    return [*(name for name in FIRST if name in kept), *sorted(kept.difference(FIRST))]


def _command_lines() -> str:
    """The help of every command line, as one page that Typer writes."""
    pages = [
        subprocess.run(
            [sys.executable, "-m", "typer", f"{package}.__main__", "utils", "docs", "--name", f"python -m {package}"],
            capture_output=True,
            encoding="utf-8",
            check=True,
            cwd=ROOT,
        ).stdout
        for package in PACKAGES
    ]
    text = "\n".join(pages).replace("\n#", "\n##")
    return "# Command line\n\n" + (f"#{text}" if text.startswith("#") else text)
