"""What an editor knows of the names in the README: Pyright checks its examples, Jedi finds a docstring for each name.

Both read the source and run nothing of it. `make types` runs this file.
"""

import ast
import json
import re
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

# Pyright's words for each expression, in the scope of the README's examples and of the bench from Python
TYPES = {
    "model": "Model",
    "main": "Model",
    "complexity(main)": "Complexity",
    "complexity(main).macs": "int",
    "STUDY": "Study",
    "STUDY.recipe": "Recipe",
    "STUDY.variants": "tuple[Variant, ...]",
    "load('gap_vs_fc')": "Results",
    "run(STUDY, quiet=True)": "Results",
    "compare('results.csv').verdicts": "dict[str, str]",
    "report(load('gap_vs_fc'))": "Path",
}


@pytest.fixture(scope="module")
def examples() -> str:
    """The Python code of the README, and the functions of the bench."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    return "\n".join([*blocks, "from ablations import compare, load, report, run\n"])


def test_pyright_sees_types(examples, tmp_path):
    asked = "".join(f"reveal_type({expression})\n" for expression in TYPES)
    (tmp_path / "examples.py").write_text(examples + asked)
    settings = {"typeCheckingMode": "standard", "extraPaths": [str(ROOT)], "include": ["examples.py"]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    answer = subprocess.run([*command, "--project", tmp_path], capture_output=True, text=True)
    found = json.loads(answer.stdout)["generalDiagnostics"]
    assert [one["message"] for one in found if one["severity"] != "information"] == []
    revealed = [re.fullmatch(r'Type of "(.*)" is "(.*)"', one["message"]) for one in found]
    assert {words[1].replace('"', "'"): words[2] for words in revealed} == TYPES


def test_jedi_finds_signature_and_docstring(examples):
    script = read(examples)
    imported = [node for node in ast.parse(examples).body if isinstance(node, ast.ImportFrom)]
    names = [(node.lineno, alias) for node in imported for alias in node.names]
    assert len(names) == 11
    for line, alias in names:
        (found,) = script.infer(line, alias.col_offset)
        assert found.type in ("function", "class", "instance"), f"{alias.name} is a {found.type}"
        signature, _, text = found.docstring().partition("\n\n")
        assert text and (signature.startswith(f"{alias.name}(") or found.type == "instance"), alias.name


def test_jedi_completes_the_switches_of_googlenet():
    source = "from inception_keras import GoogLeNet\nGoogLeNet("
    (signature,) = read(source).get_signatures()
    assert {"classes", "head", "fc_units", "reduce", "aux_heads"} <= {one.name for one in signature.params}


def read(source: str):
    """Jedi's view of a file in the root of the repository."""
    import jedi  # here, so that the quick tests can be collected without it

    return jedi.Script(source, path=ROOT / "examples.py", project=jedi.Project(ROOT))
