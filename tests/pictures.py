"""Pictures for tests, written byte by byte: no package for images has to be there. A JPEG encoder of the simplest kind, and what cameras put around its pixels."""

import random
import struct
import zlib

ZIGZAG = [0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44,
          51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63]


def segment(marker, content):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg(side=1400, quadrants=((220, 30, 30), (30, 200, 30), (30, 30, 220), (250, 250, 250)), segments=b""):
    """A baseline JPEG of four squares of one color each: red, green, blue and white from the top left. `segments` come right behind its first marker."""
    assert side % 16 == 0 or side % 8 == 0
    blocks = side // 8
    # Only the DC coefficients are not zero, so two short tables do: categories 0 to 11 with 4 bits each, and one code for "end of block".
    tables = b"".join(segment(0xC4, bytes([kind << 4]) + bytes(counts) + bytes(values)) for kind, counts, values in
                      ((0, [0, 0, 0, 12] + [0] * 12, range(12)), (1, [1] + [0] * 15, [0])))
    quantization = segment(0xDB, b"\0" + bytes([8] * 64))
    frame = segment(0xC0, struct.pack(">BHHB", 8, side, side, 3) + b"".join(bytes([number, 0x11, 0]) for number in (1, 2, 3)))
    scan = segment(0xDA, b"\3" + b"\1\0\2\0\3\0" + b"\0\x3f\0")
    colors = []
    for red, green, blue in quadrants:
        luma = 0.299 * red + 0.587 * green + 0.114 * blue
        colors.append([round((value - 128) * 8 / 8) for value in (luma, 128 + 0.564 * (blue - luma), 128 + 0.713 * (red - luma))])
    bits, before = [], [0, 0, 0]
    for y in range(blocks):
        for x in range(blocks):
            wanted = colors[(2 if 2 * y >= blocks else 0) + (1 if 2 * x >= blocks else 0)]
            for component in range(3):
                difference = wanted[component] - before[component]
                before[component] = wanted[component]
                size = abs(difference).bit_length()
                bits.append(f"{size:04b}" + (f"{difference if difference > 0 else difference + (1 << size) - 1:0{size}b}" if size else "") + "0")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    data = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    return b"\xff\xd8" + segments + quantization + frame + tables + scan + data + b"\xff\xd9"


def exif(orientation=1, place="52 31 12 N 13 24 18 E"):
    """APP1 with the orientation and, as cameras have it, a place."""
    tiff = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack("<I", 0)
    return segment(0xE1, b"Exif\0\0" + tiff + b"GPS " + place.encode())


def png(side=1400, color=2, depth=8, pixel=None, chunks=b"", data=True, end=True):
    """A PNG of one color."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    pixel = bytes(pixel) if pixel is not None else b"\x80" * (channels * depth // 8)
    assert len(pixel) == channels * depth // 8
    rows = (b"\0" + pixel * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, depth, color, 0, 0, 0)) + chunks + (chunk(b"IDAT", zlib.compress(rows)) if data else b"")
            + (chunk(b"IEND", b"") if end else b""))


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def noise(side=1400, seed=7):
    """A PNG that weighs as much as any: grain all over, which no encoder can make small."""
    grain = random.Random(seed).randbytes(side * side)
    rows = b"".join(b"\0" + grain[y * side:(y + 1) * side] for y in range(side))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
