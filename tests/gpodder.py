"""gPodder's command line (Debian's package gpodder) with a folder and a library of its own."""

import os
import shutil
import sqlite3
import subprocess

import pytest

from conftest import PATIENCE

needs_gpodder = pytest.mark.skipif(not shutil.which("gpo"), reason="gPodder's gpo is not installed")

# Loaded by every Python program that finds it: writes down what each request was answered with.
NOTES_ANSWERS = """
import http.client, os
begin = http.client.HTTPResponse.begin
def noted(self):
    begin(self)
    with open(os.environ["ANSWERS"], "a") as out:
        out.write(f"{self.status}\\n")
http.client.HTTPResponse.begin = noted
"""


class Gpodder:
    def __init__(self, server, folder):
        self.folder, self.answers = folder, folder / "answers"
        (folder / "python").mkdir()
        (folder / "python" / "sitecustomize.py").write_text(NOTES_ANSWERS)
        self.environment = {**os.environ, "GPODDER_HOME": str(folder / "gpodder"), "GPODDER_DOWNLOAD_DIR": str(folder / "downloads"), "REQUESTS_CA_BUNDLE": server.authority,
                            "SSL_CERT_FILE": server.authority, "PYTHONPATH": str(folder / "python"), "ANSWERS": str(self.answers), "HOME": str(folder)}

    def __call__(self, *arguments):
        """What it printed, and the status of each answer it got."""
        self.answers.write_text("")
        done = subprocess.run(["gpo", *arguments], env=self.environment, capture_output=True, text=True, timeout=2 * PATIENCE)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout, self.answers.read_text().split()

    def rows(self, table):
        """The rows of a table of its library, by column."""
        with sqlite3.connect(self.folder / "gpodder" / "Database") as library:
            library.row_factory = sqlite3.Row
            return [dict(row) for row in library.execute(f"SELECT * FROM {table} ORDER BY id")]

    def downloads(self):
        return [path.read_bytes() for path in (self.folder / "downloads").rglob("*.mp3")]
