"""Attacks on HTTP/2 cost the server little, and others are still served."""

import time

import pytest

from http2_attacks import ATTACKS, ENHANCE_YOUR_CALM, Peer, attack

MOST_MEMORY = 64 << 20
SECONDS = 1.5
CONNECTIONS = 4


@pytest.mark.parametrize("kind", ATTACKS, ids=lambda kind: kind.__name__)
def test_others_are_served_and_memory_is_bounded(shared, kind):
    growth, peers, _ = attack(kind, shared, SECONDS, CONNECTIONS)
    assert growth < MOST_MEMORY, f"{growth >> 20} MiB"
    assert peers
    if ATTACKS[kind]:
        for peer in peers[:CONNECTIONS]:
            peer.listen(20)
            assert peer.closed, "the server closes such a connection"
    for peer in peers:
        peer.socket.close()


def test_the_client_learns_why_it_was_closed(shared):
    from http2_attacks import PING, frame
    peer = Peer(shared.https_port)
    for _ in range(10):
        peer.send(frame(PING, 0, 0, b"12345678") * 100)
        peer.listen(0.05)
    deadline = time.monotonic() + 60
    while not peer.closed and time.monotonic() < deadline:
        peer.listen(1)
    assert peer.goaway == ENHANCE_YOUR_CALM
