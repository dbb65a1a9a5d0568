"""All that two files say, for a page that lays them side by side."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

from copyfind.review.desk import key_of
from tests.review.conftest import Reviewed, Shelf, Start


def lines(review: Reviewed, name: str) -> dict[str, str]:
    members = (m for c in review.findings.clusters for m in c.members)
    member = next(m for m in members if m.file.path.endswith(name.encode()))
    status, _, said = review.ask(f"/api/metadata/{key_of(member)}")
    assert status == 200
    return dict(json.loads(said)["lines"])


def with_exif(path: Path, **tags: object) -> None:
    with Image.open(path) as picture:
        exif = picture.getexif()
        exif[0x010F] = "Example"
        exif.get_ifd(0x8769).update({int(name[1:], 16): value for name, value in tags.items()})
        picture.save(path, exif=exif, quality=90)


def test_file_picture_and_what_lies_beside_it_are_told(start: Start, own_shelf: Shelf) -> None:
    review = start(of=own_shelf)
    small = own_shelf.folder / "copies" / "small.jpg"
    with_exif(small, x9003="2020:05:06 07:08:09", xA434="A lens \u202e")
    (small.parent / "small.jpg.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF '
        'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><r:Description '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/></r:RDF></x:xmpmeta>'
    )

    said = lines(review, "small.jpg")

    assert said["file"] == "small.jpg"
    assert said["folder"].endswith("/copies")
    assert said["pixels"] == "160×120"
    assert said["taken"] == "2020-05-06T07:08:09"
    assert said["rating"] == "4"
    assert said["beside it"] == "small.jpg.xmp"
    assert said["Make"] == "Example"
    assert "\u202e" not in json.dumps(said, ensure_ascii=False)
    assert lines(review, "coffee.tif")["format"] == "TIFF"


def test_no_other_file_is_read(start: Start) -> None:
    review = start()

    assert review.ask("/api/metadata/" + "0" * 24)[0] == 409
    assert review.ask("/api/metadata/..%2f..%2fetc%2fpasswd")[0] in (404, 409)
