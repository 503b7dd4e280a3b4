"""Writes small databases in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), for tests. `python3 tests/mmdb.py` makes those in tests/data."""

import ipaddress
import pathlib
import struct

MARK = b"\xab\xcd\xefMaxMind.com"


class Number(int):
    """An integer of 32 bits."""


class Long(int):
    """An integer of 64 bits."""


def encoded(value):
    def head(kind, size):
        assert size < 285
        first = (kind if kind < 8 else 0) << 5 | (size if size < 29 else 29)
        return bytes([first]) + (bytes([kind - 7]) if kind >= 8 else b"") + (bytes([size - 29]) if size >= 29 else b"")
    if isinstance(value, str):
        data = value.encode()
        return head(2, len(data)) + data
    if isinstance(value, dict):
        return head(7, len(value)) + b"".join(encoded(key) + encoded(each) for key, each in value.items())
    if isinstance(value, list):
        return head(11, len(value)) + b"".join(map(encoded, value))
    kind, size = (9, 8) if isinstance(value, Long) else (6, 4) if isinstance(value, Number) else (5, 2)
    data = int(value).to_bytes(size, "big").lstrip(b"\0")
    return head(kind, len(data)) + data


def write(path, networks, kind):
    """`networks`: {"192.0.2.0/24": {…}}, IPv4 and IPv6, without overlaps."""
    tree = [[None, None]]
    data, offsets = b"", {}
    for network, value in networks.items():
        network = ipaddress.ip_network(network)
        bits, length = (int(network.network_address), network.prefixlen) if network.version == 6 else (int(network.network_address), network.prefixlen + 96)
        node = 0
        for level in range(length):
            bit = bits >> (127 - level) & 1
            if level == length - 1:
                entry = encoded(value)
                if entry not in offsets:
                    offsets[entry] = len(data)
                    data += entry
                tree[node][bit] = ("data", offsets[entry])
            elif tree[node][bit] is None:
                tree.append([None, None])
                tree[node][bit] = node = len(tree) - 1
            else:
                node = tree[node][bit]

    def record(entry):
        if entry is None:
            return len(tree)
        return len(tree) + 16 + entry[1] if isinstance(entry, tuple) else entry
    nodes = b"".join(struct.pack(">II", record(left), record(right)) for left, right in tree)
    about = {"binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": Long(1767225600), "database_type": kind,
             "description": {"en": "for tests"}, "ip_version": 6, "languages": ["en"], "node_count": Number(len(tree)), "record_size": 32}
    path.write_bytes(nodes + bytes(16) + data + MARK + encoded(about))


def flat_places(path):
    write(path, {"192.0.2.0/25": {"country_code": "CH", "state1": "Zürich", "city": "Zürich"}, "192.0.2.128/25": {"country_code": "DE"},
                 "2001:db8::/32": {"country_code": "NO", "state1": "Oslo"}}, "DBIP-City-Lite")


def nested_places(path):
    write(path, {"192.0.2.0/24": {"country": {"iso_code": "US"}, "subdivisions": [{"iso_code": "CA", "names": {"en": "California"}}]},
                 "198.51.100.0/24": {"country": {"iso_code": "GB"}, "subdivisions": [{"names": {"en": "Orkney"}}]},
                 "203.0.113.0/24": {"registered_country": {"iso_code": "FR"}}}, "GeoLite2-City")


def networks(path):
    write(path, {"192.0.2.0/24": {"autonomous_system_number": Number(64496), "autonomous_system_organization": "Example Net"},
                 "127.0.0.0/8": {"autonomous_system_number": Number(64511)}, "2001:db8::/32": {"autonomous_system_number": Number(4200000000)}}, "GeoLite2-ASN")


if __name__ == "__main__":
    folder = pathlib.Path(__file__).resolve().parent / "data"
    flat_places(folder / "places-flat.mmdb")
    nested_places(folder / "places-nested.mmdb")
    networks(folder / "networks.mmdb")
