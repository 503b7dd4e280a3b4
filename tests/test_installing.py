"""From an empty machine to a server: packages, `make install`, the sample configuration, the units, what the service manager is told."""

import json
import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess

import pytest

from conftest import CARILLON, PROGRAMS, ROOT, Carillon, make_recording, until

SAMPLE = ROOT / "packaging" / "carillon.toml"
UNITS = ROOT / "packaging" / "systemd"


def uncommented(text):
    """The sample with every commented-out section and key in force."""
    return re.sub(r"^#(?=\[|[a-z_]+ = )", "", text, flags=re.MULTILINE)


def doctor(file, data):
    return subprocess.run([CARILLON, "--data", data, "--config", file, "doctor"], capture_output=True, text=True, timeout=300).stdout


def test_the_sample_configuration_is_taken_and_has_every_key(tmp_path):
    (tmp_path / "carillon.toml").write_text(uncommented(SAMPLE.read_text()))
    for secret in ("smtp.password", "webhook.secret", "podping.token", "p12.passphrase"):
        (tmp_path / secret).write_text("secret\n")
    (tmp_path / "dns.key").write_text("hmac-sha256:carillon:MTIzNDU2Nzg5MDEyMzQ1\n")
    text = (tmp_path / "carillon.toml").read_text()
    said = doctor(tmp_path / "carillon.toml", tmp_path / "data")
    assert "ok    The configuration is valid" in said, said
    keys = set(re.findall(r"^([a-z_]+(?:\.[a-z_]+)+)  ", said, re.MULTILINE))
    assert len(keys) > 50, said
    section, there = "", set()
    for line in text.splitlines():
        if found := re.match(r"\[+([a-z_.]+)\]+$", line):
            section = found[1]
        elif found := re.match(r"(?:#   )?([a-z_]+) = ", line):  # with “#   ”: instead of another one
            there.add(f"{section}.{found[1].removesuffix('_file') if found[1] != 'master_key_file' and found[1] not in ('ca_file', 'directory_ca_file') else found[1]}")
    assert keys - there == set(), "keys that the sample doesn't have"


def test_the_sample_configuration_starts_as_it_is(tmp_path):
    server = Carillon(tmp_path / "data")
    server.start("--config", SAMPLE)
    try:
        assert server.get("/healthz").ok
    finally:
        assert server.stop() == 0


def test_the_guards_configuration_in_the_readme_starts_as_printed(tmp_path):
    part = (ROOT / "README.md").read_text().split("## Quick start: guard")[1]
    (tmp_path / "guard.toml").write_text("\n".join(line.removeprefix("   ") for line in re.search(r"```toml\n(.*?)```", part, re.DOTALL)[1].splitlines()))
    (tmp_path / re.search(r"echo 'PASSWORD' > /etc/carillon/(\S+)", part)[1]).write_text("secret\n")

    class Guard(Carillon):
        command = "guard"
        doing = "guarding"
    guard = Guard(tmp_path / "data")
    guard.start("--config", tmp_path / "guard.toml")
    try:
        assert "letsencrypt" in doctor(tmp_path / "guard.toml", tmp_path / "data")
    finally:
        assert guard.stop() == 0


@pytest.mark.parametrize("prefix", ["/usr", "/opt/car"])
def test_what_is_installed_serves(tmp_path, prefix):
    if PROGRAMS != ROOT / "build" / "release":
        pytest.skip("make install installs build/release")
    destination = tmp_path / "image"
    make = ["make", "-s", "-C", ROOT, f"DESTDIR={destination}", f"PREFIX={prefix}"]
    subprocess.run([*make, "install"], check=True, capture_output=True, timeout=300)
    root = destination / prefix.lstrip("/")
    for program in ("carillon", "carillon-media"):
        assert stat.S_IMODE((root / "bin" / program).stat().st_mode) == 0o755
    units = {path.name: path.read_text() for path in (root / "lib" / "systemd" / "system").iterdir()}
    assert set(units) == {path.name for path in UNITS.iterdir()}
    for unit in ("carillon", "carillon-guard"):
        assert f"ExecStart={prefix}/bin/carillon " in units[f"{unit}.service"]
        assert (root / "lib" / "sysusers.d" / f"{unit}.conf").is_file()

    class Installed(Carillon):
        def start(self, *extra, environment=None):
            import conftest
            before, conftest.CARILLON = conftest.CARILLON, root / "bin" / "carillon"
            try:
                return super().start(*extra, environment=environment)
            finally:
                conftest.CARILLON = before
    server = Installed(tmp_path / "data").start("--config", root / "share" / "doc" / "carillon" / "carillon.toml")
    try:
        server.make_show()
        episode = server.publish(make_recording(tmp_path / "talk.wav", seconds=1))
        assert server.get(episode["enclosure"]).ok, "the media program is found beside the server"
    finally:
        server.stop()
    subprocess.run([*make, "uninstall"], check=True, capture_output=True, timeout=300)
    assert [path for path in destination.rglob("*") if path.is_file()] == []


def test_installing_what_was_not_built_says_what_to_do(tmp_path):
    for name in ("Makefile",):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(["make", "-s", "-C", tmp_path, "install", f"DESTDIR={tmp_path}/image"], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0 and "make build" in done.stderr, done.stderr


def test_the_service_manager_hears_when_it_is_ready_and_when_it_stops(tmp_path):
    path = tmp_path / "notify"
    for address in (str(path), "\0carillon-test-" + tmp_path.name + str(os.getpid())):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            manager.settimeout(180)
            server = Carillon(tmp_path / "data").start(environment={"NOTIFY_SOCKET": address.replace("\0", "@")})
            try:
                assert manager.recv(100) == b"READY=1"
                assert server.get("/readyz").ok
            finally:
                server.stop()
            assert manager.recv(100) == b"STOPPING=1"
    server = Carillon(tmp_path / "data").start(environment={"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    try:
        until(lambda: "the service manager could not be notified" in server.log(), "a failed notification is said")
        assert server.get("/readyz").ok
    finally:
        server.stop()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
@pytest.mark.parametrize("unit, most", [("carillon.service", 3.0), ("carillon-guard.service", 2.0)])
def test_a_unit_is_well_formed_and_hardened(tmp_path, unit, most):
    text = (UNITS / unit).read_text()
    assert "Type=notify" in text and "LoadCredential=carillon-master-key:" in text
    # What the unit starts must be there for systemd to verify it.
    (tmp_path / unit).write_text(text.replace("/usr/bin/carillon ", f"{CARILLON} ").replace("Documentation=", "#"))
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", tmp_path / unit], capture_output=True, text=True, timeout=120)
    assert verified.returncode == 0 and verified.stderr.strip() == "", verified.stderr
    judged = subprocess.run(["systemd-analyze", "security", "--offline=true", tmp_path / unit], capture_output=True, text=True, timeout=120)
    level = float(re.search(r"exposure level for [^:]+: ([\d.]+)", judged.stdout)[1])
    assert level <= most, judged.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not there")
def test_the_units_that_reload_other_services_are_well_formed(tmp_path):
    for kind in ("path", "service"):
        (tmp_path / f"carillon-reload@nginx.{kind}").write_text((UNITS / f"carillon-reload@.{kind}").read_text())
    (tmp_path / "nginx.service").write_text("[Service]\nExecStart=/bin/true\n")
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", *tmp_path.iterdir()], capture_output=True, text=True, timeout=120)
    assert verified.returncode == 0 and verified.stderr.strip() == "", verified.stderr
    path = (UNITS / "carillon-reload@.path").read_text()
    for unit in ("carillon", "carillon-guard"):
        text = (UNITS / f"{unit}.service").read_text()
        assert f"PathExists=/run/{unit}/reload-%i" in path and re.search(rf"^RuntimeDirectory={unit}$", text, re.MULTILINE)
        assert re.search(rf"^StateDirectory={unit} {unit}-exports$", text, re.MULTILINE)


def test_the_servers_unit_lets_recordings_be_decoded_in_their_sandbox():
    """Each system call and namespace that carillon-media locks itself in with."""
    text = (UNITS / "carillon.service").read_text()
    namespaces = re.search(r"^RestrictNamespaces=(.*)$", text, re.MULTILINE)[1].split()
    assert set(namespaces) == {"user", "mnt", "net", "ipc", "uts"}
    allowed = re.search(r"^SystemCallFilter=(@.*)$", text, re.MULTILINE)[1].split()
    assert {"@system-service", "@mount", "pivot_root", "seccomp", "landlock_create_ruleset", "landlock_restrict_self"} <= set(allowed)
    assert "SystemCallErrorNumber=EPERM" in text and "OOMPolicy=continue" in text


def installed_by(tmp_path, *words, there=()):
    """What tools/setup would do on a machine with these packages: (packages that apt-get installs, services that are disabled)."""
    stubs = tmp_path / "stubs"
    stubs.mkdir(exist_ok=True)
    log = tmp_path / "log"
    log.write_text("")
    scripts = {"dpkg-query": f'for last; do :; done; case " {" ".join(there)} " in *" $last "*) echo -n installed;; esac',
               "apt-get": f'echo "apt-get $*" >>{log}; [ -e {tmp_path}/policy ] && echo "policy $({tmp_path}/policy; echo $?)" >>{log}; exit 0',
               "systemctl": f'echo "systemctl $*" >>{log}', "sudo": '"$@"', "node": "true", "npm": "true"}
    for name, script in scripts.items():
        (stubs / name).write_text(f"#!/bin/bash\n{script}\n")
        (stubs / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{stubs}:{os.environ['PATH']}", "CARILLON_POLICY": str(tmp_path / "policy")}
    done = subprocess.run([ROOT / "tools" / "setup", *words], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = log.read_text().splitlines()
    packages = [set(line.split()) for line in lines if " install " in line]
    assert "policy 101" in lines and not (tmp_path / "policy").exists(), "nothing is started meanwhile, and nothing is left behind"
    return packages[0], {line.split()[-1] for line in lines if line.startswith("systemctl --quiet disable")}


def test_running_installs_nothing_that_listens(tmp_path):
    packages, _ = installed_by(tmp_path, "run")
    assert {"clang-19", "libssl-dev", "espeak-ng"} <= packages
    assert not packages & {"nginx-light", "nginx", "haproxy", "chromium", "python3-pytest", "libgtest-dev", "ffmpeg"}, packages
    packages, disabled = installed_by(tmp_path)
    assert {"nginx-light", "haproxy", "libgtest-dev"} <= packages and disabled == {"nginx", "haproxy", "apache2", "postfix", "knot", "dovecot", "slapd", "postgresql", "vsftpd", "prosody", "clickhouse-server"}
    packages, disabled = installed_by(tmp_path, there=("nginx", "nginx-light", "dovecot-core"))
    assert disabled == {"haproxy", "apache2", "postfix", "knot", "slapd", "postgresql", "vsftpd", "prosody", "clickhouse-server"}, "a web server that was there before is somebody's"


def test_building_and_running_ask_for_what_they_need_alone():
    """`make run` on a fresh machine must not install what tests need."""
    for goal in ("run", "build"):
        said = subprocess.run(["make", "-n", "-C", ROOT, "-W", "CMakePresets.json", goal], capture_output=True, text=True, timeout=60).stdout
        assert not re.search(r"^tools/setup\s*$", said, re.MULTILINE), said


def open_incidents(server, subject):
    return [one for one in server.json("incident", "list") if one["subject"] == subject and one["state"] != "solved"]


def test_a_name_that_nobody_may_issue_for_is_said_at_once(tmp_path):
    """The first hour without a CA: by the command, in the API that the studio reads, by the doctor, and to the steward."""
    (tmp_path / "carillon.toml").write_text('[certificates]\nsteward = "ops@example.org"\n')
    server = Carillon(tmp_path / "data").start("--config", tmp_path / "carillon.toml")
    try:
        said = server.run("cert", "add", "pod.example.org").stdout
        assert "No issuer is configured, so there is no certificate for pod.example.org yet." in said and "[[certificates.issuers]]" in said, said
        assert "No issuer is configured" in server.json("cert", "show", "pod.example.org")["problem"]
        incident, = until(lambda: open_incidents(server, "pod.example.org"), "the incident is open")
        assert "No issuer is configured" in incident["what"] and "[[certificates.issuers]]" in incident["remedy"] and incident["steward"] == "ops@example.org"
        doctor = server.run("--config", tmp_path / "carillon.toml", "doctor", check=False).stdout
        assert re.search(r"^wrong No issuer is configured.*pod\.example\.org yet\.\n      → .*\[\[certificates\.issuers\]\]", doctor, re.MULTILINE), doctor
        assert doctor.count("pod.example.org") == 2, doctor
        # Whoever chose to do it by hand knows.
        assert "No issuer" not in server.run("cert", "add", "hand.example.org", "--issuer", "manual").stdout
        assert server.json("cert", "show", "hand.example.org")["problem"] is None and open_incidents(server, "hand.example.org") == []
    finally:
        server.stop()


COMMAND = re.compile(r"\b(carillon [a-z]+|(chmod|systemctl|journalctl|timedatectl|sysctl|cat|ls|du|mv) \S)")


def findings_without_a_command(run):
    found = [one for one in json.loads(run("doctor", "--json", check=False).stdout) if not one["good"]]
    assert found
    return [one for one in found if not COMMAND.search(one["advice"])], {one["what"] for one in found}


def test_every_finding_of_the_doctor_has_a_command(tmp_path):
    from workflow import Api
    file = tmp_path / "carillon.toml"
    file.write_text('[certificates]\nsteward = "ops@example.org"\n[[certificates.issuers]]\nname = "ca"\ndirectory = "https://127.0.0.1:9/directory"\n'
                    f'[[certificates.exports]]\nname = "localhost"\nfolder = "{tmp_path}/file/below"\n')
    (tmp_path / "file").write_text("in the way")
    server = Carillon(tmp_path / "data")
    without, said = findings_without_a_command(server.run)
    assert without == [] and any("The data folder" in what and "doesn't exist" in what for what in said)
    server.start("--config", file)
    try:
        server.make_show()
        server.data.chmod(0o755)
        (server.data / "carillon.db").chmod(0o644)
        api = Api(server)
        episode = api.needed("POST", "/shows/demo/episodes", {"title": "Broken"})["id"]
        job = api.needed("PUT", f"/episodes/{episode}/audio", {"upload": api.upload(b"RIFF no recording at all" * 100)})["id"]
        until(lambda: api.needed("GET", f"/jobs/{job}")["state"] == "failed", "the job has failed")
        server.run("cert", "add", "pod.example.org")

        def all_there():
            without, said = findings_without_a_command(lambda *words, **more: server.run("--config", file, *words, **more))
            assert without == []
            text = "\n".join(said)
            return all(part in text for part in ("can read", "failed job", "only one issuer", "No one can be notified", "No deputy is set", "The export of", "The master key is"))
        until(all_there, "every finding is there")
    finally:
        server.stop()
    without, said = findings_without_a_command(server.run)
    assert without == [] and any("isn't responding" in what for what in said)
    file.write_text("[certificates]\nsteward = 3\n")
    without, said = findings_without_a_command(lambda *words, **more: server.run("--config", file, *words, **more))
    assert without == []


def test_the_doctor_says_what_is_in_use_and_forgets_what_is_over(tmp_path):
    """The ports of the running server, not of a file; a failed job of a deleted episode, or one that was made good, is nobody's problem."""
    from workflow import Api
    server = Carillon(tmp_path / "data").start()
    try:
        said = server.run("doctor", check=False).stdout
        assert re.search(rf"^server\.http +127\.0\.0\.1:{server.http_port} +the running server; :8080 is configured$", said, re.MULTILINE), said
        assert f"127.0.0.1:{server.https_port}" in said
        assert not (server.data / "secrets" / "elsewhere").exists() and "The master key is in the data folder" in said
        server.make_show()
        api = Api(server)

        def broken():
            episode = api.needed("POST", "/shows/demo/episodes", {"title": "Broken"})["id"]
            job = api.needed("PUT", f"/episodes/{episode}/audio", {"upload": api.upload(b"RIFF no recording at all" * 100)})["id"]
            until(lambda: api.needed("GET", f"/jobs/{job}")["state"] == "failed", "the job has failed")
            return episode

        def complains():
            return "failed job" in server.run("doctor", check=False).stdout
        deleted = broken()
        assert complains()
        server.run("episode", "delete", deleted)
        assert not complains(), "what was deleted is no problem"
        mended = broken()
        assert complains()
        job = api.needed("PUT", f"/episodes/{mended}/audio", {"upload": api.upload(make_recording(tmp_path / "talk.wav", seconds=1).read_bytes())})["id"]
        until(lambda: api.needed("GET", f"/jobs/{job}")["state"] == "done", "the recording is there", 600)
        assert not complains(), "a later recording made it good"
    finally:
        server.stop()


def test_what_a_scan_puts_under_watch_is_the_configured_stewards(tmp_path):
    (tmp_path / "carillon.toml").write_text('[certificates]\nsteward = "ops@example.org"\n')
    server = Carillon(tmp_path / "data").start("--config", tmp_path / "carillon.toml")
    try:
        said = server.run("cert", "scan", f"localhost:{server.https_port}", "--add").stdout
        assert "1 endpoint is now being watched; ops@example.org will be notified if something is wrong." in said, said
        assert [one["steward"] for one in server.json("cert", "list") if "watched" in one] == ["ops@example.org"]
    finally:
        server.stop()


def test_metrics_tell_what_the_machine_does(tmp_path):
    from control import Connection
    server = Carillon(tmp_path / "data").start()

    def metrics():
        connection = Connection(server)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def value(name):
        found = re.search(rf"^{re.escape(name)} (\S+)$", metrics(), re.MULTILINE)
        return float(found[1]) if found else None
    try:
        server.make_show()
        episode = server.publish(make_recording(tmp_path / "talk.wav", seconds=1))
        content = server.get(episode["enclosure"]).content
        assert server.get("/feeds/nothing").status_code == 404
        with socket.create_connection(("127.0.0.1", server.https_port)) as plain:
            plain.sendall(b"this is no TLS at all\r\n\r\n")
            plain.recv(100)
        until(lambda: value('carillon_sent_bytes_total{kind="audio"}') == len(content), "the bytes of the recording")
        assert value('carillon_requests_total{kind="audio",status="200"}') == 1 and value('carillon_requests_total{kind="feed",status="404"}') == 1
        until(lambda: (value("carillon_handshake_failures_total") or 0) >= 1, "the failed handshake")
        assert value("carillon_connections_total") >= 3 and value("carillon_connections_max") > 0 and value("carillon_connections") >= 0
        assert value("carillon_disk_total_bytes") > value("carillon_disk_free_bytes") > 0 and value("carillon_database_bytes") > 4096
        assert value("carillon_database_readable") == 1 and value("carillon_incidents_open") == 0
        # The alerts that are shipped speak of what there is.
        text = metrics() + 'carillon_job_oldest_seconds{kind="ingest"} 1\n'
        rules = (ROOT / "packaging" / "prometheus" / "carillon.rules.yml").read_text().split("name: carillon-server")[1]
        asked = set(re.findall(r"\bcarillon_[a-z_]+", rules))
        assert asked and asked <= set(re.findall(r"^(carillon_[a-z_]+)", text, re.MULTILINE)), asked
        # Each sample has its help and type, once.
        names = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
        assert len(names) == len(set(names)) and set(re.findall(r"^(carillon_[a-z_]+)", text, re.MULTILINE)) <= set(names)
    finally:
        server.stop()


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_the_alert_rules_are_well_formed():
    checked = subprocess.run(["promtool", "check", "rules", ROOT / "packaging" / "prometheus" / "carillon.rules.yml"], capture_output=True, text=True, timeout=60)
    assert checked.returncode == 0, checked.stdout + checked.stderr
