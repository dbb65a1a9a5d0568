"""What only the copies know that go is told, and written beside what is kept."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from copyfind.cleanup.files import Files
from copyfind.cleanup.losing import Knowledge
from copyfind.imaging.apart import at_once
from copyfind.imaging.formats import Undecodable
from copyfind.metadata.attached import read_attached
from copyfind.metadata.known import Metadata, read_metadata
from copyfind.metadata.sidecar import with_more
from copyfind.plans import Sidecar
from copyfind.records import Cluster, Problem, Tier
from copyfind.units.folders import read_units
from tests.cleanup.conftest import Album, Copy
from tests.conftest import draw
from tests.filming import film
from tests.metadata.saying import FULL

J = TypeVar("J")
T = TypeVar("T")


def jpeg(*, taken: str | None = None, title: str | None = None, rating: int | None = None) -> bytes:
    exif = Image.Exif()
    if title is not None:
        exif[Base.ImageDescription] = title
    if rating is not None:
        exif[0x4746] = rating
    if taken is not None:
        exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = taken
    written = io.BytesIO()
    draw(1).save(written, "JPEG", exif=exif)
    return written.getvalue()


def cluster(album: Album, tier: Tier = Tier.SAME_PIXELS, *names: str) -> Cluster:
    return album.cluster("kept.jpg", *(Copy(n, "kept.jpg", tier) for n in names or ("copy.jpg",)))


def knowledge(album: Album) -> Knowledge:
    pictures = [album.path(p.name) for p in album.folder.iterdir() if p.suffix == ".jpg"]
    return Knowledge(read_units(pictures, at_once), Files(), at_once)


def lost(album: Album, found: Cluster) -> list[str]:
    going = [m.file.path for m in found.members[1:]]
    return [str(x) for losses in knowledge(album).lost(found, going).values() for x in losses]


def sidecar(album: Album, found: Cluster) -> Sidecar | None:
    return knowledge(album).sidecar(found, [m.file.path for m in found.members[1:]])


def test_what_only_the_copy_says_is_told(album: Album) -> None:
    album.add("kept.jpg", jpeg(taken="2019:07:21 12:00:00"))
    album.add("copy.jpg", jpeg(taken="2019:07:21 12:00:00", title="Lake", rating=4))
    found = cluster(album)

    assert lost(album, found) == ["rating: 4", "description: Lake"]


def test_files_with_the_same_bytes_lose_nothing(album: Album) -> None:
    for name in ("kept.jpg", "copy.jpg"):
        album.add(name, jpeg(title="Lake"))
    found = cluster(album, Tier.IDENTICAL)

    assert lost(album, found) == []
    assert sidecar(album, found) is None


def test_but_their_sidecars_may_say_more(album: Album) -> None:
    for name in ("kept.jpg", "copy.jpg"):
        album.add(name, jpeg(title="Lake"))
    album.add("copy.xmp", with_more(None, FULL))
    found = cluster(album, Tier.IDENTICAL)

    assert "keywords: water, boat" in lost(album, found)
    written = sidecar(album, found)
    assert written is not None
    assert (written.path, written.before) == (album.path("kept.jpg.xmp"), None)


def test_the_film_of_a_live_photo_is_told(album: Album) -> None:
    for name in ("kept.jpg", "copy.jpg"):
        album.add(name, jpeg())
    album.add("copy.MOV", film())
    found = cluster(album, Tier.IDENTICAL)

    assert lost(album, found) == ["the film copy.MOV"]


def test_a_new_sidecar_says_what_is_missing(album: Album) -> None:
    album.add("kept.jpg", jpeg(rating=2))
    album.add("copy.jpg", jpeg(title="Lake", rating=4))
    album.add("second.jpg", jpeg(taken="2019:07:21 12:00:00"))

    written = sidecar(album, cluster(album, Tier.NEAR, "copy.jpg", "second.jpg"))

    assert written is not None
    said = read_metadata(None, sidecars=[written.text])
    assert (said.description, said.captured_at, said.rating) == (
        "Lake",
        "2019-07-21T12:00:00",
        None,
    )


@pytest.mark.parametrize("name", ["kept.xmp", "kept.jpg.xmp"])
def test_a_sidecar_that_is_there_gets_a_new_version(album: Album, name: str) -> None:
    before = with_more(None, FULL)
    album.add("kept.jpg", jpeg())
    album.add("copy.jpg", jpeg())
    album.add(name, before)
    more = b"<rdf:li>snow</rdf:li>"
    album.add("copy.jpg.xmp", before.replace(b"<rdf:li>boat</rdf:li>", more))

    written = sidecar(album, cluster(album, Tier.NEAR))

    assert written is not None
    assert written.before == album.planned(name)
    assert written.text.replace(more, b"") == before


def test_a_sidecar_that_others_share_is_not_written_to(album: Album) -> None:
    album.add("kept.jpg", jpeg())
    album.add("kept.NEF", "raw")
    album.add("kept.xmp", with_more(None, FULL))
    album.add("copy.jpg", jpeg())
    more = with_more(None, FULL).replace(b"boat", b"snow")
    album.add("copy.xmp", more)

    written = sidecar(album, cluster(album, Tier.NEAR))

    assert written is not None
    assert written.path == album.path("kept.jpg.xmp")


def test_a_sidecar_that_is_none_is_left_alone(album: Album) -> None:
    album.add("kept.jpg", jpeg())
    album.add("kept.xmp", "no XML")
    album.add("copy.jpg", jpeg(title="Lake"))

    assert sidecar(album, cluster(album, Tier.NEAR)) is None


def test_a_picture_that_is_gone_says_nothing(album: Album) -> None:
    album.add("kept.jpg", jpeg())
    album.add("copy.jpg", jpeg(title="Lake"))
    found = cluster(album, Tier.NEAR)
    album.at("copy.jpg").unlink()

    assert lost(album, found) == []


def test_keywords_in_extended_xmp_are_lost(album: Album) -> None:
    album.add("kept.jpg", jpeg())
    packet = with_more(None, Metadata(keywords=("lake", *(f"place {n}" for n in range(9)))))
    head = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + len(packet).to_bytes(4, "big")
    segments = b"".join(
        b"\xff\xe1" + (2 + len(head) + 4 + len(part)).to_bytes(2, "big") + head + at + part
        for start in range(0, len(packet), 300)
        for at, part in [(start.to_bytes(4, "big"), packet[start : start + 300])]
    )
    plain = jpeg()
    album.add("copy.jpg", plain[:2] + segments + plain[2:])

    (words,) = lost(album, cluster(album, Tier.NEAR))

    assert words.startswith("keywords: lake, place 0")


@pytest.mark.parametrize("tier", [Tier.IDENTICAL, Tier.NEAR])
@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("user.xdg.tags", b"lake,boat", "keywords: lake, boat"),
        ("user.baloo.rating", b"10", "rating: 5"),
        ("user.xdg.comment", b"At the lake", "description: At the lake"),
        ("user.notes", b"anything", "attribute: notes"),
    ],
)
def test_what_is_attached_to_a_copy_is_lost(
    album: Album, tier: Tier, name: str, value: bytes, words: str
) -> None:
    album.add("kept.jpg", jpeg())
    album.add("copy.jpg", jpeg())
    try:
        os.setxattr(album.at("copy.jpg"), name, value)
    except (AttributeError, OSError):
        pytest.skip("this volume has no extended attributes")

    (told,) = lost(album, cluster(album, tier))

    assert told.startswith(words)


def test_what_is_attached_is_read_by_another_process(album: Album) -> None:
    album.add("kept.jpg", jpeg())
    album.add("copy.jpg", jpeg(title="Lake"))
    try:
        os.setxattr(album.at("copy.jpg"), "user.xdg.tags", b"boat")
    except (AttributeError, OSError):
        pytest.skip("this volume has no extended attributes")
    units = read_units([album.path("kept.jpg"), album.path("copy.jpg")], at_once)

    def failing(function: Callable[[J], T], argument: J, /) -> T | Undecodable:
        if function is read_attached:
            return Undecodable(Problem.OUT_OF_MEMORY, "it took too much")
        return at_once(function, argument)

    found = cluster(album, Tier.NEAR)
    told = Knowledge(units, Files(), failing).lost(found, [album.path("copy.jpg")])

    words = [str(x) for x in told[album.path("copy.jpg")]]
    assert words == ["description: Lake", "metadata: cannot be told (it took too much)"]


@pytest.mark.parametrize("name", ["copy.acr", "copy.jpg.yml", "copy.exv", "copy.json", "COPY.spd"])
def test_what_another_program_keeps_beside_a_copy_is_lost(album: Album, name: str) -> None:
    album.add("kept.jpg", jpeg())
    album.add("copy.jpg", jpeg())
    album.add(name, "edits")

    assert lost(album, cluster(album, Tier.NEAR)) == [f"sidecar: {name}"]


def test_what_a_program_keeps_in_its_own_folder_is_lost(album: Album) -> None:
    album.add("kept.jpg", jpeg())
    album.add("copy.jpg", jpeg())
    album.add("NKSC_PARAM/copy.jpg.nksc", "edits")
    album.add(".picasa.ini", "[copy.jpg]\nstar=yes\n")

    assert lost(album, cluster(album, Tier.NEAR)) == [
        "sidecar: NKSC_PARAM/copy.jpg.nksc",
        "sidecar: .picasa.ini (star)",
    ]

    album.add("NKSC_PARAM/kept.jpg.nksc", "edits")
    album.add(".picasa.ini", "[copy.jpg]\nstar=yes\n[kept.jpg]\nstar=yes\n")
    assert lost(album, cluster(album, Tier.NEAR)) == []


def test_the_same_beside_both_is_not_lost(album: Album) -> None:
    for name in ("kept", "copy"):
        album.add(f"{name}.jpg", jpeg())
        album.add(f"{name}.acr", "edits")

    assert lost(album, cluster(album, Tier.NEAR)) == []
