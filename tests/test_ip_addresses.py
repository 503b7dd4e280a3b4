"""Carillon's reading of addresses is held against Python's ipaddress; and a neighbour whose address has a zone gets an answer."""

import os
import shutil
import subprocess

import pytest

import address_table
from conftest import CARILLON, PATIENCE

# In a network of its own: a loopback with a link-local address, the server on it, one request to that.
NEIGHBOUR = """
ip link set lo up && ip -6 addr add fe80::1/64 dev lo scope link || exit 77
mkfifo "$1/ready"
"$2" --data "$1/data" serve --http '[::]:0' --https '[::]:0' > "$1/ready" 2> "$1/log" &
server=$!
exec 3< "$1/ready"
read -r line <&3
port=$(grep -o ' http=[0-9]*' "$1/log" | head -1 | cut -d= -f2)
curl -sS -m "$3" -o /dev/null -w '%{http_code}' "http://[fe80::1%25lo]:$port/healthz"
kill $server
wait $server
"""


def test_the_table_of_addresses_is_what_ipaddress_says():
    assert address_table.FILE.read_text(encoding="utf-8") == address_table.table(), "make it again: tests/address_table.py > " + str(address_table.FILE)


def test_a_neighbour_with_a_link_local_address_gets_an_answer(tmp_path):
    if os.geteuid() != 0 or not shutil.which("ip") or subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
        pytest.skip("needs root, ip, and leave to make a network")
    done = subprocess.run(["unshare", "--net", "sh", "-c", NEIGHBOUR, "sh", tmp_path, CARILLON, str(PATIENCE)], capture_output=True, text=True, timeout=3 * PATIENCE)
    if done.returncode == 77:
        pytest.skip("no link-local address on a loopback here")
    assert done.stdout == "200", done.stderr
