"""Published files before they are converted: noted hashes, and files that only the user can give."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from inception_keras import UserError, create_model
from inception_keras.weights import by_name, catalogue
from inception_keras.weights.downloads import WrongHash
from inception_keras.weights.originals import check_given, fetch_original, note_hash, noted_hash
from inception_keras.weights.published import Checksum
from tests.support.cli import in_process

pytestmark = pytest.mark.usefixtures("own_places")

CONTENT = b"published"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


@pytest.mark.parametrize("checksum", [Checksum("sha256", SHA256[:8]), Checksum("md5", MD5)])
def test_a_whole_hash_that_nobody_publishes_is_shown_at_the_first_use_alone(publish, checksum, capsys):
    row = replace(publish("resnet18", "torchvision", CONTENT), checksum=checksum)
    fetch_original(row)
    (shown,) = capsys.readouterr().err.splitlines()
    assert shown.startswith(f"{row.name}: only its {checksum} is published; its sha256 {SHA256} is noted in ")
    assert noted_hash(row) == SHA256
    fetch_original(row)
    assert capsys.readouterr().err == ""


def test_a_whole_hash_that_is_published_is_not_noted(publish, capsys):
    row = publish("resnet18", "torchvision", CONTENT)
    fetch_original(row)
    assert noted_hash(row) is None and capsys.readouterr().err == ""


def test_a_file_that_the_user_gives_is_checked_against_all_that_is_known(tmp_path):
    row = replace(catalogue.find_file("resnet18"), checksum=Checksum("sha256", SHA256))
    (tmp_path / "mine.pth").write_bytes(CONTENT)
    assert check_given(row, tmp_path / "mine.pth") == SHA256
    (tmp_path / "mine.pth").write_bytes(b"another")
    with pytest.raises(WrongHash, match="but the published file has sha256"):
        check_given(row, tmp_path / "mine.pth")
    note_hash(without_hash := replace(row, checksum=None), SHA256)
    with pytest.raises(WrongHash, match=f"but at its first use here it had {SHA256}"):
        check_given(without_hash, tmp_path / "mine.pth")
    with pytest.raises(UserError, match="there is no file"):
        check_given(row, tmp_path / "none.pth")


def test_a_file_without_a_hash_is_given_once_and_has_its_name_from_then_on(
    publish_small, small_network, server, monkeypatch, tmp_path
):
    row = replace(publish_small(), checksum=None)
    monkeypatch.setattr(catalogue, "FILES", (row,))
    with pytest.raises(UserError, match="`python -m inception_keras fetch three_convolutions .* --from small.h5`"):
        create_model(row.model, weights="imagenet")
    path = (tmp_path / "small.h5").rename(tmp_path / "mine.h5")
    answer = in_process("inception_keras", "fetch", row.model, "--from", path)
    assert answer.returncode == 0, answer.stderr
    digits = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"no hash of it is published; its sha256 {digits} is noted" in answer.stderr
    assert f"{row.name} has the sha256 {digits}" in answer.stdout
    again = create_model(row.model, weights="imagenet")
    np.testing.assert_array_equal(again.get_layer("conv2").kernel, small_network.get_layer("conv2").kernel)
    assert path.exists() and server.asked == []


def test_a_file_that_is_no_weights_file_is_not_noted(tmp_path):
    row = replace(catalogue.find_file("resnet18"), checksum=None)
    (tmp_path / "page.pth").write_bytes(b"<!DOCTYPE html><html>404</html>")
    with pytest.raises(UserError, match="an HTML page: did a download fail"):
        by_name.take(row, tmp_path / "page.pth")
    assert noted_hash(row) is None and not by_name.weights_path(row).exists()
