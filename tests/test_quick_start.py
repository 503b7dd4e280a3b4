"""The quick start of the guard works as it is written: on an empty Debian 12, with the commands and files of the README."""

import pytest

import pebble
from conftest import PROGRAMS, ROOT
from fresh_debian import Unavailable, fresh_debian, inside


def test_the_quick_start_works_as_written(tmp_path):
    try:
        fresh_debian()
        pebble.binaries()
    except (Unavailable, pebble.Unavailable) as why:
        pytest.skip(str(why))
    done = inside(ROOT / "tests" / "quick_start.py", tmp_path, timeout=900)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-12000:] + done.stderr[-6000:]
