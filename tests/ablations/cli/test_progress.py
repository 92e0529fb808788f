"""The terminal shows which study is worked on; a pipe gets nothing."""

from types import SimpleNamespace

from ablations.cli import progress
from inception_keras.cli.waiting import Wait


def test_it_yields_the_studies_and_names_each_in_turn(monkeypatch, capfd):
    told = []
    monkeypatch.setattr(Wait, "next", lambda self, name: told.append(name))
    studies = [SimpleNamespace(name=name) for name in ("heads", "depth", "zoo")]
    assert list(progress.progress(studies, "reading the records of")) == studies
    assert told == ["heads", "depth", "zoo"]
    assert capfd.readouterr() == ("", "")
