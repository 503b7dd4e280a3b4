"""Knot, a real authoritative name server with dynamic updates and TSIG (Debian's package `knot`), on loopback.

    with Knot(tmp_path, zones=["example.org"]) as knot:
        knot.address, knot.key_file                    # for `server` and `tsig_key_file`
        knot.texts("_acme-challenge.example.org")      # what it has now
"""

import base64
import os
import pathlib
import secrets
import shutil
import signal
import subprocess

from conftest import PATIENCE, free_port, until

PROGRAM = shutil.which("knotd", path="/usr/sbin:/usr/bin")


class Knot:
    """A primary of `zones`, or with `primary` a secondary that transfers them from it. `notify`: ports of secondaries."""

    def __init__(self, folder, zones, *, primary=None, notify=(), port=None, algorithm="hmac-sha256", access="update"):
        self.folder, self.zones, self.primary, self.notify, self.algorithm, self.access = pathlib.Path(folder), zones, primary, list(notify), algorithm, access
        self.port = port or free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.key_name = primary.key_name if primary else "carillon"
        self.secret = primary.secret if primary else base64.b64encode(secrets.token_bytes(32)).decode()
        self.key_file = self.folder / "tsig.key"
        self.process = None

    def _write(self):
        for name in ("run", "zones"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.key_file.write_text(f'key "{self.key_name}" {{\n\talgorithm {self.algorithm};\n\tsecret "{self.secret}";\n}};\n')
        for zone in self.zones:
            if not self.primary:
                (self.folder / "zones" / f"{zone}.zone").write_text(
                    f"$ORIGIN {zone}.\n$TTL 1\n@ SOA ns1.{zone}. host.{zone}. 1 3600 60 3600 1\n@ NS ns1\nns1 A 127.0.0.1\n* A 127.0.0.1\n@ A 127.0.0.1\n")
        remotes = [f"  - id: primary\n    address: 127.0.0.1@{self.primary.port}\n"] if self.primary else []
        remotes += [f"  - id: secondary{port}\n    address: 127.0.0.1@{port}\n" for port in self.notify]
        lines = [f'server:\n    rundir: "{self.folder}/run"\n    listen: 127.0.0.1@{self.port}\n',
                 f'database:\n    storage: "{self.folder}/run"\n', "log:\n  - target: stderr\n    any: info\n",
                 f"key:\n  - id: {self.key_name}\n    algorithm: {self.algorithm}\n    secret: {self.secret}\n",
                 f"acl:\n  - id: update\n    key: {self.key_name}\n    action: {self.access}\n  - id: transfer\n    address: 127.0.0.1\n    action: [transfer, notify]\n"]
        if remotes:
            lines.append("remote:\n" + "".join(remotes))
        more = "    master: primary\n" if self.primary else ""
        if self.notify:
            more += f"    notify: [{', '.join(f'secondary{port}' for port in self.notify)}]\n"
        lines.append(f'template:\n  - id: default\n    storage: "{self.folder}/zones"\n    file: "%s.zone"\n    acl: [{"transfer" if self.primary else "update, transfer"}]\n'
                     f"    zonefile-sync: -1\n    zonefile-load: {'none' if self.primary else 'whole'}\n{more}")
        lines.append("zone:\n" + "".join(f"  - domain: {zone}\n" for zone in self.zones))
        (self.folder / "knot.conf").write_text("".join(lines))

    def start(self, command=()):
        self._write()
        with open(self.folder / "knot.log", "ab") as log:
            self.process = subprocess.Popen([*command, PROGRAM, "-c", self.folder / "knot.conf"], stdout=log, stderr=log, start_new_session=True)
        until(self._answers, f"Knot answers\n{self.log()}", PATIENCE)
        return self

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            # `command` may have started it as a child, e.g. faketime.
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=PATIENCE)
        self.process = None

    def log(self):
        return (self.folder / "knot.log").read_text()

    def _answers(self):
        assert self.process.poll() is None, self.log()
        return self.primary or all(self._dig(zone, "SOA") for zone in self.zones)

    def _dig(self, name, kind):
        done = subprocess.run(["kdig", "+short", "+time=2", "+retry=0", "@127.0.0.1", "-p", str(self.port), name, kind], capture_output=True, text=True, timeout=PATIENCE)
        return [line for line in done.stdout.splitlines() if line and not line.startswith(";")]

    def texts(self, name):
        return [line.strip('"') for line in self._dig(name, "TXT")]

    def refresh(self, zone):
        """A secondary asks its primary now."""
        subprocess.run(["knotc", "-c", self.folder / "knot.conf", "zone-refresh", zone], check=True, capture_output=True, timeout=PATIENCE)

    def update(self, *lines):
        """Changes the zone as an administrator does."""
        script = "\n".join([f"server 127.0.0.1 {self.port}", f"key {self.algorithm}:{self.key_name} {self.secret}", *lines, "send", ""])
        subprocess.run(["knsupdate"], input=script, text=True, check=True, capture_output=True, timeout=PATIENCE)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def available():
    return PROGRAM is not None
