"""The certificate authority of the tests, as a process: the very same that unit tests use, over HTTPS, with faults on command.

    with Authority(folder, http_port=..., tls_port=...) as authority:
        authority.directory     # for the configuration's `directory`
        authority.root_file     # for `directory_ca_file`
        authority.trust_file    # for `trust`: the roots of what it issues
        authority.fault("rate_limited", at="new_order", count=2, retry_after_seconds=1)
        authority.ledger()      # what it did and refused
"""

import json
import os
import pathlib
import signal
import subprocess

import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("CARILLON_PROGRAMS", ROOT / "build" / "release")) / "carillon-test-ca"
PATIENCE = 180  # seconds


class Authority:
    """One running authority. Everything is forgotten when it stops, as with a CA restored from nothing."""

    def __init__(self, folder: pathlib.Path, http_port=80, tls_port=443, *extra):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.root_file = self.folder / "directory-root.pem"
        self.trust_file = self.folder / "roots.pem"
        self.http_port, self.tls_port, self.extra = http_port, tls_port, list(extra)
        self.process = None
        self.directory = None
        self.management = None
        self.session = requests.Session()
        self.session.trust_env = False

    def start(self, https_port=0):
        with open(self.folder / "authority.log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "--https", f"127.0.0.1:{https_port}", "--root-file", self.root_file, "--http-port", str(self.http_port), "--tls-port", str(self.tls_port), *self.extra],
                stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready "), f"the authority did not become ready: {(self.folder / 'authority.log').read_text()}"
        ready = json.loads(line.removeprefix("ready "))
        self.directory, self.management = ready["directory"], ready["management"]
        self.trust_file.write_text("".join(self.call("GET", "/roots")["roots"]))
        return self

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=PATIENCE)
        return self.process.returncode

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def call(self, method, path, **body):
        answer = self.session.request(method, self.management + path, json=body if method == "POST" else None, timeout=PATIENCE)
        document = answer.json()
        assert answer.status_code == 200, f"{method} {path} {body}: {document}"
        return document

    def fault(self, kind, **details):
        """Sets a fault (see src/testca/management.hpp) and answers its number."""
        return self.call("POST", "/faults", kind=kind, **details)["number"]

    def clear_faults(self):
        self.call("DELETE", "/faults")

    def faults(self):
        return self.call("GET", "/faults")["faults"]

    def ledger(self, since=0, act=None):
        entries = self.call("GET", f"/ledger?since={since}")["entries"]
        return [entry for entry in entries if act in (None, entry["act"])]

    def requests(self):
        """How often each kind of request came."""
        return self.call("GET", "/ledger")["requests"]

    def certificates(self, name=""):
        return self.call("GET", f"/certificates?name={name}")["certificates"]

    def set_renewal_info(self, name, **details):
        return self.call("POST", "/renewal-info", name=name, **details)

    def revoke(self, name):
        self.call("POST", "/revoke", name=name)

    def forget(self):
        self.call("POST", "/forget")

    def fail_name(self, name, type="dns", detail=None):
        self.call("POST", "/names", name=name, type=type, **({"detail": detail} if detail else {}))

    def heal_name(self, name):
        self.call("POST", "/names", name=name, type="")

    def settings(self, **changes):
        self.call("POST", "/settings", **changes)
