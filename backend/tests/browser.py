"""A real browser for tests: Chromium, driven over a pipe by its DevTools protocol."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
PATIENCE_SECONDS = 60.0


def chromium() -> str | None:
    """The browser's command, or None on a machine without one."""
    return os.environ.get("HYPERBOT_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, NAMES)), None
    )


class Tab:
    """One page: what it was asked, what it said, what it loaded."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from = to_browser, from_browser
        self._rest = b""
        self._asked = 0
        self._session: str | None = None
        self._target: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def open(self, path: Path, width: int = 1280, height: int = 800) -> None:
        """Load a file into a new page, in light colours, and wait until it says it is drawn."""
        self._close()
        self.complaints, self.requests = [], []
        self._target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self._ask("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._ask(f"{domain}.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)
        light = {"name": "prefers-color-scheme", "value": "light"}
        self._ask("Emulation.setEmulatedMedia", features=[light])
        self._ask("Page.navigate", url=path.as_uri())
        self.wait_for("document.documentElement?.dataset.ready")

    def _close(self) -> None:
        self._session = None
        if self._target:
            self._ask("Target.closeTarget", targetId=self._target)

    def wait_for(self, expression: str) -> Any:
        """The value of a script once it is truthy."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not (value := self.run(expression)):
            if time.monotonic() > end:
                raise TimeoutError(f"{expression} stays {value!r}; the page said {self.complaints}")
            time.sleep(0.05)
        return value

    def run(self, script: str) -> Any:
        """The value of a script in the page."""
        told = self._ask(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"]["exception"]["description"])
        return told["result"].get("value")

    def press(self, key: str) -> None:
        """Press and release a key, as a person does."""
        text = {"text": key} if len(key) == 1 else {}
        self._ask("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self._ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    def point(self, x: float, y: float) -> None:
        """Move the mouse."""
        self._ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def click(self, x: float, y: float) -> None:
        """Press and release the left button."""
        for kind in ("mousePressed", "mouseReleased"):
            self._ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press the left button at one place, move, and release it at another."""
        for kind, (x, y) in (("mousePressed", start), ("mouseMoved", end), ("mouseReleased", end)):
            told = {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1}
            self._ask("Input.dispatchMouseEvent", **told)

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._asked += 1
        message = {"id": self._asked, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            reply = self._next_message()
            if reply.get("id") == self._asked:
                if "error" in reply:
                    raise RuntimeError(f"{method}: {reply['error']}")
                return reply["result"]
            self._note(reply.get("method"), reply.get("params", {}))

    def _next_message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._from], [], [], PATIENCE_SECONDS)
            received = os.read(self._from, 1 << 16) if ready else b""
            if not received:
                raise TimeoutError("the browser does not answer")
            self._rest += received
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def _note(self, event: str | None, params: dict[str, Any]) -> None:
        if event == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled":
            self.complaints.append(f"{params['type']}: {params['args']}")
        elif event == "Log.entryAdded":
            self.complaints.append(str(params["entry"]))
        elif event == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])


@contextmanager
def browser_tab(command: str, profile: Path) -> Iterator[Tab]:
    """A browser of its own with one tab, gone when the block ends."""
    our_in, its_out = os.pipe()
    its_in, our_out = os.pipe()
    # The protocol wants the pipe at 3 and 4, which a shell can arrange and Popen cannot.
    arrange = f'exec "$@" 3</dev/fd/{its_in} 4>/dev/fd/{its_out}'
    arguments = [command, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(
        ["/bin/sh", "-c", arrange, "sh", *arguments],
        pass_fds=(its_in, its_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(its_in)
    os.close(its_out)
    try:
        yield Tab(our_out, our_in)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
        os.close(our_in)
        os.close(our_out)
