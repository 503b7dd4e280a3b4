"""Reads segments of version 2 of the request log. Written from docs/formats/request-log.md alone: what the page doesn't say, this doesn't know.

`python3 tests/request_log_v2.py SEGMENT…` prints a line of JSON for each record.
"""

import dataclasses
import json
import pathlib
import re
import struct
import sys
import zlib

import zstandard

NAME = re.compile(r"(\d{8}T\d{6}Z)-(\d{6,})\.log")
TEXTS = [("episode", 64), ("arrangement", 64), ("token", 64), ("host", 255), ("method", 16), ("range", 128), ("prefix", 64), ("country", 2),
         ("region", 64), ("session", 64), ("agent", 512), ("referrer", 512)]


class Damage(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Damage(what)


@dataclasses.dataclass
class Segment:
    sealed: bool
    base: int
    said: int
    records: list
    texts: dict
    damage: list


class Items:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        need(self.at + count <= len(self.data), "an item ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, most=2**64 - 1):
        value = 0
        for place in range(10):
            byte = self.take(1)[0]
            value |= (byte & 127) << 7 * place
            if byte < 128:
                need(value <= most, "a number is too large")
                return value
        raise Damage("a number has no end")

    def text(self, limit):
        data = self.take(self.number(limit))
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as wrong:
            raise Damage("a text isn't UTF-8") from wrong


def record_of(items, segment):
    flags = items.number(511)
    time = items.number()
    record = {"time": segment.base + (-(time + 1) // 2 if time % 2 else time // 2), "status": items.number(65535), "http": items.number(), "asked": items.number(),
              "key": items.number(2**32 - 1), "left": items.number()}
    for flag, name in ((4, "whole"), (8, "first"), (16, "milliseconds"), (32, "system")):
        record[name] = items.number() if flags & flag else None
    record["media"] = items.take(32).hex() if flags & 1 else None
    record["listener"] = items.take(16).hex() if flags & 2 else None
    record["embedded"] = bool(flags & 64)
    record["data_centre"] = bool(flags & 256) if flags & 128 else None
    record["lost"] = []
    for name, limit in TEXTS:
        how = items.number(2 + 16383)
        record[name] = "" if how == 0 else items.text(limit) if how == 1 else segment.texts.get(how - 2)
        if record[name] is None:
            record[name] = ""
            record["lost"].append(name)
        need(len(record[name].encode()) <= limit, f"{name} is too long")
    return record


def read_items(data, segment):
    items = Items(data)
    while items.at < len(data):
        kind = items.number()
        if kind == 1:
            number = items.number(16383)
            need(number not in segment.texts, "two texts have one number")
            segment.texts[number] = items.text(512)
            need(sum(len(text.encode()) for text in segment.texts.values()) <= 4 << 20, "too many texts")
        else:
            need(kind == 2, "an item of an unknown kind")
            segment.records.append(record_of(items, segment))


def block_at(data, at):
    """(items, length of the block)"""
    need(len(data) - at >= 16, "a block ends in its header")
    mark, stored, length, checksum = struct.unpack_from("<4sIII", data, at)
    need(mark in (b"CRBP", b"CRBZ"), "no block")
    need(1 <= stored <= 1056896 and 1 <= length <= 1048576, "a block of an impossible length")
    need(len(data) - at - 16 >= stored, "a block isn't whole")
    content = data[at + 16:at + 16 + stored]
    need(zlib.crc32(content, zlib.crc32(data[at:at + 12])) == checksum, "a block has the wrong checksum")
    if mark == b"CRBP":
        need(stored == length, "a plain block of two lengths")
        return content, 16 + stored
    try:
        reader = zstandard.ZstdDecompressor(max_window_size=1 << 23).stream_reader(content, read_across_frames=False)
        items = reader.read(length + 1)
    except zstandard.ZstdError as wrong:
        raise Damage(str(wrong)) from wrong
    need(len(items) == length, "a compressed block of another length")
    return items, 16 + stored


def read(data):
    need(len(data) >= 36, "no header")
    magic, version, flags, base, said, checksum = struct.unpack_from("<8sIIqQI", data)
    need(magic == b"CARREQLG" and zlib.crc32(data[:32]) == checksum, "no header")
    need(version == 2 and flags <= 1, "another version")
    segment = Segment(flags == 1, base, said, [], {}, [])
    at = 36
    while at < len(data):
        try:
            items, length = block_at(data, at)
        except Damage as damage:
            segment.damage.append((at, str(damage)))
            at = next((place for place in (match.start() for match in re.finditer(rb"CRB[PZ]", data[at + 1:])) if whole(data, at + 1 + place)), len(data)) + at + 1
            continue
        try:
            read_items(items, segment)
        except Damage as damage:
            segment.damage.append((at, str(damage)))
        at += length
    if segment.sealed and said != len(segment.records):
        segment.damage.append((len(data), f"{len(segment.records)} of {said} records"))
    return segment


def whole(data, at):
    try:
        block_at(data, at)
    except Damage:
        return False
    return True


def read_folder(folder):
    """Every segment of version 2 in the order of writing: [(name, Segment)]."""
    found = []
    for path in pathlib.Path(folder).iterdir():
        if matched := NAME.fullmatch(path.name):
            found.append((int(matched[2]), path))
    return [(path.name, read(path.read_bytes())) for _, path in sorted(found)]


if __name__ == "__main__":
    for name in sys.argv[1:]:
        segment = read(pathlib.Path(name).read_bytes())
        for record in segment.records:
            print(json.dumps(record, ensure_ascii=False))
        for at, what in segment.damage:
            print(f"{name}: at byte {at} {what}", file=sys.stderr)
