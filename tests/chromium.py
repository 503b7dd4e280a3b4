"""A browser without a window, as the machine has it."""

import base64
import hashlib
import json
import os
import shutil
import ssl
import subprocess

import pytest

from conftest import PATIENCE

needs_chromium = pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")


class Chromium:
    """A browser without a window, spoken to over two pipes (the DevTools protocol)."""

    def __init__(self, profile, port):
        # Trusted by its key: the browser's own store is not to be touched.
        certificate = ssl.get_server_certificate(("localhost", port))
        key = subprocess.run("openssl x509 -pubkey -noout | openssl pkey -pubin -outform der", shell=True, check=True, capture_output=True, input=certificate.encode()).stdout
        trusted = base64.b64encode(hashlib.sha256(key).digest()).decode()
        commands_in, self.commands = os.pipe()
        self.events, events_out = os.pipe()

        def pipes_where_it_looks_for_them():
            # Out of the way first: a pipe may already have one of these numbers.
            read, write = os.dup(commands_in), os.dup(events_out)
            os.dup2(read, 3), os.dup2(write, 4)

        self.process = subprocess.Popen(
            ["chromium", "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}", f"--ignore-certificate-errors-spki-list={trusted}", "about:blank"],
            preexec_fn=pipes_where_it_looks_for_them, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(commands_in)
        os.close(events_out)
        self.received = b""
        self.number = 0
        page = next(target for target in self.call("Target.getTargets")["targetInfos"] if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]

    session = None

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **({"sessionId": self.session} if self.session else {})}
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.received:
                piece = os.read(self.events, 65536)
                assert piece, "the browser ended"
                self.received += piece
            text, self.received = self.received.split(b"\0", 1)
            answer = json.loads(text)
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return answer["result"]

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, userGesture=True, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=PATIENCE)
        os.close(self.commands)
        os.close(self.events)
