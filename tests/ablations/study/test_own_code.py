"""A user's functions are known by the source of all of the user's modules that they use, whichever are loaded."""

import importlib
import sys

import pytest

from ablations.study.own_code import load_function, reference_to, source_of
from inception_keras import UserError

FILES = {
    "net.py": "def build():\n    from parts import blocks\n    return blocks\n\n\nSTUDY = 1\n",
    "parts/__init__.py": "",
    "parts/blocks.py": "from . import sizes\nfrom ..parts.sizes import WIDTH\n",
    "parts/sizes.py": "WIDTH = 4\n",
    "other.py": "",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (tmp_path / "parts").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def source(folder, name="net"):
    """The hash as a new process sees it."""
    for module in ("net", "parts"):
        sys.modules.pop(module, None)
    sys.path_importer_cache.pop(str(folder), None)
    spec = importlib.util.spec_from_file_location(name, folder / f"{name.replace('.', '/')}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        return source_of(module.build)
    finally:
        del sys.modules[name]


@pytest.mark.parametrize("name", ["net.py", "parts/__init__.py", "parts/blocks.py", "parts/sizes.py"])
def test_a_change_in_any_file_that_is_imported_changes_the_hash_before_it_is_loaded(folder, name):
    before = source(folder)
    (folder / name).write_text(FILES[name] + "CHANGED = 1\n")
    assert source(folder) != before


def test_what_is_not_imported_does_not_change_it_nor_do_the_study_and_line_ends(folder):
    before = source(folder)
    (folder / "other.py").write_text("CHANGED = 1\n")
    (folder / "net.py").write_bytes(FILES["net.py"].replace("STUDY = 1", "STUDY = 2").replace("\n", "\r\n").encode())
    assert source(folder) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("STUDY = 1\n", "STUDY = (\n    1,\n    2,\n)\n"),
        ("STUDY = 1\n", "STUDY: int = 1\n"),
        ('"""One line."""\nimport os\n', '"""One line.\n\nAnd two more.\n"""\nimport os\n'),
    ],
)
def test_a_study_and_a_docstring_of_other_lengths_do_not_change_it(folder, before, after):
    code = "def build():\n    return 1\n"
    (folder / "net.py").write_text(before + code)
    short = source(folder)
    (folder / "net.py").write_text(after + code)
    assert source(folder) == short


def test_of_an_installed_package_its_own_files_count(folder, tmp_path):
    place = tmp_path / "site-packages"
    (place / "mine").mkdir(parents=True)
    (place / "heavy.py").write_text("")
    (place / "mine" / "sizes.py").write_text("")
    (place / "mine" / "net.py").write_text("def build():\n    import heavy\n    from mine import sizes\n")
    before = source(place, "mine.net")
    (place / "heavy.py").write_text("VERSION = 2\n")
    assert source(place, "mine.net") == before
    (place / "mine" / "sizes.py").write_text("WIDTH = 8\n")
    assert source(place, "mine.net") != before


def test_functions_are_named_so_that_another_process_can_import_them():
    assert reference_to(reference_to, "model") == "ablations.study.own_code:reference_to"
    with pytest.raises(UserError, match="the model .*must be a function at the top level of a module"):
        reference_to(lambda: None, "model")


@pytest.mark.parametrize("reference", ["my net:build", "net:", ":build", "net:a.b"])
def test_what_is_no_reference_is_refused(reference):
    with pytest.raises(UserError, match="is 'module:function'"):
        load_function(reference, "network")
