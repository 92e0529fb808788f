"""Pages that are made while the site is built: the command lines, the executed notebook, the pages of results/."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ROOT / "build" / "docs"  # where `make docs` writes the executed notebooks
PAGES = ROOT / "build" / "pages"  # where it writes the ledger and the studies as HTML
PACKAGES = ("ablations", "inception_keras", "benchmarks")
TABLES = {
    "results/claims.md": "All claims and their verdicts",
    "results/parameters.md": "Parameters of every model",
    "results/fully_connected.md": "What fully connected layers cost",
    "results/benchmarks/avx2/table.md": "Speed on a processor with AVX2",
    "results/benchmarks/amx_bf16/table.md": "Speed on a processor with AMX",
    "results/simulation.md": "Do the statistics keep their word?",
}
FIGURES = ROOT / "results" / "figures"
LINK = re.compile(r"(\]\()([^)#\s]+)")
IMAGE = re.compile(r'<img [^>]*?src="([^"]*?)([^"/]+)\.png"[^>]*>')


def on_config(config: MkDocsConfig):
    """Adds the ledger, the pages of the studies and the tables to the navigation."""
    pages = [{"The ledger": "results/index.html"}] if (PAGES / "index.html").exists() else []
    pages += [{_title(name): f"results/{name}/summary.md"} for name in _studies()]
    pages += [{title: path} for path, title in TABLES.items()]
    shown = {path for page in pages for path in page.values()}
    further = [path for path in _results() if path.endswith(".md") and path not in shown]
    config.nav.append({"Results": [*pages, {"Further tables": further}]})


def on_files(files: Files, config: MkDocsConfig):
    """Adds the pages and pictures that are not in docs/."""
    files.append(File.generated(config, "reference/command_line.md", content=_command_lines()))
    made = sorted(path.relative_to(NOTEBOOKS).as_posix() for path in NOTEBOOKS.rglob("*") if path.is_file())
    if "notebooks/average_pooling.md" not in made:
        raise PluginError("the notebook was not executed: type `make docs`")
    written = sorted(path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*.html"))
    for root, names in ((NOTEBOOKS, made), (ROOT, _results())):
        for name in names:
            files.append(File.generated(config, name, abs_src_path=str(root / name)))
    for name in written:
        files.append(File.generated(config, f"results/{name}", abs_src_path=str(PAGES / name)))


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links that work in the repository into links of the site, and adds a link to the page of a study."""
    source = page.file.src_uri
    text = LINK.sub(lambda found: found[1] + _in_site(found[2], source), markdown)
    drawn = PAGES / source.removeprefix("results/").replace("summary.md", "report.html")
    if source.endswith("/summary.md") and drawn.exists():
        head, _, rest = text.partition("\n")
        text = f"{head}\n\n[The same as a page with interactive tables](report.html)\n{rest}"
    return text


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Gives telephones the narrow form of a figure that has one, as the README does."""
    return IMAGE.sub(lambda found: _in_two_widths(*found.group(0, 1, 2)), html)


def _in_two_widths(image: str, folder: str, name: str) -> str:
    if not (FIGURES / f"{name}-narrow.png").exists():
        return image
    narrow = f'<source media="(max-width: 600px)" srcset="{folder}{name}-narrow.png">'
    return f"<picture>{narrow}{image}</picture>"


def _in_site(target: str, source: str) -> str:
    """Where a link of a page in docs/ leads in the site, which has results/ and the notebooks beside its pages."""
    if "://" in target or source.startswith("results/"):
        return target
    path = os.path.normpath(os.path.join("docs", os.path.dirname(source), target))
    if path.startswith("results/"):
        return os.path.relpath(path, os.path.dirname(source) or ".")
    return target.replace(".ipynb", ".md")


def _studies() -> list[str]:
    """The studies with a page, the main one first."""
    names = sorted(path.parent.name for path in ROOT.glob("results/*/summary.md"))
    return sorted((name for name in names if name != "quickstart"), key=lambda name: name != "gap_vs_fc")


def _title(study: str) -> str:
    """The first words of a study's lab note: `Average pooling against a fully connected layer`."""
    source = (ROOT / "ablations" / "studies" / f"{study}.py").read_text(encoding="utf-8")
    note = (ast.get_docstring(ast.parse(source)) or study).splitlines()[0]
    return re.split(r"[:.?]", note)[0]


def _results() -> list[str]:
    """The pages and pictures of results/."""
    found = [*ROOT.glob("results/**/*.md"), *ROOT.glob("results/**/*.png")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found if "quickstart" not in path.parts)


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
