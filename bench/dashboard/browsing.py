"""Opens a page in Chromium as somebody who has never been there, and measures.

Interactive: what is in view is drawn, and no task has kept the page busy for 50 ms or more (a
*long task*, W3C) during the 300 ms that follow; the time is that of the last such task's end.
"""

from typing import Any

from bench.dashboard.devtools import DevTools, Message

WIDTH, HEIGHT = 1280, 900  # px of a window
CALM_MS = 300
LONGEST_S = 180.0  # after which nobody waits any more
WATCH = """
    window.busyUntil = 0;
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) window.busyUntil = task.startTime + task.duration;
    }).observe({ type: "longtask", buffered: true });
"""
READY = f"""(async () => {{
    for (;;) {{
        const drawn = DRAWN;
        if (!drawn) window.drawnAt = undefined;
        else window.drawnAt ??= performance.now();
        const ready = Math.max(window.drawnAt, window.busyUntil);
        if (drawn && performance.now() - ready > {CALM_MS}) return ready;
        if (performance.now() > {1000 * LONGEST_S}) return {1000 * LONGEST_S};
        await new Promise((resolve) => setTimeout(resolve, 20));
    }}
}})()"""


class Visit:
    """A window of its own, with an empty cache, that counts what comes over the network."""

    def __init__(self, browser: DevTools) -> None:
        self._browser = browser
        self._urls: dict[str, str] = {}
        self.arrived: list[tuple[str, int]] = []
        self._context = browser.ask("Target.createBrowserContext")["browserContextId"]
        made = browser.ask("Target.createTarget", url="about:blank", browserContextId=self._context)
        attached = browser.ask("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        self._session: str = attached["sessionId"]
        browser.told = self._told
        self._ask("Network.enable")
        self._ask("Page.enable")
        self._ask("Page.addScriptToEvaluateOnNewDocument", source=WATCH)

    def open(self, url: str, drawn: str) -> float:
        """Seconds until the page is interactive, LONGEST_S where it was not by then.

        `drawn` is JavaScript that is true once everything in view is drawn.
        """
        self._ask("Page.navigate", url=url)
        expression = READY.replace("DRAWN", drawn)
        said = self._ask("Runtime.evaluate", expression=expression, awaitPromise=True)
        return float(said["result"]["value"]) / 1000

    def weight(self, *, without: tuple[str, ...] = ()) -> int:
        """Bytes that came, but for addresses with one of these in them."""
        return sum(n for url, n in self.arrived if not any(part in url for part in without))

    def wait(self, seconds: float) -> None:
        """Lets the page go on by itself."""
        self._browser.listen(seconds)

    def close(self) -> None:
        """Closes the window and forgets its cache."""
        self._browser.ask("Target.disposeBrowserContext", browserContextId=self._context)

    def _ask(self, method: str, **params: Any) -> Message:
        return self._browser.ask(method, self._session, **params)

    def _told(self, event: Message) -> None:
        if event.get("sessionId") != self._session:
            return
        about = event["params"]
        if event["method"] == "Network.requestWillBeSent":
            self._urls[about["requestId"]] = about["request"]["url"]
        elif event["method"] == "Network.loadingFinished":
            url = self._urls.get(about["requestId"], "")
            self.arrived.append((url, int(about["encodedDataLength"])))
