"""The table of addresses that src/base/ip/address_test.cpp holds Carillon's own reading against: what Python's ipaddress says of each.

tests/address_table.py > src/base/ip/testing/addresses.tsv
"""

import ipaddress
import pathlib

FILE = pathlib.Path(__file__).resolve().parent.parent / "src/base/ip/testing/addresses.tsv"
COLUMNS = ["written", "address", "subscriber", "region", "loopback", "link_local", "local", "public"]

# The first and the last address of each, and the neighbours of both, are looked at.
BLOCKS = """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16
198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 ::1/128 64:ff9b::/96 100::/64 2000::/3 2001::/23 2001:db8::/32 2002::/16
3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8""".split()
ADDRESSES = """1.1.1.1 255.255.255.255 192.0.2.77 2001:db8:1234:5678:9abc:def0:1:2 2606:4700::1111 2001:4860:4860::8888 2001:DB8:0::7 2001:db8:0:1:1:1:1:1
2001:0:0:1:0:0:0:1 1:2:3:4:5:6:7:: ::2:3:4:5:6:7:8 0000:0000:0000:0000:0000:0000:0000:0001 ::ffff:192.0.2.7 ::ffff:c000:207 ::fffe:192.0.2.7
::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::10.0.0.1 64:ff9b::1.1.1.1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::1 2002:101:101::1""".split()
NOT = """192.0.2 192.0.2.256 192.0.2.07 192.0.2.7.1 0x7f.0.0.1 127.1 2130706433 192.0.2.7: 192.0.2.7:80 192.0.2.7%eth0 192.0.2.7/24 [::1] ::1/128 :::
1::2::3 1:2:3:4:5:6:7 1:2:3:4:5:6:7:8:9 00001:: g:: ::192.0.2.256 1:2:3:4:5:6:7:192.0.2.7 :1 1: localhost 2001:db8 + -1 %""".split()

SHARED = ipaddress.ip_network("100.64.0.0/10")
PRIVATE = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")]
# What ipaddress calls global in some of its versions and no host on the Internet has; the registries' own words are in classes.cpp.
NEVER = [ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20")]
UNICAST, NAT64, SIX_TO_FOUR = (ipaddress.ip_network(text) for text in ("2000::/3", "64:ff9b::/96", "2002::/16"))


def plain(address):
    return getattr(address, "ipv4_mapped", None) or address


def is_public(address):
    if address in NAT64:
        return is_public(ipaddress.IPv4Address(address.packed[12:]))
    if address in SIX_TO_FOUR:
        return is_public(address.sixtofour)
    if address.is_multicast or address.is_reserved and address.version == 4 or any(address in network for network in NEVER):
        return False
    return address.is_global and (address.version == 4 or address in UNICAST)


def row(written):
    try:
        address = plain(ipaddress.ip_address(written))
    except ValueError:
        return [written, "-"]
    v4 = address.version == 4
    local = address.is_loopback or address.is_link_local or address in SHARED or any(address in network for network in PRIVATE)

    def cut(bits):
        return ipaddress.ip_network(f"{address}/{bits}", strict=False)

    said = [address.is_loopback, address.is_link_local, local, is_public(address)]
    return [written, str(address), str(cut(32 if v4 else 64).network_address), str(cut(24 if v4 else 48)), *("yes" if yes else "no" for yes in said)]


def table():
    written = dict.fromkeys(ADDRESSES + ["::"])
    for block in map(ipaddress.ip_network, BLOCKS):
        first, last = int(block.network_address), int(block.broadcast_address)
        most = 2 ** block.max_prefixlen
        written.update(dict.fromkeys(str(type(block.network_address)(number)) for number in (first - 1, first, first + 1, last, last + 1) if 0 <= number < most))
    rows = [row(text) for text in [*written, *NOT]]
    return "".join("\t".join(fields) + "\n" for fields in [COLUMNS, *rows])


if __name__ == "__main__":
    print(table(), end="")
