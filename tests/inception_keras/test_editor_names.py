"""Editors and type checkers see the names of the package, which a reader of its source has no other way to find."""

import ast
import importlib

import pytest

import inception_keras
from tests.support.paths import ROOT

SOURCE = ast.parse((ROOT / "inception_keras" / "__init__.py").read_text())
(CHECKED,) = (node for node in SOURCE.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
IMPORTS = [node for node in CHECKED.body if isinstance(node, ast.ImportFrom)]
IMPORTED = {alias.asname: node.module for node in IMPORTS for alias in node.names}


def test_every_public_name_is_declared():
    assert sorted(IMPORTED) == sorted(inception_keras.__all__)


@pytest.mark.parametrize("name", [name for name in IMPORTED if name not in ("weights", "cam")])
def test_a_declared_name_is_what_the_package_gives(name):
    assert getattr(importlib.import_module(IMPORTED[name]), name) is getattr(inception_keras, name)
