"""The simulation is only worth something if it notices a broken keeper. All the ways of breaking it are tried by tools/soak; two quick ones here."""

import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", ["lost-lease", "closed-at-stored"])
def test_the_simulation_notices_a_broken_keeper(name):
    done = subprocess.run([ROOT / "tools" / "mutants", name], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{name}: noticed." in done.stdout
