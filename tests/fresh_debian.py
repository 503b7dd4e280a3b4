"""An empty Debian 12 as a folder to chroot into, made once with mmdebstrap, and the part of a service manager that units of this project use.

    with Machine(folder) as machine:           # in mount, network and process namespaces of its own (inside())
        machine.write("/etc/nginx/snippets/x.conf", text)
        machine.shell("nginx -t && systemctl reload nginx")

systemd itself needs to be process 1 of a machine. `Units` reads the same unit files and does what they say with users, capabilities, folders,
credentials, read-only file systems and notifications, so that a program with too few rights fails here, too. It does no system call filters.
"""

import fcntl
import hashlib
import os
import pathlib
import re
import shlex
import shutil
import socket
import socketserver
import subprocess
import threading
import time

from conftest import CARILLON, PATIENCE, ROOT, until

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "carillon"
# What the reader of an installation guide has or gets on the way. The shared libraries of `carillon` come with `make build`.
PACKAGES = ["ca-certificates", "systemd", "nginx", "git", "make", "binutils", "util-linux"]
FOLDERS = ("/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")


class Unavailable(Exception):
    """There can be no such machine here; says why."""


def _libraries():
    linked = re.findall(r"=> (/\S+)", subprocess.run(["ldd", CARILLON], capture_output=True, text=True, check=True).stdout)
    owners = subprocess.run(["dpkg-query", "-S", *{os.path.realpath(path) for path in linked}], capture_output=True, text=True).stdout
    return sorted({line.split(":")[0] for line in owners.splitlines()})


def fresh_debian():
    """The folder with the system, which nobody may change: it is the lower layer of every Machine."""
    if os.geteuid() != 0:
        raise Unavailable("only root can make a Debian to chroot into")
    if not shutil.which("mmdebstrap"):
        raise Unavailable("mmdebstrap is not installed (tools/setup)")
    packages = sorted({*PACKAGES, *_libraries()})
    CACHE.mkdir(parents=True, exist_ok=True)
    folder = CACHE / f"debian-12-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:12]}"
    with open(CACHE / "debian-12.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            for older in CACHE.glob("debian-12-*"):
                shutil.rmtree(older)
            unfinished = CACHE / "debian-12-new"
            done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", "bookworm", unfinished], capture_output=True, text=True, timeout=1800)
            if done.returncode:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise Unavailable(f"mmdebstrap: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
            unfinished.rename(folder)
    return folder


def inside(script, *arguments, timeout):
    """Runs a Python script in namespaces of its own: nothing of it is seen or left outside, and its processes end with it."""
    return subprocess.run(["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "/usr/bin/python3", script, *arguments],
                          capture_output=True, text=True, timeout=timeout)


class Machine:
    def __init__(self, folder):
        # Sockets in it need a short path. Outside of these namespaces, /mnt stays as it is.
        self.folder, self.root = pathlib.Path(folder), pathlib.Path("/mnt/root")
        self.aliases = []

    def __enter__(self):
        run = lambda *words: subprocess.run(words, check=True)
        run("ip", "link", "set", "lo", "up")
        layers = self.root.parent
        run("mount", "-t", "tmpfs", "none", layers)
        for path in (layers / "upper", layers / "work", self.root):
            path.mkdir()
        run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={fresh_debian()},upperdir={layers}/upper,workdir={layers}/work", self.root)
        run("mount", "-t", "proc", "proc", self.root / "proc")
        run("mount", "-t", "tmpfs", "none", self.root / "run")
        run("mount", "--rbind", "/dev", self.root / "dev")
        self.write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
        self.write("/etc/resolv.conf", "nameserver 127.0.0.1\n")
        self.units = Units(self)
        return self

    def __exit__(self, *_):
        pass  # the namespaces end everything

    def at(self, path):
        return self.root / str(path).lstrip("/")

    def write(self, path, text, add=False):
        self.at(path).parent.mkdir(parents=True, exist_ok=True)
        with open(self.at(path), "a" if add else "w") as file:
            file.write(text)

    def shell(self, commands, check=True):
        """Line by line as root, as somebody who reads along would enter them: each has to succeed, aliases stay."""
        lines = commands.strip().splitlines()
        checked = [f'{line}\nstatus=$?; [ $status = 0 ] || {{ echo "status $status: "{shlex.quote(line)} >&2; exit $status; }}' for line in lines]
        self.write("/root/step.sh", "\n".join([*self.aliases, *checked]) + "\n")
        self.aliases += [line for line in lines if line.startswith("alias ")]
        done = subprocess.run(["chroot", self.root, "/bin/bash", "-O", "expand_aliases", "/root/step.sh"], capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8"})
        assert not check or done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}\n{self.logs()}"
        return done

    def logs(self):
        return "\n".join(f"--- {file.name}\n{file.read_text()[-6000:]}" for file in sorted(self.folder.glob("*.log")))


class Units:
    """start, stop, restart, reload, enable --now for the kinds of units that the quick start has; asked through `systemctl` in the machine."""

    def __init__(self, machine):
        self.machine, self.running, self.watching = machine, {}, set()
        self.lock = threading.RLock()
        units = self

        class Asked(socketserver.StreamRequestHandler):
            def handle(self):
                words = shlex.split(self.rfile.readline().decode())
                try:
                    units.act(words)
                    said = "0\n"
                except Exception as why:  # whatever it is, the one who asked hears it
                    said = f"1\nsystemctl {' '.join(words)}: {why!r}\n"
                self.wfile.write(said.encode())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Asked)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        stub = machine.at("/usr/bin/systemctl")
        stub.unlink()
        stub.write_text(f"#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/{self.server.server_address[1]}\nprintf '%s\\n' \"$*\" >&3\nIFS= read -r status <&3\ncat <&3 >&2\nexit \"$status\"\n")
        stub.chmod(0o755)

    def act(self, words):
        verb, *rest = [word for word in words if word != "--now"]
        for name in rest:
            name = name if "." in name else f"{name}.service"
            if name.endswith(".path"):
                assert verb == "enable" and "--now" in words, words
                threading.Thread(target=self.watch, args=[name], daemon=True).start()
            elif verb == "try-reload-or-restart":
                if name in self.running:
                    self.reload(name)
            else:
                {"enable": self.start if "--now" in words else str, "start": self.start, "reload": self.reload, "restart": self.restart, "stop": self.stop}[verb](name)
        assert rest or verb == "daemon-reload", words

    def settings(self, name):
        """{key: [values]} of a unit; an empty value stands for itself."""
        stem, kind = name.rsplit(".", 1)
        template, _, instance = stem.partition("@")
        file = f"{template}@.{kind}" if instance else name
        text = next((self.machine.at(f"{folder}/{file}").read_text() for folder in FOLDERS if self.machine.at(f"{folder}/{file}").exists()), None)
        assert text is not None, f"there is no unit {name}"
        found = {}
        for line in text.replace("%i", instance).replace("\\\n", " ").splitlines():
            if not line.lstrip().startswith(("#", ";", "[")) and "=" in line:
                key, value = line.split("=", 1)
                found.setdefault(key, []).append(value.strip())
        return found

    def plain(self, name, line, pid=None):
        """A command without its own restrictions: that of a unit that has none that count here."""
        words = shlex.split(line.lstrip("-@+!:").replace("$MAINPID", str(pid or "")))
        with open(self.machine.folder / f"{name}.log", "ab") as log:
            done = subprocess.run(["chroot", self.machine.root, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL, timeout=PATIENCE)
        assert done.returncode == 0 or line.startswith("-"), f"{line}: status {done.returncode}\n{(self.machine.folder / f'{name}.log').read_text()[-2000:]}"

    def start(self, name):
        with self.lock:
            if name in self.running:
                return
            unit = self.settings(name)
            for line in unit.get("ExecStartPre", []):
                self.plain(name, line)
            if unit["Type"] == ["forking"]:
                self.plain(name, unit["ExecStart"][0])
                self.running[name] = int(until(lambda: self.machine.at(unit["PIDFile"][0]).read_text().strip(), "it wrote its process id"))
            else:
                self.running[name] = self.confined(name, unit)

    def confined(self, name, unit):
        """Starts a service of Type=notify as its unit says; returns its process id once it is ready."""
        value = lambda key, default="": unit.get(key, [default])[-1]
        user = value("User")
        entry = next(line for line in self.machine.at("/etc/passwd").read_text().splitlines() if line.startswith(f"{user}:")).split(":")
        uid, gid = int(entry[2]), int(entry[3])
        writable = ["/tmp"]
        for key, above, mode in (("StateDirectory", "/var/lib", value("StateDirectoryMode", "0755")), ("RuntimeDirectory", "/run", value("RuntimeDirectoryMode", "0755"))):
            for one in value(key).split():
                place = self.machine.at(f"{above}/{one}")
                place.mkdir(exist_ok=True)
                os.chown(place, uid, gid)
                place.chmod(int(mode, 8))
                writable.append(f"{above}/{one}")
        writable += value("ReadWritePaths").split()
        assert value("ProtectSystem") == "strict" and value("NoNewPrivileges") == "yes"
        credentials = self.machine.at(f"/run/credentials/{name}")
        credentials.mkdir(parents=True, exist_ok=True)
        for one in unit.get("LoadCredential", []):
            what, file = one.split(":")
            (credentials / what).write_bytes(self.machine.at(file).read_bytes())
            os.chown(credentials / what, uid, gid)
            (credentials / what).chmod(0o400)
        capabilities = ",".join(["-all", *(f"+{one.removeprefix('CAP_').lower()}" for one in value("CapabilityBoundingSet").split())])
        environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8", "CREDENTIALS_DIRECTORY": f"/run/credentials/{name}", "NOTIFY_SOCKET": f"/run/notify-{name}"}
        path = self.machine.at(environment["NOTIFY_SOCKET"])
        path.unlink(missing_ok=True)
        root = shlex.quote(str(self.machine.root))
        script = "\n".join(["set -e", f"umask {value('UMask', '0022')}", *(f"mount --bind {root}{one} {root}{one}" for one in writable), f"mount -o remount,bind,ro {root}",
                            f"mount -o remount,bind,ro {root}/run",
                            f"exec chroot {root} /usr/bin/setpriv --reuid {uid} --regid {gid} --clear-groups --no-new-privs --inh-caps=-all --bounding-set {capabilities} -- {value('ExecStart')}"])
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, open(self.machine.folder / f"{name}.log", "ab") as log:
            manager.bind(str(path))
            os.chown(path, uid, gid)
            manager.settimeout(PATIENCE)
            process = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "/bin/bash", "-c", script], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
            manager.settimeout(1)
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    assert manager.recv(100) == b"READY=1"
                    return process.pid
                except TimeoutError:
                    assert process.poll() is None and time.monotonic() < deadline, f"{name} doesn't start\n{self.machine.logs()}"

    def reload(self, name):
        with self.lock:
            assert name in self.running, f"{name} isn't running"
            for line in self.settings(name)["ExecReload"]:
                self.plain(name, line, self.running[name])

    def stop(self, name):
        with self.lock:
            pid = self.running.pop(name)
            os.kill(pid, 15)
            until(lambda: not self.alive(pid), f"{name} stops")

    @staticmethod
    def alive(pid):
        try:
            os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            pass
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    def restart(self, name):
        with self.lock:
            if name in self.running:
                self.stop(name)
            self.start(name)

    def watch(self, name):
        """PathExists=: as long as one of the paths exists, the service of the same name is started again (systemd.path(5))."""
        paths = self.settings(name)["PathExists"]
        service = name.removesuffix(".path") + ".service"
        steps = self.settings(service)["ExecStart"]
        stop = threading.Event()
        while not stop.wait(0.05):
            if any(self.machine.at(path).exists() for path in paths):
                for line in steps:
                    self.plain(service, line)
