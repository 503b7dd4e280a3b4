"""Configurations in the shapes of public ones, read by a scan and by the servers themselves: no endpoint of theirs is missed.

Each file in data/scan has directives and files:

    ## expect: NAME:PORT…          what the scan looks at; ADDRESS:PORT@NAME for a server that listens on loopback alone
    ## certificates: FILE=NAME,……  made beforehand, with FILE's key beside it; each is a row of the scan
    ## links: FOLDER               its certificates are links to another folder, as certbot's are
    ## plain: PORT…                where HAProxy listens without TLS
    ## tls-ports: PORT…            where Apache's virtual hosts speak TLS
    ## beyond: NAME:PORT…        what the server itself doesn't list: names that only its certificate has, or that `apache2 -S` leaves out
    ## said: TEXT                  in what the scan says on stderr
    ## status: 1                   something could not be read
    ## real: WHY                   why the installed server can't be asked
    === PATH [-> TARGET]           a file, or a link; @DIR@ is the folder

The servers run in a network namespace of their own, where they can listen on any port and nobody sees them."""

import functools
import json
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import CARILLON
from hand_ca import HandCa, key_pem
from names import Names

CASES = pathlib.Path(__file__).parent / "data" / "scan"
MODULES = pathlib.Path("/usr/lib/nginx/modules")
APACHE_MODULES = ["mpm_event", "authz_core", "ssl", "macro", "md", "rewrite", "socache_shmcb"]
DEADLINE = "0.2"


@functools.cache
def has_namespaces():
    return subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode == 0


def alone(command, **options):
    """Runs a command where its sockets reach nobody."""
    script = 'ip link set lo up; exec "$@"'
    return subprocess.run(["unshare", "-n", "sh", "-c", script, "sh", *map(str, command)], capture_output=True, text=True, timeout=60, **options)


class Case:
    def __init__(self, name, folder, ca):
        self.name, self.folder, self.server = name, folder, name.partition("-")[0]
        self.directives, self.files = {}, []
        path = None
        for line in (CASES / name).read_text().splitlines(keepends=True):
            if line.startswith("## "):
                key, _, value = line[3:].strip().partition(":")
                self.directives.setdefault(key, []).append(value.strip())
            elif line.startswith("=== "):
                path, _, target = line[4:].strip().partition(" -> ")
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                if target:
                    file.symlink_to(target)
                else:
                    file.write_text("")
                self.files.append(file)
            else:
                with (folder / path).open("a") as out:
                    out.write(line.replace("@DIR@", str(folder)))
        self.main = self.files[0]
        self.certificates = []
        for item in self.words("certificates"):
            path, _, names = item.partition("=")
            self.certificates.append(folder / path)
            self.certify(folder / path, names.split(","), ca)
        if self.server == "postfix":
            (folder / "queue").mkdir()
            (folder / "data").mkdir()

    def certify(self, path, names, ca):
        path.parent.mkdir(parents=True, exist_ok=True)
        chain, key = ca.make(names)
        real = path
        if self.words("links"):
            real = self.folder / "archive" / path.name
            real.parent.mkdir(exist_ok=True)
            path.symlink_to(real)
        real.write_text(key + chain if self.server == "haproxy" else chain)
        if self.server != "haproxy":
            path.with_suffix(".key").write_text(key)

    def words(self, key):
        return [word for line in self.directives.get(key, []) for word in line.split()]

    @property
    def expected(self):
        return set(self.words("expect"))


class Ca(HandCa):
    """One key for all: making one takes longer than everything else."""

    def make(self, names):
        chain = self.sign_names(names)
        return chain, key_pem(self.key)

    def sign_names(self, names):
        from hand_ca import pem
        return pem(self.leaf(names, self.key.public_key())) + pem(self.intermediate)


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    return Ca(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """No name leads anywhere, and that is said at once."""
    with Names() as names:
        file = tmp_path_factory.mktemp("settings") / "carillon.toml"
        file.write_text(f'[dns]\nservers = ["{names.address}"]\n')
        yield file


def scan(settings, *targets):
    return subprocess.run([CARILLON, "--data", settings.parent / "data", "cert", "scan", *targets, "--config", settings, "--json", "--deadline", DEADLINE],
                          capture_output=True, text=True, timeout=120)


def endpoints_in(rows, folder):
    """As `## expect` has them."""
    found = set()
    for row in rows:
        if row["where"].startswith(str(folder)):
            continue
        place, _, name = row["where"].partition(" as ")
        place = place.replace("[", "").replace("]", "")
        found.add(f"{place}@{name}" if name else place)
    return found


def is_name(word):
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", word) is not None


# What the servers say ---------------------------------------------------------------------------------------------------------------------


def nginx_blocks(text):
    """The dump of `nginx -T` as nested lists of (words, block or None). Lua is cut out: the installed nginx has checked that it ends."""
    tokens = re.findall(r"""[\w]+_by_lua_block\s*\{|#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{[^}]*\}|\\.|[^\s{};])+""", text)
    root = []
    stack, words = [root], []
    for token in tokens:
        if token.startswith("#"):
            continue
        if token == ";" or token == "{":
            stack[-1].append((words, [] if token == "{" else None))
            if token == "{":
                stack.append(stack[-1][-1][1])
            words = []
        elif token == "}":
            stack.pop()
        else:
            words.append(token.strip("\"'"))
    return root


def without_lua(text):
    """Lua's blocks begin on a line of their own in these files, and end where the indentation does."""
    return re.sub(r"^([ \t]*)\w+_by_lua_block \{.*?^\1\}$", "", text, flags=re.M | re.S)


def nginx_says(case):
    modules = [f"load_module {MODULES / name};" for name in ("ndk_http_module.so", "ngx_http_lua_module.so", "ngx_mail_module.so", "ngx_stream_module.so")
               if (MODULES / name).exists()]
    done = alone(["/usr/sbin/nginx", "-T", "-q", "-p", case.folder, "-c", case.main, "-g", f"{' '.join(modules)} pid {case.folder}/pid; error_log stderr;"])
    assert done.returncode == 0, done.stderr
    # Files are dumped one behind the other; an include brings its file's blocks in.
    parts = re.split(r"^# configuration file (.*):$", done.stdout, flags=re.M)
    texts = {path: without_lua(text) for path, text in zip(parts[1::2], parts[2::2])}
    servers = []

    def walk(blocks, context):
        for words, block in blocks:
            if words[:1] == ["include"]:
                pattern = pathlib.PurePath(case.folder, words[1])
                for path, text in texts.items():
                    if pathlib.PurePath(path).match(str(pattern)):
                        walk(nginx_blocks(text), context)
            elif words[:1] == ["server"] and block is not None:
                inner = {"context": context, "lines": []}
                servers.append(inner)
                collect(block, inner["lines"])
            elif block is not None and words[:1] in (["http"], ["mail"], ["stream"]):
                outer = [line for line, inner in block if inner is None]
                walk(block, {"kind": words[0], "lines": outer})

    def collect(block, lines):
        for words, inner in block:
            if words[:1] == ["include"]:
                pattern = pathlib.PurePath(case.folder, words[1])
                for path, text in texts.items():
                    if pathlib.PurePath(path).match(str(pattern)):
                        collect(nginx_blocks(text), lines)
            elif inner is None:
                lines.append(words)

    walk(nginx_blocks(next(iter(texts.values()))), {"kind": "", "lines": []})
    tls = {line[1] for server in servers for line in server["lines"] if line[:1] == ["listen"] and "ssl" in line}
    found = set()
    for server in servers:
        lines, outer = server["lines"], server["context"]["lines"]
        if ["ssl_reject_handshake", "on"] in lines:
            continue
        names = [name for line in lines if line[0] == "server_name" for name in line[1:]]
        if server["context"]["kind"] == "mail":
            names = names or [name for line in outer if line[0] == "server_name" for name in line[1:]]
        starttls = any(line[0] == "starttls" and line[1] in ("on", "only") for line in lines)
        for line in lines:
            if line[0] != "listen" or not (line[1] in tls or starttls):
                continue
            host, _, port = line[1].rpartition(":")
            for name in filter(is_name, names):
                if name == "_":
                    continue
                local = host.strip("[]") if host in ("127.0.0.1", "[::1]") else ""
                found.add(f"{local}:{port}@{name}" if local else f"{name}:{port}")
    return found


def haproxy_says(case):
    """The ports with TLS: it is started, and its sockets are listed."""
    files = [case.main, *sorted((case.folder / "conf.d").glob("*.cfg"))]
    options = [part for file in files for part in ("-f", str(file))]
    checked = alone(["/usr/sbin/haproxy", "-c", "-q", *options])
    assert checked.returncode == 0, checked.stderr
    script = f"""ip link set lo up
/usr/sbin/haproxy -db {' '.join(options)} & server=$!
for i in $(seq 100); do [ "$(cat /proc/net/tcp /proc/net/tcp6 | grep -c ' 0A ')" -gt 0 ] && break; sleep 0.05; done
cat /proc/net/tcp /proc/net/tcp6; kill $server; wait"""
    done = subprocess.run(["unshare", "-n", "sh", "-c", script], capture_output=True, text=True, timeout=60)
    ports = {int(line.split()[1].rpartition(":")[2], 16) for line in done.stdout.splitlines() if " 0A " in line}
    assert ports, done.stderr
    return ports - set(map(int, case.words("plain")))


def apache_says(case):
    loads = [part for name in APACHE_MODULES for part in ("-C", f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so")]
    done = alone(["/usr/sbin/apache2", "-d", case.folder, "-f", case.main, "-C", f"PidFile {case.folder}/pid", "-C", f"DefaultRuntimeDir {case.folder}", *loads, "-S"])
    assert "VirtualHost configuration" in done.stdout, done.stdout + done.stderr
    tls = set(case.words("tls-ports"))
    found, host, port, names = set(), "", "", []

    def note():
        for name in names:
            if port in tls and is_name(name):
                found.add(f"{host}:{port}@{name}" if host == "127.0.0.1" else f"{name}:{port}")

    for line in done.stdout.splitlines():
        address = re.match(r"^(\S+):(\d+)\s+(is a NameVirtualHost|(\S+) \()", line)
        name = re.match(r"^\s+port \d+ namevhost (\S+)", line)
        alias = re.match(r"^\s+alias (\S+)", line)
        if address:
            host, port = address[1], address[2]
            names = [address[4]] if address[4] else []
        elif name or alias:
            names = [(name or alias)[1]]
        else:
            continue
        note()
    return found


def postfix_says(case):
    def ask(*arguments):
        done = subprocess.run(["/usr/sbin/postconf", "-c", str(case.folder), *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def setting(service, key):
        own = re.search(r"= (.*)", subprocess.run(["/usr/sbin/postconf", "-c", str(case.folder), "-P", f"{service}/inet/{key}"], capture_output=True, text=True).stdout)
        return own[1].strip() if own else ask("-hx", key)

    (case.folder / "dynamicmaps.cf").touch()
    found = set()
    maps = ask("-hx", "tls_server_sni_maps").split()
    names = [line.split()[0] for table in maps for line in pathlib.Path(table.partition(":")[2]).read_text().splitlines() if line[:1] not in ("#", " ", "")]
    for line in ask("-M").splitlines():
        fields = line.split()
        if fields[1] != "inet" or fields[7] not in ("smtpd", "postscreen"):
            continue
        service = fields[0]
        wrapped = setting(service, "smtpd_tls_wrappermode") == "yes"
        level = setting(service, "smtpd_tls_security_level") or ("may" if setting(service, "smtpd_use_tls") == "yes" else "")
        if wrapped or level in ("may", "encrypt"):
            port = {"smtp": 25, "submission": 587, "smtps": 465}.get(service) or int(service.rpartition(":")[2])
            found |= {f"{name}:{port}" for name in [setting(service, "myhostname"), *names]}
    return found


PROGRAMS = {"nginx": "/usr/sbin/nginx", "haproxy": "/usr/sbin/haproxy", "apache": "/usr/sbin/apache2", "postfix": "/usr/sbin/postconf"}


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir()))
def test_no_endpoint_of_a_configuration_is_missed(name, tmp_path, ca, settings):
    case = Case(name, tmp_path, ca)
    done = scan(settings, case.main)
    assert done.stdout, done.stderr
    rows = json.loads(done.stdout)
    assert endpoints_in(rows, tmp_path) == case.expected, done.stderr
    read = {row["where"].partition(": ")[0] for row in rows if row["where"].startswith(str(tmp_path))}
    assert read == set(map(str, case.certificates)), done.stderr
    for text in case.directives.get("said", []):
        assert text in done.stderr
    # Its names lead nowhere here, so that the scan is never complete; only the reason may be another.
    assert ("see the" in done.stderr) == ("1" in case.words("status")), done.stderr
    if case.expected:
        assert done.returncode == 1 and "unreachable" in done.stderr
    # The folder says the same as its main file.
    folder = scan(settings, tmp_path)
    assert endpoints_in(json.loads(folder.stdout), tmp_path) == case.expected, folder.stderr


@pytest.mark.parametrize("name", sorted(path.name for path in CASES.iterdir() if "## real:" not in path.read_text()))
def test_servers_say_the_same_about_their_configuration(name, tmp_path, ca):
    case = Case(name, tmp_path, ca)
    if not pathlib.Path(PROGRAMS[case.server]).exists() or not has_namespaces() or not shutil.which("ip"):
        pytest.skip(f"{PROGRAMS[case.server]}, unshare or ip is missing (tools/setup)")
    if case.server == "haproxy":
        assert {int(one.partition("@")[0].rpartition(":")[2]) for one in case.expected} == haproxy_says(case)
    else:
        says = {"nginx": nginx_says, "apache": apache_says, "postfix": postfix_says}[case.server](case)
        assert says - case.expected == set(), "an endpoint was missed"
        assert case.expected - says == set(case.words("beyond"))
