"""A Redis or Valkey that is not ours, named by its address."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from hyperbot.domain.errors import InvalidInput, Retryable
from hyperbot.storage.redis_greeting import PORT, Greeting, greet
from hyperbot.storage.supervised.status import ServerStatus


class ExternalRedis:
    """The server at `url`; `source` names the setting it came from."""

    def __init__(self, url: str, source: str) -> None:
        self._url = url
        self._source = source

    def url(self) -> str:
        """Its address with the password, after it answered. Raises InvalidInput and Retryable."""
        self._greeted()
        return self._url

    def start(self) -> ServerStatus:
        """Refused: it is run by others."""
        raise InvalidInput(f"hyperbot cannot start {self._where()}: {self._source} names it")

    def stop(self) -> bool:
        """Refused: it is run by others."""
        raise InvalidInput(f"hyperbot cannot stop {self._where()}: {self._source} names it")

    def status(self) -> ServerStatus:
        """What answers there."""
        try:
            facts = self._greeted().facts
        except (InvalidInput, Retryable) as error:
            return ServerStatus(
                "Redis", is_running=False, address=self._where(), problem=str(error)
            )
        name = "Valkey" if "valkey_version" in facts else "Redis"
        return ServerStatus(
            name,
            is_running=True,
            address=self._where(),
            started_at=time.time() - float(facts.get("uptime_in_seconds", 0)),
            started_by=f"others ({self._source})",
            version=facts.get("valkey_version") or facts.get("redis_version"),
        )

    def _greeted(self) -> Greeting:
        try:
            greeting = greet(self._url)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Retryable(
                f"no Redis can be reached at {self._where()} ({self._source}): {reason}"
            ) from error
        if greeting.pong.startswith(("-WRONGPASS", "-NOAUTH", "-ERR")):
            raise InvalidInput(
                f"{self._where()} does not let the user of {self._source} in: "
                "the name or the password is wrong"
            )
        if greeting.pong != "+PONG":
            raise Retryable(f"{self._where()} is not ready: {greeting.pong[:100]}")
        return greeting

    def _where(self) -> str:
        parts = urlsplit(self._url)
        return f"{parts.hostname}:{parts.port or PORT}"
