"""Asks servers for a file: the first of its addresses that answers.

A server that can't be reached is given up within a time in which a user still waits; one that is only slow is not.
Proxies are those of the environment, as `urllib` has them.
"""

import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from inception_keras.errors import in_one_line

PATIENCE = 1.5  # seconds until a server must be connected; a user hears within two that none is
STALL = 20.0  # seconds without a byte after which a connection counts as cut
AGENT = "inception_keras (weights by name)"
# Whatever a network, a proxy or a server does wrong ends in one of these.
FAILURES = (OSError, HTTPException, ValueError)


class Answer(NamedTuple):
    """A server's answer: the address that was asked, and the response, whose body is not read yet."""

    address: str
    response: HTTPResponse


class NoAnswer(Exception):
    """No address gave the file; the message has the reason of each in one line."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, also to other hosts, but never from HTTPS to a plain connection."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError(f"it redirects from HTTPS to {newurl}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def ask(addresses: Sequence[str], start: int = 0) -> Answer:
    """Asks for a file from the byte `start` on; the first address that answers gives it.

    The addresses are asked in turn, and the next one as soon as one fails or has had its share of `PATIENCE`. Once one
    is connected, answers are awaited for `STALL`. Threads ask, since looking up the name of a server knows no time
    limit.

    Raises:
        NoAnswer: None has the file, or none has answered in time.
    """
    events: queue.SimpleQueue[tuple[str, HTTPResponse | Exception | None]] = queue.SimpleQueue()
    over = threading.Event()
    waiting = list(addresses)
    pending: list[str] = []
    failed: dict[str, str] = {}
    share = PATIENCE / len(addresses)
    end = time.monotonic() + PATIENCE
    turn_ends = 0.0
    while waiting or pending:
        now = time.monotonic()
        if waiting and (not pending or now >= turn_ends):
            pending.append(waiting.pop(0))
            turn_ends = now + share
            threading.Thread(target=_ask, args=(pending[-1], start, events, over), daemon=True).start()
        try:
            address, event = events.get(timeout=max(0.0, (turn_ends if waiting else end) - now))
        except queue.Empty:
            if not waiting:
                break
            continue
        if event is None:
            end = time.monotonic() + STALL
        elif isinstance(event, Exception):
            pending.remove(address)
            failed[address] = _reason(event)
        else:
            over.set()
            return Answer(address, event)
    over.set()
    failed.update((address, "no answer") for address in pending)
    raise NoAnswer("; ".join(f"{urlsplit(address).netloc or address}: {failed[address]}" for address in failed))


def _ask(address: str, start: int, events: queue.SimpleQueue, over: threading.Event):
    """Puts `None` as soon as the server is connected, then its response or what went wrong."""
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    headers |= {"Range": f"bytes={start}-"} if start else {}
    opener = _opener(lambda: events.put((address, None)))
    try:
        response = opener.open(urllib.request.Request(address, headers=headers), timeout=STALL)
    except FAILURES as error:
        events.put((address, error))
        return
    if over.is_set():
        response.close()
    else:
        events.put((address, response))


def _opener(connected: Callable[[], object]) -> urllib.request.OpenerDirector:
    """Opens addresses as `urllib` does, and calls `connected` after each connection."""

    class Plain(HTTPConnection):
        def connect(self):
            super().connect()
            connected()

    class Secure(HTTPSConnection):
        def connect(self):
            super().connect()
            connected()

    class PlainHandler(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> HTTPResponse:
            return self.do_open(Plain, req)

    class SecureHandler(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> HTTPResponse:
            return self.do_open(Secure, req)

    return urllib.request.build_opener(_Redirects, PlainHandler, SecureHandler)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return in_one_line(error.reason, 120) if isinstance(error.reason, Exception) else str(error.reason)
    return in_one_line(error, 120)
