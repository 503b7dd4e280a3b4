"""Covers: decoded and made anew when they come in, so that nothing but their pixels goes out; small wherever they are shown small."""

import html.parser
import pathlib
import re
import shutil
import subprocess

import pytest

import pictures
from conftest import ROOT, make_recording
from workflow import Api

SECRET = b"52 31 12 N 13 24 18 E, Jane Doe"
SIDES = (150, 300, 600, 1400, 3000)
MATERIAL = pathlib.Path(__file__).resolve().parents[2] / "shared" / "material" / "media"
PAGE_LIMIT, EMBED_LIMIT = 100_000, 60_000  # bytes that a visit loads


def given(carillon, file_bytes, folder, name="cover.bin"):
    """The show's image after it was given this; or the refusal."""
    file = folder / name
    file.write_bytes(file_bytes)
    done = carillon.run("show", "edit", "demo", "--image", file, "--json", check=False)
    return done


def address_of(carillon):
    return carillon.json("show", "show", "demo")["image"]


def files_of(carillon, address, side):
    """Every file of the picture at `address`: the whole one and its sizes."""
    folder = re.sub(r"\.jpg$", "", address)
    return [address] + [f"{folder}/{one}.{kind}" for one in SIDES if one <= side for kind in ("jpg", "webp")]


def pixels(file_bytes, *places):
    """(red, green, blue) at each of the places, by another program."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], input=file_bytes, capture_output=True, check=True)
    side = int((len(done.stdout) // 3) ** 0.5)
    return [tuple(done.stdout[3 * (int(y * side) * side + int(x * side)):][:3]) for x, y in places]


def near(color, wanted, tolerance=12):
    return all(abs(one - other) <= tolerance for one, other in zip(color, wanted))


def test_nothing_but_the_pixels_of_a_cover_goes_out(carillon, tmp_path):
    carillon.make_show()
    camera = pictures.exif(1, SECRET.decode()) + pictures.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>" + SECRET) + pictures.segment(0xED, b"Photoshop 3.0\0" + SECRET) + \
        pictures.segment(0xFE, SECRET)
    texts = pictures.chunk(b"tEXt", b"Author\0" + SECRET) + pictures.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET) + pictures.chunk(b"eXIf", b"II*\0" + SECRET)
    for file in (pictures.jpeg(segments=camera) + SECRET, pictures.png(chunks=texts) + SECRET):
        assert SECRET in file
        done = given(carillon, file, tmp_path)
        assert done.returncode == 0, done.stderr
        address = address_of(carillon)
        assert address.endswith(".jpg")
        for one in files_of(carillon, address, 1400):
            served = carillon.get(one)
            assert served.status_code == 200, one
            assert served.headers["Content-Type"] == ("image/webp" if one.endswith("webp") else "image/jpeg")
            assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            for trace in (b"Jane", b"Exif", b"xmp", b"Photoshop", b"tEXt", b"GPS"):
                assert trace not in served.content, (one, trace)
    assert given(carillon, pictures.png(side=3000), tmp_path).returncode == 0
    assert len([one for one in files_of(carillon, address_of(carillon), 3000) if carillon.get(one).ok]) == 11, "the largest has every size"
    # What came in is on no disk either: the upload's bytes are not among the media.
    assert not [path for path in (carillon.data / "media").rglob("*") if path.is_file() and SECRET in path.read_bytes()]


def test_a_cover_of_ours_that_is_put_back_is_taken_as_it_is(carillon, tmp_path):
    """Undo in the studio sends what it was served; the address is the old one again, and nothing is encoded twice."""
    carillon.make_show()
    assert given(carillon, (ROOT / "packaging" / "sample" / "cover.png").read_bytes(), tmp_path).returncode == 0
    first = address_of(carillon)
    ours = carillon.get(first).content
    assert given(carillon, pictures.png(side=1600), tmp_path).returncode == 0
    assert address_of(carillon) != first
    assert given(carillon, ours, tmp_path).returncode == 0
    assert address_of(carillon) == first
    assert all(carillon.get(one).ok for one in files_of(carillon, first, 1400))
    # As an episode's cover, too.
    episode = carillon.publish(make_recording(tmp_path / "talk.wav", seconds=1), "demo", "A talk", "--image", tmp_path / "cover.bin")
    assert episode["image"] == first
    # What another show made is decoded like anything else.
    (tmp_path / "ours.jpg").write_bytes(ours)
    carillon.run("show", "create", "other", "--title", "Another", "--image", tmp_path / "ours.jpg")
    assert carillon.json("show", "show", "other")["image"] != first
    assert carillon.get(first).ok


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed: tools/setup")
def test_a_cover_stands_upright_and_in_its_colors(carillon, tmp_path):
    carillon.make_show()
    red, green, blue, white = (220, 30, 30), (30, 200, 30), (30, 30, 220), (250, 250, 250)
    for orientation, corners in ((1, (red, green, blue, white)), (3, (white, blue, green, red)), (6, (blue, red, white, green)), (8, (green, white, red, blue))):
        assert given(carillon, pictures.jpeg(segments=pictures.exif(orientation)), tmp_path).returncode == 0
        found = pixels(carillon.get(address_of(carillon)).content, (.25, .25), (.75, .25), (.25, .75), (.75, .75))
        assert all(near(*pair) for pair in zip(found, corners)), (orientation, found)
    for name, file, wanted in (("transparent", pictures.png(color=6, pixel=(200, 0, 0, 0)), (255, 255, 255)), ("half transparent", pictures.png(color=6, pixel=(255, 0, 0, 128)), (255, 127, 127)),
                               ("grey", pictures.png(color=0, pixel=(90,)), (90, 90, 90)), ("16 bits", pictures.png(depth=16, pixel=(200, 0, 100, 0, 50, 0)), (200, 100, 50)),
                               ("linear", pictures.png(pixel=(128, 128, 128), chunks=pictures.chunk(b"gAMA", (100_000).to_bytes(4, "big"))), (188, 188, 188))):
        done = given(carillon, file, tmp_path)
        assert done.returncode == 0, (name, done.stderr)
        (found,) = pixels(carillon.get(address_of(carillon)).content, (.5, .5))
        assert near(found, wanted, 4), (name, found)


def test_a_damaged_cover_is_refused_in_one_sentence(carillon, tmp_path):
    carillon.make_show()
    jpeg, png = pictures.jpeg(), pictures.png()
    header = jpeg.index(b"\xff\xda") + 14
    spoiled = bytearray(png)
    spoiled[png.index(b"IDAT") + 20] ^= 0x55
    for name, file in (("half a JPEG", jpeg[:len(jpeg) // 2]), ("all but the end", jpeg[:-2]), ("only a header", jpeg[:header]), ("zeros after the header", jpeg[:header] + b"\0" * 50_000),
                       ("half a PNG", png[:len(png) // 2]), ("no IDAT", pictures.png(data=False)), ("no IEND", pictures.png(end=False)), ("33 bytes of a PNG", png[:33]), ("a spoiled IDAT", bytes(spoiled))):
        done = given(carillon, file, tmp_path)
        assert done.returncode == 1, name
        assert re.fullmatch(r"carillon: The (JPEG|PNG) image is damaged: [^\n]+\. Export it again from the original\.( \(image\))?\n?", done.stderr) or "damaged" in done.stderr, (name, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, (name, done.stderr)
    assert address_of(carillon) is None, "nothing of them was taken"
    # By the API, for an episode, the same.
    api = Api(carillon)
    episode = api.needed("POST", "/shows/demo/episodes", {"title": "A talk"})
    status, problem, _ = api.ask("PUT", f"/episodes/{episode['id']}/image", {"upload": api.upload(jpeg[:len(jpeg) // 2])})
    assert (status, problem["field"]) == (422, "image") and "it ends before its last pixel" in problem["detail"]


def test_a_kind_of_picture_that_is_not_taken_is_named(carillon, tmp_path):
    carillon.make_show()
    for name, file in (("BMP", b"BM\0\0"), ("TIFF", b"II*\0\x08\0\0\0"), ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg'/>")):
        done = given(carillon, file, tmp_path)
        assert done.returncode == 1 and f"is a {name} file" in done.stderr and "JPEG or PNG" in done.stderr, (name, done.stderr)


@pytest.mark.skipif(not MATERIAL.is_dir(), reason=f"{MATERIAL} is not here")
@pytest.mark.parametrize("name", ("header_only_33_bytes.png", "no_idat.png", "bad_idat_zlib.png", "cut_half.jpg", "zeros_after_header.jpg"))
def test_pictures_that_others_sent_are_refused(carillon, tmp_path, name):
    carillon.make_show()
    done = given(carillon, (MATERIAL / name).read_bytes(), tmp_path)
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1, done.stderr


class Loads(html.parser.HTMLParser):
    """What a browser at one pixel a pixel loads for a page: styles, scripts, the icon, of each picture the one candidate it takes."""

    def __init__(self, text, viewport=1280):
        super().__init__()
        self.addresses, self.viewport, self.source = [], viewport, None
        self.feed(text)

    def length(self, text):
        number, unit = re.fullmatch(r"([\d.]+)(px|rem|vw)", text.strip()).groups()
        return float(number) * {"px": 1, "rem": 16, "vw": self.viewport / 100}[unit]

    def chosen(self, attributes):
        for size in attributes["sizes"].split(","):
            condition = re.match(r"\s*\(max-width: ([\d.]+rem)\)\s*", size)
            if not condition or self.viewport <= self.length(condition.group(1)):
                slot = self.length(size[condition.end():] if condition else size)
                break
        candidates = sorted((int(width.rstrip("w")), address) for address, width in (one.split() for one in attributes["srcset"].split(",")))
        return next((address for width, address in candidates if width >= slot), candidates[-1][1])

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "link" and attributes["rel"] in ("stylesheet", "icon"):
            self.addresses.append(attributes["href"])
        if tag == "script" and "src" in attributes:
            self.addresses.append(attributes["src"])
        if tag == "source" and attributes.get("type") == "image/webp":
            self.source = self.chosen(attributes)
        if tag == "img":
            self.addresses.append(self.source or (self.chosen(attributes) if "srcset" in attributes else attributes["src"]))
            self.source = None


def transferred(server, address):
    answer = server.get(address, headers={"Accept-Encoding": "gzip"}, stream=True)
    assert answer.status_code == 200, address
    return len(answer.raw.read(decode_content=False))


@pytest.fixture(scope="module")
def illustrated(tmp_path_factory):
    """A server whose show and episode have covers that no encoder can make small."""
    from conftest import Carillon
    folder = tmp_path_factory.mktemp("illustrated")
    server = Carillon(folder / "data").start()
    cover, own = folder / "cover.png", folder / "own.png"
    cover.write_bytes(pictures.noise(1400))
    own.write_bytes(pictures.noise(1600, seed=11))
    server.make_show(image=cover)
    server.episode = server.publish(make_recording(folder / "talk.wav", seconds=2, rate=16000), "demo", "A talk", "--image", own)
    for number in range(11):
        server.publish(make_recording(folder / f"{number}.wav", seconds=1, rate=16000), "demo", f"Talk {number}")
    yield server
    server.stop()


@pytest.mark.parametrize("viewport", (360, 1280))
def test_a_visit_of_each_public_page_is_light(illustrated, viewport):
    episode = illustrated.episode
    weights = {}
    for address, limit in (("/", PAGE_LIMIT), ("/shows/demo", PAGE_LIMIT), (episode["page"], PAGE_LIMIT), ("/status", PAGE_LIMIT), (f"/embed/{episode['id']}", EMBED_LIMIT)):
        loads = Loads(illustrated.get(address).text, viewport).addresses
        assert address == "/status" or any("/pictures/" in one for one in loads), (address, loads)
        weights[address] = transferred(illustrated, address) + sum(transferred(illustrated, one) for one in dict.fromkeys(loads))
        assert weights[address] <= limit, (address, weights[address], {one: transferred(illustrated, one) for one in loads})
    print(weights)


def test_cards_and_previews_show_the_episodes_cover_small(illustrated):
    episode = illustrated.episode
    digest = re.search(r"/pictures/([0-9a-f]+)", episode["image"]).group(1)
    page = illustrated.get(episode["page"]).text
    card = re.search(r'property="og:image" content="([^"]+)"', page).group(1)
    assert card == f"{illustrated.origin}/pictures/{digest}/600.jpg" and illustrated.get(card).ok
    described = illustrated.get("/oembed", params={"url": episode["page"], "maxwidth": 200, "maxheight": 200}).json()
    assert described["thumbnail_url"] == f"{illustrated.origin}/pictures/{digest}/150.jpg" and described["thumbnail_width"] == 150
    for picture, side in ((episode["image"], 1600), (illustrated.json("show", "show", "demo")["image"], 1400)):
        for address in files_of(illustrated, picture, side):
            assert illustrated.get(address).ok, address
        assert not illustrated.get(re.sub(r"\.jpg$", "", picture) + "/75.jpg").ok
    show = illustrated.json("show", "show", "demo")
    for known in (show, illustrated.json("episode", "show", episode["id"])):
        assert known["image_small"] == re.sub(r"\.jpg$", "/300.jpg", known["image"]), "the studio shows small ones"
    # Directories get the whole picture, in a format that they take.
    feed = illustrated.get("/feeds/demo").text
    assert set(re.findall(r'<itunes:image href="([^"]+)"', feed)) == {episode["image"], illustrated.json("show", "show", "demo")["image"]}


def as_(kind, file_bytes, folder, *options):
    """The picture in another format, by ffmpeg."""
    out = folder / f"picture.{kind}"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", "-", *options, "-frames:v", "1", str(out)], input=file_bytes, check=True)
    return out.read_bytes()


def test_a_damaged_picture_of_any_format_is_refused(carillon, tmp_path):
    carillon.make_show()
    for name, file in (("WebP", b"RIFF\x20\0\0\0WEBPVP8 "), ("GIF", b"GIF89a"), ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0heicmif1"), ("AVIF", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf")):
        done = given(carillon, file, tmp_path)
        assert done.returncode == 1 and f"The {name} image is damaged" in done.stderr, (name, done.stderr)


def test_covers_in_the_formats_of_the_web_are_taken(carillon, tmp_path):
    carillon.make_show()
    red = pictures.png(pixel=(200, 40, 40))
    clear = pictures.png(color=6, pixel=(200, 40, 40, 0))
    for name, file, wanted in (("WebP", as_("webp", red, tmp_path), (200, 40, 40)), ("WebP with alpha", as_("webp", clear, tmp_path, "-lossless", "1"), (255, 255, 255)),
                               ("GIF", as_("gif", red, tmp_path), (200, 40, 40)), ("AVIF", as_("avif", red, tmp_path, "-c:v", "libaom-av1", "-cpu-used", "8"), (200, 40, 40))):
        done = given(carillon, file, tmp_path)
        assert done.returncode == 0, (name, done.stderr)
        served = carillon.get(address_of(carillon))
        assert served.headers["Content-Type"] == "image/jpeg", name
        assert near(pixels(served.content, (0.5, 0.5))[0], wanted, 30), name  # ffmpeg's GIF has colors of a web palette


def test_a_cover_is_cropped_and_scaled_only_if_asked(carillon, tmp_path):
    carillon.make_show()
    api = Api(carillon)
    # Red, green and blue side by side.
    wide = subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=c=0xC82828:s=400x400", "-f", "lavfi", "-i", "color=c=0x28C828:s=400x400", "-f", "lavfi", "-i",
                           "color=c=0x2828C8:s=400x400", "-filter_complex", "hstack=inputs=3", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "-"], capture_output=True, check=True).stdout
    for file, size in ((wide, "1200 × 400"), (as_("webp", wide, tmp_path), "1200 × 400"), (pictures.png(side=700), "700 × 700"), (as_("webp", pictures.png(side=3100), tmp_path), "3100 × 3100")):
        status, problem, _ = api.ask("PUT", "/shows/demo/image", None, {"Content-Type": "image/png"}, file)
        assert (status, problem["field"]) == (422, "fit") and size in problem["detail"] and "fit=crop" in problem["detail"], problem
        assert address_of(carillon) is None
    api.needed("PUT", "/shows/demo/image?fit=crop", None, {"Content-Type": "image/png"}, wide)
    served = carillon.get(address_of(carillon)).content
    assert near(pixels(served, (0.05, 0.5))[0], (40, 200, 40)) and near(pixels(served, (0.95, 0.5))[0], (40, 200, 40)), "the middle"
    assert len(subprocess.run(["ffmpeg", "-v", "error", "-i", "-", "-f", "rawvideo", "-pix_fmt", "gray", "-"], input=served, capture_output=True, check=True).stdout) == 1400 * 1400
    status, problem, _ = api.ask("PUT", "/shows/demo/image?fit=stretch", None, {"Content-Type": "image/png"}, wide)
    assert (status, problem["field"]) == (422, "fit")
    status, problem, _ = api.ask("PUT", "/shows/demo/image?fit=crop", None, {"Content-Type": "image/png"}, pictures.png(side=100))
    assert (status, problem["field"]) == (422, "image") and "300 pixels" in problem["detail"]
