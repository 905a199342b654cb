"""A headless Chromium, told what to do through a pipe (the DevTools protocol), and what it has noticed of a page."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--no-first-run",
)
_NOTICED = {"Network.requestWillBeSent", "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"}


class Page:
    """An open page.

    Attributes:
        requests: addresses that were asked for.
        errors: what the console has shown.
    """

    def __init__(self, commands: int, answers: int):
        self.requests: list[str] = []
        self.errors: list[Any] = []
        self._commands, self._answers, self._rest, self._count = commands, answers, b"", 0
        self._session: dict[str, str] = {}
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = {"sessionId": self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Let the browser do something, and wait until it has."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": arguments, **self._session}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._count:
            pass
        assert "error" not in answer, answer
        return answer["result"]

    def open(self, file: Path, width: int = 1280, *, dark: bool = False) -> None:
        """Show a file, all of it loaded."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=file.absolute().as_uri())
        while self._next().get("method") != "Page.loadEventFired":
            pass

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Save the page as a picture, from top to bottom."""
        picture = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(picture["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._answers, 1 << 20)
            assert more, "the browser has gone"
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        message = json.loads(text)
        if message.get("method") in _NOTICED:
            request = message["params"].get("request")
            self.requests.append(request["url"]) if request else self.errors.append(message["params"])
        return message


@contextmanager
def browsing(folder: Path) -> Iterator[Page]:
    """A page of a browser that keeps its files in a folder."""
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    ends = [fcntl(end, F_DUPFD, 10) for end in (theirs_in, theirs_out)]  # out of the way of 3 and 4

    def place() -> None:
        for number, end in zip((3, 4), ends, strict=True):
            os.dup2(end, number)

    command = [CHROMIUM, *_FLAGS, "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, preexec_fn=place, pass_fds=(3, 4), **quiet)  # noqa: PLW1509
    for end in (theirs_in, theirs_out, *ends):
        os.close(end)
    try:
        yield Page(ours_out, ours_in)
    finally:
        process.kill()
        process.wait()
        os.close(ours_out)
        os.close(ours_in)
