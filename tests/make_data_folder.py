#!/usr/bin/python3
"""Makes tests/data/NAME.tar.xz, a data folder with something of everything in it, and tests/data/NAME.json, what that same program shows of it.

    tests/make_data_folder.py NAME       with the programs in build/release, or in the folder that CARILLON_PROGRAMS names

Run it with a program before a change to what is stored; test_upgrade.py then holds every later program to it. Only ever add folders: one
that was made anew says nothing about the people whose data an earlier program wrote.
"""

import io
import json
import pathlib
import sys
import tarfile
import tempfile
import time

import data_folder as folders
from test_announce import Hub

LEFT_OUT = ("control.sock", "lock")


def packed(root, target):
    """Names and contents of the files, nothing of the machine."""
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in sorted(root.rglob("*")):
            if path.name in LEFT_OUT:
                continue
            entry = archive.gettarinfo(path, path.relative_to(root.parent))
            if entry is None:
                continue
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            if entry.isreg():
                archive.addfile(entry, io.BytesIO(path.read_bytes()))
            else:
                archive.addfile(entry)


def make(name, folder):
    hook = Hub()
    with folders.Surroundings(folder, with_authority=True) as around:
        authority = around.authority
        server = around.server(folder / "data", authority.directory, authority.trust_file, authority.root_file, **{"notify.webhook": {"url": hook.url, "secret": "between us"}})
        server.start()
        try:
            known = folders.fill(server, hook, folder)
        finally:
            server.stop()
            hook.close()
        known["made_at"] = int(time.time())
        known["trust"] = authority.trust_file.read_text()
        packed(folder / "data", folders.FOLDER / f"{name}.tar.xz")
    readings = []
    for hours in (1, 2):
        readings.append(folders.read_again(name, folder / f"again-{hours}", known, hours))
    record = {"known": known, "reading": folders.without_aged(*readings)}
    (folders.FOLDER / f"{name}.json").write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    for line in folders.missing(record["reading"], readings[1]):
        print("unstable:", line)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        make(sys.argv[1], pathlib.Path(scratch))
