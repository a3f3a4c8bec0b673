"""Questions to Hyperliquid's public `POST /info`: paced, retried, and answered with plain JSON."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, NamedTuple

import httpx

from hyperbot.domain.errors import Rejected, Retryable
from hyperbot.exchange.clock import Clock
from hyperbot.exchange.rate_budget import RateBudget

BASE_WEIGHT = 20
ROWS_PER_WEIGHT = 60

TRIES = 5
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 30.0
ANSWER_SECONDS = 30.0
LARGEST_BODY_BYTES = 16 * 2**20

_MAY_PASS = {408, 425, 429, 500, 502, 503, 504}


class MalformedAnswer(Rejected):
    """The exchange answered in a shape that hyperbot does not know; asking again will not help."""


class Answer(NamedTuple):
    """Decoded JSON, and the server's own time (ms since the epoch) when it told it."""

    content: Any
    server_ms: int | None


class _Throttled(Retryable):
    """HTTP 429: more weight was used than the address has."""


class HyperliquidInfo:
    """Asks `/info`, one question at a time, within the rate budget of this address.

    `on_wait` is told, in a few words, about every wait of a second or more.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        clock: Clock,
        budget: RateBudget | None = None,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._http = http
        self._clock = clock
        self._budget = budget or RateBudget(clock)
        self._on_wait = on_wait

    async def ask(self, question: dict[str, Any], most_rows: int = 0) -> Answer:
        """The answer to a question; `most_rows` is how many charged-for rows it may hold.

        Raises Retryable when the exchange cannot be reached or keeps failing, Rejected when it
        refuses the question.
        """
        for wait_seconds in (*_waits_seconds(), None):
            await self._wait_for_budget(_weight(most_rows))
            try:
                answer = await self._attempt(question)
            except Retryable as error:
                if isinstance(error, _Throttled):
                    self._budget.empty()
                if wait_seconds is None:
                    raise Retryable(
                        f"{error}, {TRIES} times in a row: try again in a few minutes"
                    ) from error
                await self._wait(wait_seconds, f"{error}, trying again in")
            else:
                rows = len(answer.content) if isinstance(answer.content, list) else 0
                self._budget.spend(_weight(min(rows, most_rows)) - _weight(most_rows))
                return answer
        raise AssertionError("the last try returns or raises")

    async def _wait_for_budget(self, weight: int) -> None:
        while seconds := self._budget.seconds_until(weight):
            await self._wait(seconds, "Hyperliquid's rate limit, going on in")
        self._budget.spend(weight)

    async def _wait(self, seconds: float, why: str) -> None:
        if seconds >= 1:
            self._on_wait(f"{why} {seconds:.0f} s")
        await self._clock.sleep(seconds)

    async def _attempt(self, question: dict[str, Any]) -> Answer:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._post(question)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Retryable("Hyperliquid did not answer in time") from error
        except httpx.RequestError as error:
            raise Retryable(f"Hyperliquid cannot be reached ({type(error).__name__})") from error

    async def _post(self, question: dict[str, Any]) -> Answer:
        async with self._http.stream("POST", "/info", json=question) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_BODY_BYTES:
                    raise MalformedAnswer(
                        f"Hyperliquid's answer is longer than {LARGEST_BODY_BYTES >> 20} MiB"
                    )
        _raise_for_status(response.status_code, body)
        return Answer(_decoded(body), _server_ms(response.headers.get("date")))


def _weight(rows: int) -> int:
    return BASE_WEIGHT + -(-rows // ROWS_PER_WEIGHT)


def _waits_seconds() -> list[float]:
    """The waits between tries: doubling, and blurred so that many clients do not march in step."""
    return [
        min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**n) * random.uniform(0.5, 1.0)  # noqa: S311
        for n in range(TRIES - 1)
    ]


def _raise_for_status(status: int, body: bytearray) -> None:
    if status == HTTPStatus.OK:
        return
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise _Throttled("Hyperliquid answered 429 (too many requests from this address)")
    if status in _MAY_PASS:
        raise Retryable(f"Hyperliquid answered {status} ({HTTPStatus(status).phrase.lower()})")
    excerpt = " ".join(body[:120].decode(errors="replace").split())
    raise Rejected(f"Hyperliquid refused the question with status {status}: {excerpt or 'no text'}")


def _decoded(body: bytearray) -> Any:  # noqa: ANN401 - whatever JSON can hold
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Retryable("Hyperliquid answered something that is not JSON") from error


def _server_ms(date: str | None) -> int | None:
    try:
        return int(parsedate_to_datetime(date or "").timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
