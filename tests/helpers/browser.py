"""A headless Chromium, spoken to over a pipe by its own protocol (DevTools): nothing is installed for it, and nothing listens on a port."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--remote-debugging-pipe")
CONTROL = 2  # of modifiers
START = """
import fcntl, os, sys
for place, pipe in zip((3, 4), [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]):
    os.dup2(pipe, place)  # where the browser looks for its pipes
os.execv(sys.argv[3], sys.argv[3:])
"""


class Tab:
    """One page that is open."""

    def __init__(self, send, session):
        self.send, self.session = send, session

    def call(self, method, **params):
        return self.send(method, params, self.session)

    def run(self, script):
        """The JSON value of a JavaScript expression; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def press(self, key, command):
        """Control and a key, as an editing command such as "copy"."""
        self.call("Input.dispatchKeyEvent", type="rawKeyDown", key=key, modifiers=CONTROL, commands=[command])
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, modifiers=CONTROL)

    def copied(self):
        """What a paste of the selection gives: it is copied, and pasted into a field made for it."""
        self.press("c", "copy")
        self.run("{ const field = document.createElement('textarea'); field.id = 'pasted'; document.body.append(field); field.focus(); }")
        self.press("v", "paste")
        return self.run("(() => { const f = document.getElementById('pasted'), text = f.value; f.remove(); return text; })()")


@contextmanager
def open_in_browser(path, profile, size=(1200, 1000)):
    """A Tab that shows a file. profile: a folder for the browser's own files."""
    to_browser, from_us = os.pipe()
    from_browser, to_us = os.pipe()
    flags = (*FLAGS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}")
    command = [sys.executable, "-c", START, str(to_browser), str(to_us), CHROMIUM, *flags]
    process = subprocess.Popen(command, pass_fds=(to_browser, to_us), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    os.close(to_browser)
    os.close(to_us)
    try:
        with os.fdopen(from_us, "wb", 0) as output, os.fdopen(from_browser, "rb") as stream:
            send = _speaker(output, stream)
            target = send("Target.createTarget", {"url": "about:blank"})["targetId"]
            session = send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
            tab = Tab(send, session)
            tab.call("Page.navigate", url=path.as_uri())
            tab.run("new Promise(done => document.readyState === 'complete' ? done() : addEventListener('load', () => done()))")
            yield tab
            send("Browser.close", {})
    finally:
        process.kill()
        process.wait()


def _speaker(output, stream):
    """`send(method, params, session=None)` → the result; messages are JSON between zero bytes, events are passed over."""
    count = 0

    def receive():
        message = bytearray()
        while (byte := stream.read(1)) not in (b"\0", b""):
            message += byte
        if not message:
            raise RuntimeError("The browser has gone.")
        return json.loads(message)

    def send(method, params, session=None):
        nonlocal count
        count += 1
        message = {"id": count, "method": method, "params": params, **({"sessionId": session} if session else {})}
        output.write(json.dumps(message).encode() + b"\0")
        while (answer := receive()).get("id") != count:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    return send
