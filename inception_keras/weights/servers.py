"""Asks servers for a file: the first of its addresses that answers, within a time in which a user still waits.

Proxies are those of the environment, as `urllib` has them.
"""

import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from inception_keras.errors import in_one_line

PATIENCE = 1.8  # seconds until a server must have answered; a user hears within two that none has
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
    """Asks for a file from the byte `start` on; the first address that answers within `PATIENCE` gives it.

    The addresses are asked in turn, and the next one as soon as one fails or has had its share of the time. Threads
    ask, since looking up the name of a server knows no time limit.

    Raises:
        NoAnswer: None has the file, or none has answered in time.
    """
    answers: queue.SimpleQueue[tuple[str, HTTPResponse | Exception]] = queue.SimpleQueue()
    over = threading.Event()
    end, share = time.monotonic() + PATIENCE, PATIENCE / len(addresses)
    waiting: list[str] = list(addresses)
    pending: list[str] = []
    failed: dict[str, str] = {}
    while waiting or pending:
        if waiting:
            pending.append(waiting.pop(0))
            threading.Thread(target=_ask, args=(pending[-1], start, answers, over), daemon=True).start()
        left = end - time.monotonic()
        try:
            address, found = answers.get(timeout=max(0.0, min(share, left) if waiting else left))
        except queue.Empty:
            if not waiting:
                break
            continue
        pending.remove(address)
        if not isinstance(found, Exception):
            over.set()
            return Answer(address, found)
        failed[address] = _reason(found)
    over.set()
    failed.update((address, "no answer") for address in pending)
    raise NoAnswer("; ".join(f"{urlsplit(address).netloc or address}: {failed[address]}" for address in failed))


def _ask(address: str, start: int, answers: queue.SimpleQueue, over: threading.Event):
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    headers |= {"Range": f"bytes={start}-"} if start else {}
    opener = urllib.request.build_opener(_Redirects)
    try:
        response = opener.open(urllib.request.Request(address, headers=headers), timeout=STALL)
    except FAILURES as error:
        answers.put((address, error))
        return
    if over.is_set():
        response.close()
    else:
        answers.put((address, response))


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return in_one_line(error.reason, 120) if isinstance(error.reason, Exception) else str(error.reason)
    return in_one_line(error, 120)
