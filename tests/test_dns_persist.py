"""DNS-PERSIST-01 with Pebble and the whole program: a record that a person sets once."""

import json
import re
import time
import urllib.request

import pebble
import pytest
from conftest import until
from keeping import Guard
from test_acme_extras import ca, programs, roots  # noqa: F401  (fixtures)

NAME = "www.example.org"
RECORD = f"_validation-persist.{NAME}"


def set_txt(ca, host, value):
    for path, document in (("clear-txt", {"host": f"{host}."}), ("set-txt", {"host": f"{host}.", "value": value})):
        request = urllib.request.Request(f"http://127.0.0.1:{ca.dns_management_port}/{path}", data=json.dumps(document).encode())
        urllib.request.urlopen(request, timeout=30).read()


def test_the_record_that_the_keeper_asks_for_is_the_one_that_pebble_wants(ca, tmp_path):  # noqa: F811
    (tmp_path / "roots.pem").write_text(roots(ca, 0) + roots(ca, 1))
    guard = Guard(tmp_path / "data", {
        "dns": {"servers": [f"127.0.0.1:{ca.dns_port}"]}, "certificates": {"steward": "ops@example.org", "names": [NAME]},
        "certificates.issuers": [{"name": "pebble", "directory": ca.directory, "directory_ca_file": ca.trust, "trust": tmp_path / "roots.pem", "challenge": "dns-persist-01"}]})
    guard.http_port, guard.https_port = ca.http_port, ca.tls_port
    guard.start()
    try:
        wanted = re.compile(rf"Set the TXT record {re.escape(RECORD)} to “([^”]+)”")
        until(lambda: wanted.search(guard.certificate(NAME)["last_error"] or ""), "the keeper says which record to set")
        record = wanted.search(guard.certificate(NAME)["last_error"])[1]
        assert re.fullmatch(r"[a-z.-]+; accounturi=https://\S+", record)
        assert record.split("; ")[0] and guard.certificate(NAME)["state"] in ("none", "renewing", "late")
        # Somebody else's account, or a permission that has ended, isn't one.
        for wrong in (record + "0", f"{record}; persistUntil={int(time.time()) - 60}"):
            set_txt(ca, RECORD, wrong)
            guard.run("cert", "renew", NAME)
            until(lambda: re.search("another account|permitted certificates until", guard.certificate(NAME)["last_error"] or ""), "it says what is wrong")
            assert guard.certificate(NAME)["serial"] is None
        set_txt(ca, RECORD, f"{record}; persistUntil={int(time.time()) + 86_400 * 20}")
        guard.run("cert", "renew", NAME)
        guard.wait_seen(NAME)
        until(lambda: guard.incidents("dns-record-ends", NAME), "it ends in twenty days")
        assert "persistUntil" in guard.incidents("dns-record-ends", NAME)[0]["what"] and guard.incidents("dns-record", NAME)[0]["state"] == "solved"
    finally:
        guard.stop()
