"""A server on the loopback address that gives files, and does to downloads what networks do to them."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Files:
    """What a server gives, and what it was asked.

    Attributes:
        content: The bytes by path, such as `/net.pth`.
        moved: By path the address that it redirects to.
        cuts: After how many bytes the connection is cut, one number per request until none is left.
        pause: Seconds before an answer begins.
        drip: Seconds between the pieces of an answer.
        ranges: Whether it continues downloads.
        asked: The (path, `Range` header) of each request.
    """

    content: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    pause: float = 0.0
    drip: float = 0.0
    ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


@contextmanager
def served(content: dict[str, bytes] | None = None) -> Iterator[Files]:
    """A server in a thread while the block runs; `address` has no slash at its end."""
    files = Files(content or {})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            with contextlib.suppress(ConnectionError):  # the other side has gone, as some tests want
                _answer(self, files)

        def log_message(self, *words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    files.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def _answer(request: BaseHTTPRequestHandler, files: Files):
    asked = request.headers.get("Range")
    files.asked.append((request.path, asked))
    time.sleep(files.pause)
    if request.path in files.moved:
        request.send_response(302)
        request.send_header("Location", files.moved[request.path])
        request.end_headers()
        return
    if request.path not in files.content:
        request.send_error(404)
        return
    content = files.content[request.path]
    start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and files.ranges else 0
    if start and start >= len(content):
        request.send_error(416)
        return
    request.send_response(206 if start else 200)
    request.send_header("Content-Length", str(len(content) - start))
    request.end_headers()
    body = content[start:]
    if files.cuts:
        body = body[: files.cuts.pop(0)]
    step = max(1, len(body) // 4) if files.drip else max(1, len(body))
    for place in range(0, len(body), step):
        request.wfile.write(body[place : place + step])
        request.wfile.flush()
        time.sleep(files.drip)
    request.close_connection = True
