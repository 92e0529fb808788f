"""Published weights without the internet: a server on the loopback address that the table of files points to."""

import hashlib
from dataclasses import replace

import pytest

from inception_keras.io.user_cache import VARIABLE
from inception_keras.weights import catalogue
from inception_keras.weights.downloads import MIRROR
from inception_keras.weights.forms import Preprocessing
from inception_keras.weights.published import Checksum
from tests.support.file_server import free_port, served


@pytest.fixture
def own_places(monkeypatch, tmp_path):
    """A cache of the test's own, without mirrors and proxies."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.delenv(MIRROR, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server(own_places):
    with served() as files:
        yield files


@pytest.fixture
def publish(server, monkeypatch):
    """Serves `content` as the file of a model, and makes the table say so; returns the row."""

    def call(model: str, source: str, content: bytes, algorithm: str = "sha256"):
        row = catalogue.find_file(model, source)
        digits = hashlib.new(algorithm, content).hexdigest()
        published = replace(
            row, address=f"{server.address}/{row.name}", checksum=Checksum(algorithm, digits), size=len(content)
        )
        rows = tuple(published if one is row else one for one in catalogue.FILES)
        monkeypatch.setattr(catalogue, "FILES", rows)
        server.content[f"/{row.name}"] = content
        return published

    return call


@pytest.fixture(scope="session")
def small_network():
    """The zoo's smallest network, of which no file is published, with random weights."""
    from inception_keras import create_model

    return create_model("three_convolutions")


@pytest.fixture
def publish_small(publish, small_network, monkeypatch, tmp_path):
    """Publishes the smallest network as Keras publishes its files; returns the row.

    For tests of what is the same for every file: networks of the table take seconds to build.
    """
    from tests.support.keras2_files import write_keras2

    def call():
        row = replace(
            catalogue.find_file("mobilenet"),
            model=small_network.name,
            address="https://example.org/small.h5",
            preprocessing=Preprocessing("tf", resize=36, crop=32),
            top1=70.0,
            top5=90.0,
        )
        monkeypatch.setattr(catalogue, "FILES", (*catalogue.FILES, row))
        return publish(row.model, row.source, write_keras2(tmp_path / "small.h5", small_network).read_bytes())

    return call


@pytest.fixture
def offline(own_places, monkeypatch):
    """Moves rows of the table, by default all with a hash, to a port where nobody listens."""

    def call(*rows):
        base = f"http://127.0.0.1:{free_port()}"
        moved = {row.name for row in rows or catalogue.FILES if row.checksum}
        rows = tuple(
            replace(row, address=f"{base}/{row.name}") if row.name in moved else row for row in catalogue.FILES
        )
        monkeypatch.setattr(catalogue, "FILES", rows)

    return call
