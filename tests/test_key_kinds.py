"""The kind of key that certificates are ordered for."""

import pytest

from conftest import until
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from keeping import Guard, World, served


@pytest.fixture
def world(tmp_path):
    with World(tmp_path / "world", "--without-limits") as made:
        yield made


@pytest.mark.parametrize("kind, of, bits", [("p256", ec.EllipticCurvePublicKey, 256), ("p384", ec.EllipticCurvePublicKey, 384), ("rsa2048", rsa.RSAPublicKey, 2048), ("rsa3072", rsa.RSAPublicKey, 3072)])
def test_an_issuer_gets_the_kind_that_is_configured(world, tmp_path, kind, of, bits):
    name = world.name("www.example.org")
    keeper = world.keeper(Guard, issuers=[world.issuer(key=kind)])
    keeper.configuration["certificates.exports"] = [{"name": name, "folder": tmp_path / "tls", "port": keeper.https_port}]
    keeper.reread()
    keeper.wait_seen(name)
    key = served(name, keeper.https_port).public_key()
    assert isinstance(key, of) and key.key_size == bits
    until((tmp_path / "tls" / f"{name}.key").exists, "exported")
    world.handshake(name, keeper.https_port)


def test_another_kind_is_refused(world):
    keeper = world.keeper(Guard, issuers=[world.issuer(key="rsa1024")], start=False)
    with pytest.raises(AssertionError):
        keeper.start()
    assert "must be p256, p384, rsa2048 or rsa3072" in keeper.log()
