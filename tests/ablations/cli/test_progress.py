"""A command that takes longer than a second says what it is doing."""

from types import SimpleNamespace

from ablations.cli import progress


def test_a_line_after_each_second(monkeypatch, capsys):
    clock = iter([0.0, 0.5, 1.6, 1.6, 2.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    names = [SimpleNamespace(name=name) for name in ("heads", "depth", "zoo")]
    assert list(progress.progress(names, "reading the records of")) == names
    assert capsys.readouterr().err == "reading the records of depth (2 of 3)\n"
