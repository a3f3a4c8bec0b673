"""A local server that answers `POST /info` as Hyperliquid was recorded to, faults included."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import numpy as np

from hyperbot.domain.market import CandleSeries

WEIGHT_PER_MINUTE = 1200
REFUSED_BODY = b"Failed to deserialize the JSON body into the target type"


@dataclass(frozen=True)
class Fault:
    """What one request gets instead of its answer.

    `status` and `body` replace the answer; `seconds` delays it; `is_reset` breaks the connection;
    `keep_bytes` cuts the true answer short (its Content-Length included).
    """

    status: int = 200
    body: bytes | None = None
    seconds: float = 0.0
    is_reset: bool = False
    keep_bytes: int | None = None
    headers: tuple[tuple[str, str], ...] = ()


THROTTLED = Fault(status=429, body=b"null")
BROKEN = Fault(status=500, body=b"null")
GATEWAY = Fault(status=502, body=b"<html><body>502 Bad Gateway</body></html>")
RESET = Fault(is_reset=True)


@dataclass
class StandIn:
    """The exchange: candles it knows, its clock, its limits, and a note of all it was asked.

    `kept` is how many of the latest candles it still has; an answer holds at most `answered`, the
    earliest of those asked for.
    """

    series: Sequence[CandleSeries]
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    seconds: Callable[[], float] = time.monotonic
    kept: int = 5000
    answered: int = 5000
    extra_keys: dict[str, Any] = field(default_factory=dict)
    faults: deque[Fault] = field(default_factory=deque)
    questions: list[dict[str, Any]] = field(default_factory=list)
    spent: list[tuple[float, int]] = field(default_factory=list)
    refused_for_weight: int = 0

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def asked(self, kind: str = "candleSnapshot") -> list[dict[str, Any]]:
        """The questions of one kind so far."""
        return [question for question in self.questions if question["type"] == kind]

    def answer(self, question: dict[str, Any]) -> tuple[int, bytes]:
        """Status and body, as recorded; 429 with `null` beyond the weight of a minute."""
        answer = self._answer(question)
        if answer is None:
            return 422, REFUSED_BODY
        rows = len(answer) if isinstance(answer, list) else 0
        now = self.seconds()
        recent = sum(weight for at, weight in self.spent if at > now - 60)
        weight = 20 + -(-rows // 60)
        if recent + weight > WEIGHT_PER_MINUTE:
            self.refused_for_weight += 1
            return 429, b"null"
        self.spent.append((now, weight))
        return 200, json.dumps(answer, separators=(",", ":")).encode()

    def _answer(self, question: dict[str, Any]) -> Any:
        names = dict.fromkeys(one.coin for one in self.series)
        if question.get("type") == "meta":
            dex = question.get("dex", "")
            listed = [name for name in names if name.rpartition(":")[0] == dex and name[0] != "@"]
            return {
                "universe": [
                    {"szDecimals": 5, "name": name, "maxLeverage": 40, "marginTableId": 56}
                    for name in listed
                ],
                "marginTables": [],
                "collateralToken": 0,
            }
        if question.get("type") == "spotMeta":
            listed = [name for name in names if name[0] == "@"]
            return {"universe": [{"name": name, "tokens": [1, 0]} for name in listed], "tokens": []}
        if question.get("type") == "candleSnapshot":
            return self._candles(**question["req"])
        return None

    def _candles(self, coin: str, interval: str, startTime: int, endTime: int) -> Any:  # noqa: N803
        for one in self.series:
            if (one.coin, str(one.timeframe)) == (coin, interval):
                begun = one.between(0, self.now_ms() + 1)[-self.kept :]
                # The candle that contains startTime is included, and so is the forming one.
                found = begun.between(startTime - one.timeframe.ms + 1, endTime + 1)
                return recorded_rows(found[: self.answered], self.extra_keys)
        return []


def recorded_rows(
    series: CandleSeries, extra_keys: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of `candleSnapshot` in the recorded shape."""
    return [
        {
            "t": candle.ts,
            "T": candle.ts + series.timeframe.ms - 1,
            "s": series.coin,
            "i": str(series.timeframe),
            "o": _number(candle.open),
            "c": _number(candle.close),
            "h": _number(candle.high),
            "l": _number(candle.low),
            "v": _number(candle.volume),
            "n": int(candle.volume > 0),
            **(extra_keys or {}),
        }
        for candle in series
    ]


def _number(value: float) -> str:
    return np.format_float_positional(value, trim="0")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that went away is nothing to print."""


def _handler_for(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # one packet for head and body: without it each answer waits for an ACK

        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stand_in.questions.append(question)
            fault = stand_in.faults.popleft() if stand_in.faults else Fault()
            time.sleep(fault.seconds)
            if fault.is_reset:
                self._reset()
                return
            status, body = (
                stand_in.answer(question) if fault.body is None else (fault.status, fault.body)
            )
            self._reply(status, body[: fault.keep_bytes], fault.headers)

        def _reply(self, status: int, body: bytes, headers: Sequence[tuple[str, str]]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _reset(self) -> None:
            now = struct.pack("ii", 1, 0)  # linger for 0 s: the peer sees a reset, not an end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
            self.close_connection = True
            self.connection.close()

        def date_time_string(self, timestamp: float | None = None) -> str:
            seconds = stand_in.now_ms() / 1000 if timestamp is None else timestamp
            return formatdate(seconds, usegmt=True)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class HandClock:
    """A clock that moves only when someone sleeps, or by hand."""

    def __init__(self, now_ms: int) -> None:
        self.slept: list[float] = []
        self._start_ms = now_ms

    def now_ms(self) -> int:
        return self._start_ms + int(sum(self.slept) * 1000)

    def monotonic_seconds(self) -> float:
        return sum(self.slept)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
