"""Pebble, the test CA, from a newer Debian suite: Debian 12's own knows neither renewal information nor profiles.

The packages are fetched with apt-get from the mirror that this machine uses anyway, into build/pebble, once. Where they cannot be had,
`binaries()` raises Unavailable with the reason, and the tests that need them skip.
"""

import json
import os
import pathlib
import re
import ssl
import subprocess
import time
import urllib.request

from conftest import free_port

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = ROOT / "build" / "pebble"
SUITES = ("sid", "trixie")  # newer suites move on, so no version can be pinned
LEAST = (2, 8)
PATIENCE = 180  # seconds: how long Pebble may take to start on a busy machine
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Unavailable(Exception):
    """Pebble cannot be had here; says why."""


def _mirror():
    targets = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], capture_output=True, text=True)
    if targets.returncode or not targets.stdout.split():
        raise Unavailable("apt-get knows no mirror")
    return targets.stdout.split()[0]


def _download(suite):
    """The package of `suite`, unpacked under CACHE without touching the system's apt."""
    home = CACHE / suite / "apt"
    for folder in ("state/lists/partial", "cache/archives/partial", "etc"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "etc" / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} {suite} main\n")
    (home / "state" / "status").write_text("")
    configuration = home / "apt.conf"
    configuration.write_text(
        f'Dir::State "{home}/state"; Dir::State::status "{home}/state/status"; Dir::Cache "{home}/cache";\n'
        f'Dir::Etc::sourcelist "{home}/etc/sources.list"; Dir::Etc::sourceparts "/dev/null";\n'
        'Acquire::Languages "none"; Acquire::Retries "1"; Acquire::http::Timeout "20"; APT::Sandbox::User "root";\n')
    environment = {**os.environ, "APT_CONFIG": str(configuration)}
    for command in (["apt-get", "-qq", "update"], ["apt-get", "-qq", "download", "pebble"]):
        try:
            done = subprocess.run(command, cwd=CACHE / suite, env=environment, capture_output=True, text=True, timeout=300)
        except subprocess.TimeoutExpired as slow:
            raise Unavailable(f"{' '.join(command)} ({suite}) took too long") from slow
        if done.returncode:
            raise Unavailable(f"{' '.join(command)} ({suite}): {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    package = max((CACHE / suite).glob("pebble_*.deb"), key=lambda path: path.stat().st_mtime)
    version = subprocess.run(["dpkg-deb", "-f", package, "Version"], capture_output=True, text=True, check=True).stdout
    found = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if found < LEAST:
        raise Unavailable(f"{suite} has Pebble {version.strip()}, which is too old")
    subprocess.run(["dpkg-deb", "-x", package, CACHE / suite / "root"], check=True)


def binaries():
    """The folder with pebble and pebble-challtestsrv."""
    reasons = []
    for suite in SUITES:
        folder = CACHE / suite / "root" / "usr" / "bin"
        try:
            if not (folder / "pebble").exists():
                _download(suite)
            subprocess.run([folder / "pebble", "-help"], capture_output=True, timeout=PATIENCE)  # OSError where this machine cannot run it
            return folder
        except (Unavailable, OSError, subprocess.SubprocessError) as why:
            reasons.append(str(why))
    raise Unavailable("; ".join(reasons))


def _certificate(folder):
    """A CA and a certificate for 127.0.0.1: Pebble's own HTTPS."""
    run = lambda *command: subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run("req", "-x509", *key, "-keyout", "trust.key", "-out", "trust.pem", "-days", "30", "-subj", "/CN=Pebble's own HTTPS")
    run("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=pebble")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "trust.pem", "-CAkey", "trust.key", "-CAcreateserial", "-days", "30", "-out", "server.pem", "-extfile", "names")


class Pebble:
    """One CA on loopback; every name resolves to 127.0.0.1. Names are proved at `http_port` and `tls_port`.

    `lifetimes` adds profiles, in seconds. An order that names no profile gets one that Pebble draws.
    """

    EAB_KEY_ID = "kid-1"
    EAB_HMAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"  # base64url

    def __init__(self, folder, programs, *, external_accounts=False, rejected_nonces=5, lifetimes=None):
        self.folder, self.programs = pathlib.Path(folder), programs
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rejected_nonces = rejected_nonces
        self.http_port, self.tls_port = free_port(), free_port()
        self.port, self.management_port, self.dns_port, self.dns_management_port = (free_port() for _ in range(4))
        self.trust = self.folder / "trust.pem"
        self.processes = {}
        _certificate(self.folder)
        lifetimes = {"default": 90 * 86400, "shortlived": 6 * 86400, "seconds": 90, **(lifetimes or {})}
        (self.folder / "pebble.json").write_text(json.dumps({"pebble": {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self.management_port}",
            "certificate": str(self.folder / "server.pem"), "privateKey": str(self.folder / "server.key"),
            "httpPort": self.http_port, "tlsPort": self.tls_port, "ocspResponderURL": "",
            "externalAccountBindingRequired": external_accounts, "externalAccountMACKeys": {self.EAB_KEY_ID: self.EAB_HMAC_KEY},
            "domainBlocklist": ["blocked.example"], "retryAfter": {"authz": 1, "order": 1}, "keyAlgorithm": "ecdsa",
            "certificateValidityPeriod": lifetimes["default"],
            "profiles": {name: {"description": name, "validityPeriod": seconds} for name, seconds in lifetimes.items()}}}))

    @property
    def directory(self):
        return f"https://127.0.0.1:{self.port}/dir"

    @property
    def management(self):
        return f"https://127.0.0.1:{self.management_port}"

    def _spawn(self, name, *arguments, **environment):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen([self.programs / name, *arguments], stdout=log, stderr=log, env={**os.environ, **environment})

    def start(self):
        self._spawn("pebble-challtestsrv", "-dnsserver", f"127.0.0.1:{self.dns_port}", "-doh", "", "-http01", "", "-https01", "", "-tlsalpn01", "",
                    "-management", f"127.0.0.1:{self.dns_management_port}", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "")
        self.start_ca()
        return self

    def start_ca(self):
        self._spawn("pebble", "-config", str(self.folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{self.dns_port}", PEBBLE_VA_NOSLEEP="1", PEBBLE_AUTHZREUSE="0",
                    PEBBLE_WFE_NONCEREJECT=str(self.rejected_nonces), PEBBLE_ALTERNATE_ROOTS="1", PEBBLE_CHAIN_LENGTH="1")
        context = ssl.create_default_context(cafile=self.trust)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return opener.open(self.directory, timeout=5).read()
            except OSError as why:
                assert self.processes["pebble"].poll() is None and time.monotonic() < deadline, f"Pebble does not start: {why}\n{(self.folder / 'pebble.log').read_text()[-2000:]}"
                time.sleep(0.02)

    def restart(self):
        """Pebble keeps everything in memory: afterwards it knows no account, no order, no certificate, and has new roots."""
        self._end("pebble")
        self.start_ca()

    def _end(self, name):
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def stop(self):
        for name in list(self.processes):
            self._end(name)
