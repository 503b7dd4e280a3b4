"""Carillon's reading of addresses is held against Python's ipaddress: the table is still what that says."""

import address_table


def test_the_table_of_addresses_is_what_ipaddress_says():
    assert address_table.FILE.read_text(encoding="utf-8") == address_table.table(), "make it again: tests/address_table.py > " + str(address_table.FILE)
