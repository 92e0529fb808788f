"""Downloads from a server on the loopback address: whole and right, or one line and no file of the name."""

import errno
import hashlib
import io
import os
import socket
import subprocess
import sys
import time
import urllib.request
from types import SimpleNamespace

import pytest

from inception_keras import UserError
from inception_keras.weights import downloads, servers
from inception_keras.weights.downloads import MIRROR, WrongHash, download, mirrored
from inception_keras.weights.published import Checksum
from tests.support.file_server import free_port, served
from tests.support.paths import ROOT

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
WHOLE = Checksum("sha256", SHA256)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def files():
    with served({"/net.pth": CONTENT}) as server:
        yield server


@pytest.fixture
def fetch(files, tmp_path):
    """Downloads `net.pth` from the server, or from other addresses; returns the path."""

    def call(*addresses, checksum=WHOLE, **arguments):
        target = tmp_path / "downloads" / "net.pth"
        places = addresses or (f"{files.address}/net.pth",)
        download(places, target, checksum, pin=tmp_path / "pins" / "net.pth", **arguments)
        return target

    return call


def left(tmp_path) -> set[str]:
    """The files in the folder of downloads, but for the lock."""
    return {path.name for path in (tmp_path / "downloads").iterdir() if not path.name.endswith(".lock")}


# -- the right file ----------------------------------------------------------------------------------------------------


def test_the_right_file(files, fetch, tmp_path):
    seen = []
    assert fetch(progress=lambda done, total: seen.append((done, total))).read_bytes() == CONTENT
    assert left(tmp_path) == {"net.pth"}
    assert seen[0] == (0, len(CONTENT)) and seen[-1] == (len(CONTENT), len(CONTENT))
    fetch()
    assert len(files.asked) == 1  # what is there needs no network


@pytest.mark.parametrize("checksum", [Checksum("sha256", SHA256[:8]), Checksum("md5", MD5)])
def test_a_weaker_hash_pins_the_whole_one_at_the_first_use(files, fetch, tmp_path, checksum):
    fetch(checksum=checksum).unlink()
    assert (tmp_path / "pins" / "net.pth").read_text().strip() == SHA256
    fetch(checksum=checksum).unlink()
    (tmp_path / "pins" / "net.pth").write_text("0" * 64)
    with pytest.raises(WrongHash, match=f"has the sha256 {SHA256}, but at its first use here it had {'0' * 64}"):
        fetch(checksum=checksum)
    assert left(tmp_path) == set()


def test_a_redirect_to_another_host(files, fetch):
    with served() as other:
        other.moved["/net.pth"] = f"{files.address}/net.pth".replace("127.0.0.1", "localhost")
        assert fetch(f"{other.address}/net.pth").read_bytes() == CONTENT


def test_a_redirect_from_https_to_a_plain_connection_is_not_followed():
    request = urllib.request.Request("https://example.org/net.pth")
    with pytest.raises(OSError, match="redirects from HTTPS to http://example.org/net.pth"):
        servers._Redirects().redirect_request(request, None, 302, "Found", {}, "http://example.org/net.pth")


def test_a_proxy_of_the_environment(files, fetch, monkeypatch):
    monkeypatch.setenv("http_proxy", files.address)
    files.content["http://files.invalid/net.pth"] = CONTENT  # a proxy is asked for the whole address
    assert fetch("http://files.invalid/net.pth").read_bytes() == CONTENT


# -- another file ------------------------------------------------------------------------------------------------------


def test_a_wrong_hash_is_shown_beside_the_right_one_and_nothing_is_kept(files, fetch, tmp_path):
    files.content["/net.pth"] = CONTENT[:-1] + b"!"
    wrong = hashlib.sha256(files.content["/net.pth"]).hexdigest()
    with pytest.raises(WrongHash) as error:
        fetch()
    assert str(error.value) == f"net.pth has the sha256 {wrong}, but the published file has sha256 {SHA256}"
    assert left(tmp_path) == set()


def test_a_file_that_is_there_already_is_checked_too(fetch, tmp_path):
    fetch().write_bytes(b"another")
    with pytest.raises(WrongHash, match="remove .*net.pth, and it is fetched again"):
        fetch()


def test_a_part_of_another_file_is_fetched_anew(files, fetch, tmp_path):
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "net.pth.part").write_bytes(b"x" * 1000)
    assert fetch().read_bytes() == CONTENT
    assert [asked for _, asked in files.asked] == ["bytes=1000-", None]


def test_a_part_that_is_longer_than_the_file(fetch, tmp_path):
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "net.pth.part").write_bytes(CONTENT + b"x")
    assert fetch().read_bytes() == CONTENT


# -- cuts --------------------------------------------------------------------------------------------------------------


def test_a_cut_connection_is_continued(files, fetch):
    files.cuts = [70_000, 20_000]
    assert fetch().read_bytes() == CONTENT
    assert [asked for _, asked in files.asked] == [None, "bytes=70000-", "bytes=90000-"]


def test_a_later_process_continues(files, fetch, tmp_path, monkeypatch):
    files.cuts = [70_000]
    monkeypatch.setattr(downloads, "TRIES", 1)
    with pytest.raises(servers.NoAnswer, match="cut after 70,000 of 102,400 bytes"):
        fetch()
    assert left(tmp_path) == {"net.pth.part"}
    assert fetch().read_bytes() == CONTENT
    assert files.asked[-1][1] == "bytes=70000-"


def test_a_server_that_does_not_continue_begins_again(files, fetch):
    files.cuts, files.ranges = [70_000], False
    assert fetch().read_bytes() == CONTENT


def test_a_server_that_always_cuts_is_given_up(files, fetch):
    files.cuts = [0] * 20
    with pytest.raises(servers.NoAnswer, match="cut after 0 of 102,400 bytes"):
        fetch()
    assert len(files.asked) == 1


# -- servers that fail -------------------------------------------------------------------------------------------------


def test_a_mirror_is_asked_after_a_404(files, fetch):
    with pytest.raises(servers.NoAnswer, match="127.0.0.1:.*: 404 Not Found"):
        fetch(f"{files.address}/gone.pth")
    assert fetch(f"{files.address}/gone.pth", f"{files.address}/net.pth").read_bytes() == CONTENT


def test_a_slow_server_is_waited_for(files, fetch, monkeypatch):
    monkeypatch.setattr(servers, "PATIENCE", 0.2)
    files.pause, files.drip = 0.5, 0.1
    assert fetch().read_bytes() == CONTENT


def test_a_server_that_says_nothing_is_given_up(files, fetch, monkeypatch):
    monkeypatch.setattr(servers, "STALL", 0.3)
    files.pause = 5.0
    with pytest.raises(servers.NoAnswer, match="no answer|timed out"):
        fetch()


def test_a_server_that_cannot_be_reached_is_not_waited_for(fetch, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", lambda *args, **kwargs: time.sleep(30))
    began = time.monotonic()
    with pytest.raises(servers.NoAnswer, match="no answer"):
        fetch()
    assert servers.PATIENCE < time.monotonic() - began < 2 * servers.PATIENCE


def test_a_silent_server_does_not_hide_its_mirror(files, fetch):
    with served({"/net.pth": CONTENT}) as silent:
        silent.pause = 30.0
        assert fetch(f"{silent.address}/net.pth", f"{files.address}/net.pth").read_bytes() == CONTENT


def test_nobody_there(fetch, tmp_path):
    with pytest.raises(servers.NoAnswer, match="127.0.0.1:[0-9]+: .*refused"):
        fetch(f"http://127.0.0.1:{free_port()}/net.pth")
    assert left(tmp_path) == set()


# -- the disk ----------------------------------------------------------------------------------------------------------


def test_a_disk_without_room_is_said_before_it_is_filled(fetch, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads.shutil, "disk_usage", lambda folder: SimpleNamespace(free=100))
    with pytest.raises(UserError, match="net.pth cannot be written: 102,400 bytes are needed"):
        fetch()
    assert left(tmp_path) == set()


def test_a_disk_that_becomes_full(fetch, tmp_path, monkeypatch):
    class Full(io.FileIO):
        def write(self, chunk):
            super().write(chunk[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "open", Full, raising=False)
    with pytest.raises(UserError, match="net.pth cannot be written: No space left on device"):
        fetch()
    assert left(tmp_path) == set()


def test_two_processes_fetch_once(files, tmp_path):
    files.drip = 0.2
    code = (
        "import sys; from pathlib import Path; from inception_keras.weights.downloads import download;"
        "from inception_keras.weights.published import Checksum;"
        "address, folder, digits = sys.argv[1:];"
        "download([address], Path(folder, 'net.pth'), Checksum('sha256', digits), pin=Path(folder, 'pin'))"
    )
    command = [sys.executable, "-c", code, f"{files.address}/net.pth", str(tmp_path / "downloads"), SHA256]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    both = [subprocess.Popen(command, cwd=ROOT, env=environment) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    assert (tmp_path / "downloads" / "net.pth").read_bytes() == CONTENT
    assert len(files.asked) == 1 and left(tmp_path) == {"net.pth"}


# -- mirrors -----------------------------------------------------------------------------------------------------------


def test_a_mirror_is_a_folder_or_a_base_address(tmp_path, monkeypatch):
    addresses = ("https://example.org/models/net.pth",)
    assert mirrored("net.pth", addresses) == (None, addresses)
    monkeypatch.setenv(MIRROR, str(tmp_path))
    assert mirrored("net.pth", addresses) == (None, addresses)
    (tmp_path / "net.pth").touch()
    assert mirrored("net.pth", addresses) == (tmp_path / "net.pth", addresses)
    for base in ("http://10.0.0.1/files", "http://10.0.0.1/files/"):
        monkeypatch.setenv(MIRROR, base)
        assert mirrored("net.pth", addresses) == (None, ("http://10.0.0.1/files/net.pth", *addresses))
    monkeypatch.setenv(MIRROR, str(tmp_path / "none"))
    with pytest.raises(UserError, match="neither a folder nor an http"):
        mirrored("net.pth", addresses)
