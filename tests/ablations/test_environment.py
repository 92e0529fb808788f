"""The commit in a record is that of this code, or none; the code of a checkpoint tells its changes apart too."""

import subprocess

from ablations import environment


def test_a_package_inside_another_checkout_has_no_commit(tmp_path, monkeypatch):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    installed = tmp_path / "site-packages" / "ablations" / "environment.py"
    installed.parent.mkdir(parents=True)
    installed.write_text("")
    monkeypatch.setattr(environment, "__file__", str(installed))
    assert environment.commit() is environment.code() is None, "no checkout at all"
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message", "theirs"], check=True)
    assert environment.commit() is None, "that of a repository which does not track this code"
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "--quiet", "--message", "ours"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    assert environment.commit() == environment.code() == head[:12]
    found = set()
    for text in ("changed = True", "changed = None", "changed = True"):
        installed.write_text(text)
        assert environment.commit() == f"{head[:12]}+", "what a record says"
        found.add(environment.code())
    assert len(found) == 2 and all(code.startswith(f"{head[:12]}+") for code in found)
