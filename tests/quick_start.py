"""Walks through “Quick start: guard” of the README on an empty Debian 12, with its own commands. test_quick_start.py starts it.

What is different from what a reader does, and nothing else:
- the packages of the first block are there already, and so is what `make build` builds;
- the CA is Pebble, whose certificates live for LIFETIME; so its directory has another URL;
- all names lead to 127.0.0.1, and the machine trusts a CA that has made the certificate of the mail server, those made by hand, and Pebble's.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.request

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

import pebble
from conftest import PROGRAMS, ROOT, until
from fresh_debian import Machine
from hand_ca import HandCa, key_pem, pem
from mailbox_server import MailServer

LIFETIME = 80  # seconds: a renewal comes after half of it
SITE = "/etc/nginx/sites-available/example.org"
NAMES = ("www.example.org", "example.org")
GROUP = "website"
LETSENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"
# What stands for lines that cannot be run here.
BUILT_BEFORE = {
    "apt-get update && apt-get install -y git make": "dpkg-query -s git make >/dev/null",
    "git clone REPOSITORY carillon && cd carillon": "cd /root/carillon",
    "make build": "true",
}
# The site as its owner has it: both names in one block, a certificate by hand, and the redirect that shadows every location.
BEFORE = """
server {
    listen 80;
    server_name www.example.org example.org;
    return 301 https://$host$request_uri;
}
server {
    listen 443 ssl;
    server_name www.example.org example.org;
    ssl_certificate /etc/ssl/by-hand.pem;
    ssl_certificate_key /etc/ssl/private/by-hand.key;
    root /var/www/html;
}
"""


def blocks(text):
    """(language, content, the words before it) of each code block."""
    found, end = [], 0
    for match in re.finditer(r"^ *```(\w+)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        indent = re.match(r" *", match[2])[0]
        found.append((match[1], "".join(line.removeprefix(indent) for line in match[2].splitlines(keepends=True)), text[end:match.start()]))
        end = match.end()
    return found


class Walk:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.blocks = blocks((ROOT / "README.md").read_text().split("## Quick start: guard")[1].split("\n## ")[0])
        self.done = 0

    def say(self, text):
        print(text, flush=True)

    # The world.
    def prepare(self, machine):
        self.machine, self.ca = machine, HandCa(self.folder / "ca")
        checkout = machine.at("/root/carillon")
        (checkout / "build/release").mkdir(parents=True)
        for name in ("Makefile", "LICENSE", "README.md"):
            shutil.copy(ROOT / name, checkout)
        shutil.copytree(ROOT / "packaging", checkout / "packaging")
        for program in ("carillon", "carillon-media"):
            shutil.copy(PROGRAMS / program, checkout / "build/release")
        self.pebble = pebble.Pebble(self.folder / "pebble", pebble.binaries())
        self.pebble.dns_port = 53
        file = self.pebble.folder / "pebble.json"
        settings = json.loads(file.read_text())
        settings["pebble"] |= {"httpPort": 80, "tlsPort": 443, "profiles": {"short": {"description": "short", "validityPeriod": LIFETIME}}}
        file.write_text(json.dumps(settings))
        self.pebble.start()
        context = ssl.create_default_context(cafile=self.pebble.trust)
        self.root = urllib.request.urlopen(f"{self.pebble.management}/roots/0", context=context).read().decode()
        machine.write("/etc/ssl/certs/ca-certificates.crt", self.ca.root_file.read_text() + self.pebble.trust.read_text() + self.root, add=True)
        self.trust = self.folder / "trust.pem"
        self.trust.write_text(self.ca.root_file.read_text() + self.root)
        self.mail = MailServer(self.folder / "mail", security="starttls", user="guard", password="PASSWORD", port=587)
        chain, key = self.ca.make("mail.example.org")
        self.mail.ca_file.write_text(chain)
        self.mail.key_file.write_text(key)
        self.mail.start()
        # The site, with five days left of ninety.
        key = ec.generate_private_key(ec.SECP256R1())
        machine.write("/etc/ssl/by-hand.pem", pem(self.ca.leaf(list(NAMES), key.public_key(), days=5, begins=-85)) + pem(self.ca.intermediate))
        machine.write("/etc/ssl/private/by-hand.key", key_pem(key))
        machine.write(SITE, BEFORE)
        machine.write("/var/www/html/index.html", "the site")
        machine.at("/etc/nginx/sites-enabled/default").unlink(missing_ok=True)
        machine.at("/etc/nginx/sites-enabled/example.org").symlink_to(SITE)
        machine.shell("systemctl start nginx")

    # The reader.
    def follow(self, language):
        """Does what the next code block says."""
        kind, content, before = self.blocks[self.done]
        self.done += 1
        assert kind == language, (self.done, kind, language, content)
        content = content.replace(LETSENCRYPT, self.pebble.directory)
        self.say(f"--- block {self.done} ({kind})\n{content}")
        if kind == "sh":
            lines = [re.sub(r"\s+# .*$", "", line) for line in content.splitlines()]
            done = self.machine.shell("\n".join(BUILT_BEFORE.get(line, line) for line in lines))
            self.say(done.stdout + done.stderr)
            return done
        place = re.findall(r"`(/etc/[^`]+)`", before)
        last = " ".join(before.strip().split("\n\n")[-1].split())
        if "Add this line to the `server` blocks" in last:
            site = self.machine.at(SITE).read_text()
            site = re.sub(r"(server_name .*\n)", rf"\1    {content.strip()}\n", site)
            assert "`return 301 …` outside any `location`, move it to `location / { … }`" in self.after()
            self.machine.write(SITE, site.replace("    return 301 https://$host$request_uri;", "    location / { return 301 https://$host$request_uri; }"))
        elif re.search(r"\b(Save|Set the two certificate files)\b", last):
            self.machine.write(place[-1], content)
        else:
            assert re.search(r"\bAdd a group and its export\b", last), last
            self.machine.write(place[-1], "\n" + content, add=True)

    def after(self):
        _, content, before = self.blocks[self.done]
        return " ".join(before.split())

    # The world sees.
    def fetch(self, url, data=None, trust=None):
        """(status, text, fields) from outside, redirects not followed."""
        host = url.split("/")[2]
        command = ["curl", "-s", "-i", "--http1.1", "--noproxy", "*", "--max-time", "30", "--cacert", str(trust or self.trust), "--connect-to", f"{host}::127.0.0.1:", url]
        done = subprocess.run(command + (["--data", data] if data is not None else []), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (url, done.returncode, done.stderr)
        head, _, body = done.stdout.partition("\n\n")  # text=True has made one of each line end
        return int(head.split()[1]), body, head

    def served(self, name):
        context = ssl.create_default_context(cafile=self.trust)
        with socket.create_connection(("127.0.0.1", 443), 30) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
            return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True))

    def carillon(self, words, check=True):
        return self.machine.shell(f"carillon {words}", check)

    def walk(self):
        self.follow("sh")                               # 1. the program
        self.follow("sh")                               # 2. key and password
        self.follow("toml")
        self.follow("sh")
        assert self.mail.wait(1)[0].to == ["ada@example.org"], "the test message has arrived"
        listed = json.loads(self.carillon("cert list --json").stdout)
        assert not [one["name"] for one in listed if one["name"] in NAMES], f"nothing is ordered before the reader asks for it: {listed}"
        self.follow("nginx")                            # 3. two paths
        self.follow("nginx")
        self.follow("sh")
        assert self.fetch("http://example.org/any")[0] == 301
        self.follow("sh")                               # 4. the scan, the watch, and the reminder
        scans = self.machine.at("/var/lib/carillon-guard/scans")
        assert {path.stat().st_uid for path in (scans, *scans.iterdir())} == {scans.parent.stat().st_uid}, "the guard can back up what root has scanned"
        alarm = until(lambda: [one for one in self.mail.mails if "/acknowledge/" in one.text and NAMES[0] in one.subject], "the reminder arrives")[0]
        assert alarm.to == ["ada@example.org"]
        link = re.search(r"https://\S+/acknowledge/\S+", alarm.text)[0]
        assert link.startswith("https://www.example.org/"), link
        status, page, _ = self.fetch(link)
        assert status == 200 and "<form" in page, (status, page)
        status, page, _ = self.fetch(link, data="for=8h")
        assert status == 200, page
        states = {one["subject"]: one["state"] for one in json.loads(self.carillon("incident list --json").stdout)}
        assert "acknowledged" in states.values(), states
        self.say(f"acknowledged over {link}")
        self.follow("toml")                             # 5. a CA
        self.follow("sh")
        exported = [self.machine.at(f"/var/lib/carillon-guard-exports/{GROUP}.{ending}") for ending in ("pem", "key", "combined.pem")]
        until(lambda: all(path.exists() for path in exported), f"everything is exported\n{self.machine.logs()}")
        assert not self.machine.at("/etc/carillon").stat().st_mode & 0o022 and all(path.stat().st_mode & 0o077 == 0 for path in exported if path.suffix == ".key")
        self.follow("nginx")                            # 6. nginx uses the files
        *commands, doctor = [line for line in self.blocks[self.done][1].splitlines() if line]
        assert doctor.startswith("carillon doctor")
        self.blocks[self.done] = ("sh", "\n".join(commands), self.blocks[self.done][2])
        self.follow("sh")
        # nginx answers a reload before its new workers have taken over.
        first = {name: until(lambda: (one := self.served(name)) and "Pebble" in one.issuer.rfc4514_string() and one, f"{name} has a certificate of Pebble") for name in NAMES}
        for name, certificate in first.items():
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
            assert sorted(names) == sorted(NAMES), (name, names)
            assert self.fetch(f"https://{name}/")[:2] == (200, "the site")
            status, _, head = self.fetch(f"http://{name}/some/page")
            assert status == 301 and f"Location: https://{name}/some/page" in head, head
        # Nobody does anything, and yet:
        for name in NAMES:
            until(lambda: self.served(name).serial_number != first[name].serial_number, f"nginx serves the renewed certificate of {name}\n{self.machine.logs()}", 2 * LIFETIME)
        until(lambda: {seen["name"] for seen in json.loads(self.carillon(f"cert show {GROUP} --json").stdout)["last_seen"]} == set(NAMES), "both have been verified from outside")
        self.say("renewed without anybody")
        said = until(lambda: (done := self.carillon("doctor", check=False)).returncode == 0 and done, "the doctor is content", 2 * LIFETIME)
        assert "localhost, so" not in said.stdout and "server.origin" in said.stdout and "links in emails" not in said.stdout, said.stdout
        self.say(said.stdout)
        assert self.done == len(self.blocks), "each block has been followed"


if __name__ == "__main__":
    with Machine(sys.argv[1]) as machine:
        walk = Walk(sys.argv[1])
        try:
            walk.prepare(machine)
            walk.walk()
        except BaseException:
            print(machine.logs(), flush=True)
            raise
    os._exit(0)
