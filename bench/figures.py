#!/usr/bin/env python3
"""What counting costs, and the charts of a year: records per second on one core, memory, bytes per record on disk, milliseconds.

The peer is ClickHouse (Debian's), on one core. It groups as many records by episode, listener and app and adds up their bytes, which is less than counting:
no lists of robots, no union of ranges. And it draws the chart of a network's year by country from the same daily sums.
"""
import json
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
RECORDS = 3_000_000  # of the day that day_counter_bench counts
SHOWS, DAYS, COUNTRIES = 20, 365, 80  # of the year that warehouse_bench draws
LEAST_PER_SECOND, MOST_MB, MOST_MS = 500_000, 200, 300

CONFIGURATION = """<?xml version="1.0"?><yandex>
<logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog></logger>
<http_port>{port}</http_port><listen_host>127.0.0.1</listen_host>
<path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><user_files_path>{folder}/files/</user_files_path><format_schema_path>{folder}/formats/</format_schema_path>
<users_config>{folder}/users.xml</users_config><default_profile>default</default_profile><default_database>default</default_database>
<mark_cache_size>67108864</mark_cache_size><timezone>UTC</timezone></yandex>"""
USERS = """<?xml version="1.0"?><yandex><profiles><default><max_memory_usage>4000000000</max_memory_usage><max_threads>1</max_threads></default></profiles>
<users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>
<quotas><default></default></quotas></yandex>"""


class ClickHouse:
    def __init__(self, folder: pathlib.Path):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        for part in ("data", "tmp", "files", "formats"):
            (folder / part).mkdir()
        (folder / "config.xml").write_text(CONFIGURATION.format(folder=folder, port=self.port))
        (folder / "users.xml").write_text(USERS)
        self.process = subprocess.Popen(["clickhouse-server", f"--config-file={folder}/config.xml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                self.ask("SELECT 1")
                return
            except (urllib.error.URLError, ConnectionError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def ask(self, query: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", query.encode(), timeout=300) as answer:
            return answer.read().decode().strip()

    def median_ms(self, query: str, rounds: int) -> float:
        times = []
        for _ in range(rounds):
            start = time.monotonic()
            self.ask(query)
            times.append((time.monotonic() - start) * 1000)
        return statistics.median(times)

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


def peer(folder: pathlib.Path) -> None:
    clickhouse = ClickHouse(folder)
    try:
        clickhouse.ask("CREATE TABLE records (time DateTime, episode UInt32, listener UInt64, agent String, first UInt64, sent UInt64) "
                       "ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY (episode, listener)")
        clickhouse.ask("INSERT INTO records SELECT toDateTime('2026-11-24 00:00:00') + number % 86400, (l * 31) % 10000, l, concat('AppleCoreMedia/1.0.0.21F79 "
                       f"(iPhone; U; CPU OS 17_5 like Mac OS X; en_us) App/', toString(l % 400)), rand(1) % 40000000, rand(2) % 20000000 "
                       f"FROM (SELECT number, intHash64(number) % {RECORDS // 3} AS l FROM numbers({RECORDS}))")
        took = clickhouse.median_ms("SELECT count() FROM (SELECT episode, listener, agent FROM records GROUP BY episode, listener, agent HAVING sum(sent) >= 1000000)", 3)
        stored = int(clickhouse.ask("SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'records' AND active"))
        print(f"  ClickHouse, grouping alone: {RECORDS / took * 1000:,.0f} records/s on one core, {stored / RECORDS:.0f} bytes per record (6 of our 25 fields)")
        clickhouse.ask("CREATE TABLE sums (show_id String, day Date, name String, count UInt64) ENGINE = MergeTree PARTITION BY toYYYYMM(day) ORDER BY (show_id, day, name)")
        clickhouse.ask(f"INSERT INTO sums SELECT concat('01m8mrr33j4ae1heb', toString(intDiv(number, {DAYS * COUNTRIES}))), toDate('2026-01-01') + "
                       f"intDiv(number, {COUNTRIES}) % {DAYS}, concat('C', toString(number % {COUNTRIES})), 171 FROM numbers({SHOWS * DAYS * COUNTRIES})")
        chart = clickhouse.median_ms("SELECT name, sum(count) FROM sums GROUP BY name", 20)
        print(f"  ClickHouse, network_by_country: {chart:.1f} ms")
    finally:
        clickhouse.close()


def rows_of(bench: str) -> list[dict]:
    done = subprocess.run([BUILD / bench, "--benchmark_format=json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout[done.stdout.index("{"):])["benchmarks"]


def main() -> int:
    missed = []
    day, = rows_of("day_counter_bench")
    print(f"a day of {RECORDS:,} requests: {day['records/s']:,.0f} records/s on one core, {day['MB at most']:.0f} MB "
          f"(the aims: {LEAST_PER_SECOND:,} and {MOST_MB} MB)")
    missed += ["records/s"] if day["records/s"] < LEAST_PER_SECOND else []
    missed += ["memory"] if day["MB at most"] > MOST_MB else []
    log = rows_of("request_log_bench")[0]
    print(f"bytes per record on disk: {log['bytes_open']:.0f} while it's written, {log['bytes_sealed']:.1f} afterwards")
    print(f"a year of 100,000,000 downloads, {SHOWS} shows (the aim: {MOST_MS} ms):")
    for row in rows_of("warehouse_bench"):
        name = re.sub(r"^chart/|/.*$", "", row["name"].removeprefix("chart/"))
        print(f"  {name}: {row['real_time']:.1f} ms")
        missed += [name] if row["real_time"] > MOST_MS else []
    if shutil.which("clickhouse-server"):
        with tempfile.TemporaryDirectory() as folder:
            peer(pathlib.Path(folder))
    else:
        print("  ClickHouse isn't installed (tools/setup bench)")
    if missed:
        print("missed: " + ", ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
