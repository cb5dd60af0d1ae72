"""A real Chromium without a screen, told what to do through DevTools' pipe; it says what it asked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from select import select
from typing import Any

#: No request for so long: the page has all that it wants.
_QUIET = 1.5
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` is 0 where none came."""

    status: int
    method: str
    url: str


@dataclass
class Browser:
    _write: int
    _read: int
    _buffer: bytes = b""
    _last: int = 0
    _events: list[dict[str, Any]] = field(default_factory=list)
    _session: str = ""

    def cookies(self, url: str, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            self._ask("Network.setCookie", url=url, name=name, value=value)

    def store(self, url: str, values: Mapping[str, str]) -> None:
        """What the pages of ``url`` find in their local storage from now on."""
        lines = (
            f"localStorage.setItem({json.dumps(key)}, {json.dumps(text)})" for key, text in values.items()
        )
        self._ask("Page.addScriptToEvaluateOnNewDocument", source=";".join(lines))

    def visit(self, url: str) -> tuple[list[Answer], str]:
        """Every answer that the page got until it was quiet, and the text that it then shows."""
        self._events.clear()
        self._ask("Page.navigate", url=url)
        asked: dict[str, Answer] = {}
        open_, quiet, end = set[str](), time.monotonic() + _QUIET, time.monotonic() + _SECONDS
        while (open_ or time.monotonic() < quiet) and time.monotonic() < end:
            for event in self._drain(0.2):
                about, what = event.get("params", {}), event.get("method", "")
                if what == "Network.requestWillBeSent" and about["request"]["url"].startswith("http"):
                    request = about["request"]
                    asked[about["requestId"]] = Answer(0, request["method"], request["url"])
                    open_.add(about["requestId"])
                elif what == "Network.responseReceived" and about["requestId"] in asked:
                    old = asked[about["requestId"]]
                    asked[about["requestId"]] = Answer(about["response"]["status"], old.method, old.url)
                elif what in ("Network.loadingFinished", "Network.loadingFailed"):
                    open_.discard(about["requestId"])
                else:
                    continue
                quiet = time.monotonic() + _QUIET
        shown = self._ask("Runtime.evaluate", expression="document.body.innerText")["result"]
        return list(asked.values()), str(shown.get("value", ""))

    def open(self) -> None:
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Page", "Runtime"):
            self._ask(f"{domain}.enable")

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            for answer in self._receive(0.5):
                if answer.get("id") == self._last:
                    assert "error" not in answer, f"{method}: {answer['error']}"
                    return dict(answer["result"])
                self._events.append(answer)
        raise AssertionError(f"{method}: no answer within {_SECONDS:.0f} s")

    def _drain(self, seconds: float) -> list[dict[str, Any]]:
        found, self._events = [*self._events, *self._receive(seconds)], []
        return found

    def _receive(self, seconds: float) -> Iterator[dict[str, Any]]:
        if select([self._read], [], [], seconds)[0]:
            self._buffer += os.read(self._read, 1 << 20)
        *messages, self._buffer = self._buffer.split(b"\0")
        return (json.loads(message) for message in messages)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's; everything it writes is in a folder that goes with it."""
    program = shutil.which("chromium")
    assert program, "Debian's chromium is not installed: python3 -m local.setup --tests"
    ours_read, its_write = os.pipe()
    its_read, ours_write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="golden-images-chromium-", ignore_cleanup_errors=True) as folder:
        # It reads descriptor 3 and writes to 4.
        wired = f'exec 3<&{its_read} 4>&{its_write} && exec "$@"'
        how = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--no-proxy-server",
            "--remote-debugging-pipe", f"--user-data-dir={folder}", "--window-size=1600,1000",
        ]  # fmt: skip
        process = subprocess.Popen(
            ["bash", "-c", wired, "bash", program, *how],
            pass_fds=(its_read, its_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": folder},
        )
        os.close(its_read)
        os.close(its_write)
        browser = Browser(ours_write, ours_read)
        try:
            browser.open()
            yield browser
        finally:
            process.terminate()
            process.wait(20)
            os.close(ours_write)
            os.close(ours_read)
