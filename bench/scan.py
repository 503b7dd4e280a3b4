#!/usr/bin/env python3
"""Scans 10,000 TLS endpoints on loopback, every broken kind among them: seconds, processor time, peak memory; each kind named rightly.

The peer is `openssl s_client`, one process for each endpoint, two at a time, over a hundred good ones.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
COUNT = 10_000
MOST_SECONDS, MOST_MIB = 60, 100
FINDINGS = {
    "good": [], "thousand_names": [], "expired": ["expired"], "not_yet_valid": ["not_yet_valid"], "self_signed": ["self_signed"], "wrong_host": ["wrong_name"],
    "incomplete_chain": ["incomplete_chain"], "reversed_chain": ["reversed_chain"], "untrusted_root": ["untrusted"], "out_of_constraints": ["untrusted"],
    "sha1_intermediate": ["weak_signature"], "rsa1024": ["weak_key"], "silent": ["unreachable"], "slow": ["unreachable"], "reset": ["unreachable"],
    "plain_http": ["not_tls"],
}


def address(number: int) -> str:
    return f"127.1.{number // 256}.{number % 256}"


def peer(port: int, addresses: list[str]) -> float:
    def look(one: str) -> None:
        subprocess.run(["openssl", "s_client", "-connect", f"{one}:{port}", "-showcerts"], stdin=subprocess.DEVNULL, capture_output=True, check=False)

    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(look, addresses))
    return time.monotonic() - start


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "root.pem"
        targets = pathlib.Path(folder) / "targets"
        with subprocess.Popen([BUILD / "carillon-test-endpoints", root], stdout=subprocess.PIPE, text=True) as endpoints:
            try:
                about = json.loads(endpoints.stdout.readline())
                port, kinds = about["port"], about["kinds"]
                targets.write_text("".join(f"{address(n)}:{port}\n" for n in range(COUNT)))
                # One core for the scan, the other for the ten thousand servers.
                scan = subprocess.run(["taskset", "-c", "0", BUILD / "carillon-test-scan", root, targets], capture_output=True, text=True, check=True)
                good = [address(n) for n in range(COUNT) if kinds[n % len(kinds)] == "good"][:100]
                peer_rate = len(good) / peer(port, good)
            finally:
                endpoints.terminate()
        used = json.loads(scan.stderr.strip().splitlines()[-1])
        rows = {row["where"]: row for row in json.loads(scan.stdout)}
        wrong = []
        for number in range(COUNT):
            kind = kinds[number % len(kinds)]
            row = rows.get(f"{address(number)}:{port}")
            if row is None or row["findings"] != FINDINGS[kind]:
                wrong.append(f"{address(number)} ({kind}): {row and (row['findings'], row['detail'])}")
    print(f"{COUNT} endpoints of {len(kinds)} kinds on one core: {used['seconds']:.1f} s, {used['processor_seconds']:.1f} s of processor, "
          f"{used['peak_mib']:.0f} MiB; {COUNT - len(wrong)} named rightly")
    print(f"per second: {COUNT / used['seconds']:.0f} (openssl s_client, two at a time, good endpoints only: {peer_rate:.0f})")
    for line in wrong[:10]:
        print(f"  wrong: {line}")
    return 1 if wrong or used["seconds"] > MOST_SECONDS or used["peak_mib"] > MOST_MIB else 0


if __name__ == "__main__":
    sys.exit(main())
