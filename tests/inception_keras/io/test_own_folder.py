"""A folder for temporary files is used only if no other user can have put something in it."""

import os

import pytest

from inception_keras.io.own_folder import own_folder


def test_a_new_folder_is_closed_to_others(tmp_path):
    made = own_folder(tmp_path / "new")
    assert made.stat().st_mode & 0o777 == 0o700
    assert own_folder(made) == made


def test_folders_of_others_are_refused(tmp_path, monkeypatch):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(PermissionError, match="other users can write to it"):
        own_folder(tmp_path / "open")
    with pytest.raises(PermissionError, match="it is a link"):
        own_folder(tmp_path / "link")
    own_folder(tmp_path / "theirs")
    monkeypatch.setattr(os, "getuid", lambda: os.stat(tmp_path).st_uid + 1)
    with pytest.raises(PermissionError, match="belongs to another user"):
        own_folder(tmp_path / "theirs")
