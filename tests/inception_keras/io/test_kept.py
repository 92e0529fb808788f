"""An answer is made once for the same inputs, and again when anything that it follows from changes."""

import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError

import pytest

from inception_keras.io import kept as kept_module
from inception_keras.io.kept import kept
from inception_keras.io.user_cache import VARIABLE


class Counter:
    """Makes an answer that says how often it was made."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return {"made": self.times}


def ask(make, *, made_from=1, code=("inception_keras/io",), libraries=("numpy",)):
    return kept("answer", made_from, make, code=code, libraries=libraries)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "kept"


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A package of one file in a root of its own."""
    (tmp_path / "own" / "inner").mkdir(parents=True)
    file = tmp_path / "own" / "inner" / "a.py"
    file.write_text("A = 1")
    monkeypatch.setattr(kept_module, "ROOT", tmp_path)
    monkeypatch.setattr(kept_module, "STARTED", time.time() + 60)
    return file


def test_an_answer_is_made_once(folder):
    make = Counter()
    assert ask(make) == ask(make) == {"made": 1}
    assert len(list(folder.iterdir())) == 1
    assert ask(make, made_from=2) == {"made": 2}, "other inputs"


def test_a_changed_source_is_made_anew(folder, source):
    make = Counter()

    def asked():
        kept_module._digest.cache_clear()  # as in another process
        return ask(make, code=("own",))["made"]

    assert asked() == asked() == 1
    source.write_text("A = 2")
    assert asked() == asked() == 2
    source.rename(source.with_name("b.py"))
    assert asked() == 3, "a file with another name"
    (source.parent.parent / "c.py").write_text("")
    assert asked() == 4, "a file more"
    kept_module._digest.cache_clear()


def test_a_process_whose_source_changes_keeps_nothing(folder, source, monkeypatch):
    monkeypatch.setattr(kept_module, "STARTED", source.stat().st_ctime - 1)
    kept_module._digest.cache_clear()
    assert ask(Counter(), code=("own",)) == {"made": 1} and not folder.exists()
    kept_module._digest.cache_clear()


def test_another_version_of_a_library_is_made_anew(folder, monkeypatch):
    make, versions = Counter(), {"keras": "3.1", "tensorflow": "2.20"}
    monkeypatch.setattr(kept_module, "version", versions.__getitem__)
    asked = [ask(make, libraries=("keras", "tensorflow"))["made"]]
    for library, number in (("keras", "3.2"), ("tensorflow", "2.21")):
        versions[library] = number
        asked.append(ask(make, libraries=("keras", "tensorflow"))["made"])
    assert asked == [1, 2, 3]


def test_an_unknown_version_is_never_kept(folder, monkeypatch):
    def missing(library):
        raise PackageNotFoundError(library)

    monkeypatch.setattr(kept_module, "version", missing)
    make = Counter()
    assert [ask(make)["made"], ask(make)["made"]] == [1, 2] and not folder.exists()


@pytest.mark.parametrize("damage", [lambda text: "", lambda text: text[:-2], lambda text: text.replace("1}", "7}")])
def test_a_damaged_file_is_made_again(folder, damage):
    make = Counter()
    ask(make)
    (path,) = folder.iterdir()
    path.write_text(damage(path.read_text()))
    assert ask(make) == {"made": 2}
    assert ask(make) == {"made": 2}, "and kept again"


def test_without_a_cache_it_is_made_every_time(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    make = Counter()
    assert [ask(make)["made"], ask(make)["made"]] == [1, 2]


def test_a_full_disk_fails_nothing(folder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_module, "write_atomically", full)
    make = Counter()
    assert [ask(make)["made"], ask(make)["made"]] == [1, 2]


def test_processes_share_answers(folder):
    code = (
        "from inception_keras.io.kept import kept\n"
        "for number in range(50):\n"
        "    made = kept('answer', number, lambda: {'number': number}, code=('inception_keras/io',), libraries=())\n"
        "    assert made == {'number': number}, made\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert len(list(folder.iterdir())) == 50
