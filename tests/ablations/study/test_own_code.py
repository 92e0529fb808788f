"""A user's functions are known by the source of all of the user's modules that they use, whichever are loaded."""

import importlib
import sys

import pytest

from ablations.study import own_code
from ablations.study.own_code import known, load_function, reference_to, source_of
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
        return source_of(module.build, f"{name}:build")
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


def forget():
    for name in list(sys.modules):
        if name.partition(".")[0] in ("net", "parts", "own", "more", "made"):
            del sys.modules[name]


def reference_of(reference):
    """A reference with the hash of its source as a new process sees it."""
    own_code._source_hash.cache_clear()
    forget()
    importlib.invalidate_caches()
    return known(reference, "network")


MADE = """
import functools

def same(function):
    @functools.wraps(function)
    def inner(*given):
        return function(*given)

    return inner

def maker(units):
    def build():
        return units

    return build
"""


@pytest.fixture
def made(folder):
    """The folder with ways to make a function; a test's modules are forgotten after it."""
    (folder / "made.py").write_text(MADE.lstrip())
    yield folder
    forget()


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("", "net:build@38088eca8d56"),
        ("from net import build\n", "own:build@38088eca8d56"),  # a name for a function of another module
        ("from made import same\n\n\n@same\ndef build():\n    return 1\n", "own:build@ef13cd5ec823"),
    ],
)
def test_hashes_in_addresses_of_trials_are_what_they_were(made, text, reference):
    (made / "own.py").write_text(text)
    assert reference_of(reference.partition("@")[0]) == reference


@pytest.mark.parametrize(
    "text",
    [
        "import functools\nimport net\n\nUNITS = 1\n\n@functools.wraps(net.build)\ndef build():\n    return UNITS\n",
        "import made, net\n\nUNITS = 1\nbuild = made.same(net.build)\n",
        "import made\n\nUNITS = 1\nbuild = made.maker(UNITS)\n",
    ],
)
def test_the_source_of_a_wrapper_counts_and_that_of_what_it_wraps(made, text):
    (made / "own.py").write_text(text)
    before = reference_of("own:build")
    (made / "own.py").write_text(text.replace("UNITS = 1", "UNITS = 2"))
    changed = reference_of("own:build")
    (made / "parts" / "sizes.py").write_text("WIDTH = 8\n")
    (made / "made.py").write_text(f"{MADE}\n# changed\n")
    assert len({before, changed, reference_of("own:build")}) == 3


def test_a_wrapper_is_never_named_as_what_it_wraps(made):
    wraps = "import functools\nimport net\n\n@functools.wraps(net.build)\ndef build():\n    return 1\n"
    (made / "own.py").write_text(wraps)
    (made / "more.py").write_text("import made, net\n\nbuild = made.same(net.build)\n")
    assert reference_to(load_function("own:build", "network"), "model") == "own:build"
    with pytest.raises(UserError, match="the model build wraps net:build, .*: give the wrapper's name as text"):
        reference_to(load_function("more:build", "network"), "model")


@pytest.mark.parametrize(
    "text",
    [
        "import importlib\nsizes = importlib.import_module('parts.sizes')",
        "import importlib as tools\nsizes = tools.import_module(name='.sizes', package='parts')",
        "from importlib import import_module as load\nsizes = load('parts.sizes')",
        "sizes = __import__('parts.sizes')",
        "sizes = __import__('parts', fromlist=['sizes']).sizes",
        "from parts import near",  # which imports its neighbour
    ],
)
def test_what_is_imported_by_a_call_with_a_literal_name_counts(made, text):
    (made / "own.py").write_text(f"{text}\n\ndef build(): pass\n")
    (made / "parts" / "near.py").write_text(
        "import importlib\nsizes = importlib.import_module('.sizes', __package__)\n"
    )
    before = reference_of("own:build")
    (made / "parts" / "sizes.py").write_text("WIDTH = 8\n")
    assert reference_of("own:build") != before


@pytest.mark.parametrize(
    "call",
    [
        "importlib.import_module(f'parts.{kind}')",
        "__import__('parts.' + kind)",
        "importlib.util.spec_from_file_location(kind, f'parts/{kind}.py')",
    ],
)
def test_an_import_that_cannot_be_followed_is_named(made, call):
    (made / "own.py").write_text(f"import importlib.util\n\nkind = 'sizes'\npart = {call}\n\ndef build(): pass\n")
    with pytest.warns(UserWarning, match="own.py, line 4, imports a module whose name .* Write the name as text"):
        reference_of("own:build")


def test_functions_are_named_so_that_another_process_can_import_them():
    assert reference_to(reference_to, "model") == "ablations.study.own_code:reference_to"
    with pytest.raises(UserError, match="the model .*must be a function at the top level of a module"):
        reference_to(lambda: None, "model")


@pytest.mark.parametrize("reference", ["my net:build", "net:", ":build", "net:a.b"])
def test_what_is_no_reference_is_refused(reference):
    with pytest.raises(UserError, match="is 'module:function'"):
        load_function(reference, "network")
