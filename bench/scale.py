#!/usr/bin/python3
"""One node with 10,000 networks, 20,000 shows and 500,000 episodes: how it starts, answers and publishes, and what it takes.

bench/scale.py [NETWORKS SHOWS EPISODES]

The aims: ready in 1 s, a list page in 20 ms, from a publication's commit to the feed 50 ms, 400 MB of memory. What is measured is the client's time over HTTPS.
"""

import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

import requests

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent
CARILLON = ROOT / "build" / "release" / "carillon"
NETWORKS, SHOWS, EPISODES = (int(number) for number in (sys.argv[1:4] or (10_000, 20_000, 500_000)))
ROUNDS = 40


def memory(process):
    return int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text()).group(1)) / 1024


def start(data):
    begin = time.monotonic()
    process = subprocess.Popen([CARILLON, "serve", "--data", data, "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    origin = process.stdout.readline().split()[1]
    return process, origin, time.monotonic() - begin


def timed(call):
    begin = time.perf_counter()
    answer = call()
    assert answer.status_code < 300, (answer.status_code, answer.text[:500])
    return (time.perf_counter() - begin) * 1e3


def report(what, numbers, unit="ms"):
    numbers = sorted(numbers)
    print(f"{what:56} {statistics.median(numbers):9.1f} {unit:3} {numbers[int(len(numbers) * 0.95) - 1]:9.1f} {unit}", flush=True)


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="carillon-scale-"))
    data = folder / "data"
    process = None
    try:
        subprocess.run([ROOT / "tools" / "make-many", data, "--networks", str(NETWORKS), "--shows", str(SHOWS), "--episodes", str(EPISODES)], check=True)
        starts = []
        for _ in range(3):
            process, origin, seconds = start(data)
            starts.append(seconds)
            if len(starts) < 3:
                process.terminate()
                process.wait()
        print(f"\n{'':56} {'median':>9} {'':3} {'95 %':>9}")
        report("from the start to ready", starts, "s")
        print(f"{'memory after the start':56} {memory(process):9.1f} MB")
        run = lambda *words: json.loads(subprocess.run([CARILLON, "--data", data, "--json", *words], check=True, capture_output=True, text=True).stdout)
        run("user", "create", "operator@example.org", "--role", "operator")
        run("user", "create", "owner@example.org", "--role", "owner", "--network", "network-000007")
        client = {who: requests.Session() for who in ("operator", "owner")}
        for who, session in client.items():
            session.verify, session.trust_env = str(data / "ca" / "root.pem"), False
            session.headers["Authorization"] = "Bearer " + run("token", "create", "--user", f"{who}@example.org", "--name", "bench")["token"]
        get = lambda who, path: client[who].get(f"{origin}/api/v1{path}")

        page = client["operator"].get(f"{origin}/api/v1/shows").json()
        deep = page["next"]
        for path, who in (("/shows", "operator"), (f"/shows?cursor={deep}", "operator"), ("/shows?network=network-000007", "owner"),
                          ("/shows/show-000007/episodes", "owner"), ("/networks", "operator"), ("/jobs", "owner"), ("/people", "owner"), ("/audit", "owner")):
            get(who, path)
            report(f"GET {path.split('?')[0]}{'?cursor=…' if 'cursor' in path else '?' + path.split('?')[1] if '?' in path else ''}",
                   [timed(lambda: get(who, path)) for _ in range(ROUNDS)])

        cold = [timed(lambda: client["owner"].get(f"{origin}/feeds/show-{1000 + number:06}")) for number in range(ROUNDS)]
        report("a feed that is not in memory", cold)
        report("a feed that is", [timed(lambda: client["owner"].get(f"{origin}/feeds/show-001000")) for _ in range(ROUNDS)])

        episode = get("owner", "/shows/show-000007/episodes").json()["items"][0]["id"]
        seen = []
        for number in range(ROUNDS):
            title = f"Title {number}"
            begin = time.perf_counter()
            answer = client["owner"].patch(f"{origin}/api/v1/episodes/{episode}", json={"title": title})
            assert answer.status_code == 200, answer.text
            while title not in client["owner"].get(f"{origin}/feeds/show-000007").text:
                pass
            seen.append((time.perf_counter() - begin) * 1e3)
        report("an edit of a published episode until it is in the feed", seen)

        for number in range(min(3000, SHOWS)):
            client["owner"].get(f"{origin}/feeds/show-{number:06}")
        print(f"{f'memory after {min(3000, SHOWS)} shows were asked for':56} {memory(process):9.1f} MB")
    finally:
        if process:
            process.terminate()
            process.wait()
        shutil.rmtree(folder, ignore_errors=True)


main()
