"""kill -9 after every single step of a renewal: it goes on where it was, and orders nothing twice."""

import pathlib

import pytest

from conftest import until
from keeping import STEPS, World

NAME = "pod.example.org"


class Gate:
    """An export's command that ends only when the gate is open: the step between `stored` and `loaded` takes as long as the test wants."""

    def __init__(self, folder: pathlib.Path):
        self.open_file = folder / "open"
        self.command = ["/bin/sh", "-c", f"until [ -e {self.open_file} ]; do sleep 0.02; done"]

    def open(self):
        self.open_file.touch()


def hold_after(step, world, gate):
    """Makes the step that follows take long, so that the kill comes in between."""
    gate.open()
    if step == "due":
        world.authority.fault("slow_body", at="directory", delay_seconds=30)
    elif step == "ordered":
        world.authority.fault("slow_body", at="authorization", delay_seconds=30)
    elif step == "validated":
        world.authority.settings(processing_seconds=10)
    elif step == "issued":
        world.authority.fault("slow_body", at="certificate", delay_seconds=30)
    elif step == "stored":
        gate.open_file.unlink()
    elif step == "loaded":
        world.name(NAME, "127.0.0.9")  # nobody listens there: it is not seen


def let_go(world, gate):
    world.authority.clear_faults()
    world.name(NAME)
    gate.open()


@pytest.mark.parametrize("step", STEPS[:-1])
@pytest.mark.parametrize("occasion", ["first", "renewal"])
def test_killed_after_a_step_it_goes_on(tmp_path, step, occasion):
    with World(tmp_path) as world:
        world.authority.settings(authorization_reuse_seconds=0)  # each order is proven anew
        gate = Gate(tmp_path)
        gate.open()
        world.name(NAME)
        keeper = world.keeper()
        keeper.stop()
        keeper.configuration["certificates.exports"] = [{"name": NAME, "folder": tmp_path / "exported", "command": gate.command, "port": keeper.https_port}]
        before = 0
        if occasion == "renewal":
            keeper.start()
            keeper.wait_seen(NAME)
            before = 1
        hold_after(step, world, gate)
        if occasion == "renewal":
            keeper.run("cert", "renew", NAME)
        else:
            keeper.start()
        done = before * len(STEPS)
        reached = until(lambda: (steps := keeper.steps(NAME)[done:]) and step in steps and steps, f"the step {step}")
        assert reached[-1] == step, "it is held there"
        keeper.kill()
        let_go(world, gate)
        keeper.start()
        keeper.wait_seen(NAME, times=before + 1)
        assert keeper.steps(NAME)[done:] == STEPS, "no step is taken twice, and none left out"
        assert len(world.authority.ledger(act="order")) == before + 1
        assert len(world.authority.ledger(act="issuance")) == before + 1
        assert world.authority.requests()["finalize"] == before + 1
        assert len(world.authority.ledger(act="account")) == 1
        certificate = world.handshake(NAME, keeper.https_port)[0]
        assert int(world.authority.certificates(NAME)[-1]["serial"], 16) == certificate.serial_number
        assert not keeper.incidents(subject=NAME)
