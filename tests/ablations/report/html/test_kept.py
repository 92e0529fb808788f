"""Parts of pages are made once for the same numbers, and again when anything that they are made from changes."""

from ablations.report.html import kept as kept_module
from ablations.report.html.kept import kept


def test_a_part_is_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    made = []

    def make():
        made.append(1)
        return {"svg": f"<svg>{len(made)}</svg>"}

    again = ("figure", {"rows": [1]}, ("ablations/report",), "matplotlib", make)
    assert kept(*again) == kept(*again) == {"svg": "<svg>1</svg>"}
    assert kept("figure", {"rows": [2]}, *again[2:]) == {"svg": "<svg>2</svg>"}, "other numbers"
    monkeypatch.setattr(kept_module, "_digest", lambda folder: "other code")
    assert kept(*again) == {"svg": "<svg>3</svg>"}, "other code"
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for path in (tmp_path / "inception_keras" / "pages").iterdir():
        path.write_text("damaged")
    assert kept(*again) == {"svg": "<svg>4</svg>"}, "a damaged file is made again"


def test_without_a_cache_it_is_made_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert kept("figure", 1, (), "matplotlib", lambda: {"svg": "x"}) == {"svg": "x"}
