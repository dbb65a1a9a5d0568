"""What belongs to a picture, told from the names beside it."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.plans import PartKind, Unit
from copyfind.units.live import FilmFacts
from copyfind.units.rules import units_in
from tests.units.conftest import belongs

FOLDER = b"/photos"
SIDECAR, FILM, TAKEOUT = PartKind.SIDECAR, PartKind.FILM, PartKind.TAKEOUT
APPLE = PartKind.APPLE_EDITS


@dataclass(frozen=True)
class Said:
    """What the files of a made-up folder say when one looks into them."""

    serves: Mapping[str, str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    takeout: tuple[str, ...] = ()

    def sidecar_for(self, name: bytes) -> str | None:
        return self.serves.get(os.fsdecode(name))

    def identifier(self, name: bytes) -> str | None:
        return self.identifiers.get(os.fsdecode(name))

    def film(self, name: bytes) -> FilmFacts:
        said = os.fsdecode(name)
        return FilmFacts(self.identifiers.get(said), self.seconds.get(said))

    def is_takeout(self, name: bytes) -> bool:
        return os.fsdecode(name) in self.takeout


NOTHING_SAID = Said()


def unit(picture: str, *names: str, said: Said = NOTHING_SAID) -> Unit:
    """The unit of the first name in a folder of them all."""
    listing = [os.fsencode(name) for name in (picture, *names)]
    (found,) = units_in(FOLDER, listing, wanted=[os.fsencode(picture)], look=said).values()
    return found


def shared(unit: Unit, name: str) -> list[str]:
    (one,) = (c for c in unit.parts if os.path.basename(c.path) == os.fsencode(name))
    return [os.fsdecode(os.path.basename(path)) for path in one.shared_with]


def test_a_picture_alone_has_nothing() -> None:
    assert unit("DSC_1.JPG", "DSC_2.JPG", "DSC_2.xmp", "DSC_12.xmp", "notes.txt") == Unit(
        b"/photos/DSC_1.JPG"
    )


# XMP


@pytest.mark.parametrize(
    ("picture", "sidecar"),
    [
        ("DSC_0030.NEF", "DSC_0030.xmp"),
        ("DSC_0030.NEF", "DSC_0030.XMP"),
        ("DSC_0030.NEF", "DSC_0030.NEF.xmp"),
        ("DSC_0030.NEF", "DSC_0030.nef.XMP"),
        ("DSC_0030.NEF", "DSC_0030_01.NEF.xmp"),
        ("DSC_0030.NEF", "DSC_0030_12.nef.xmp"),
        ("DSC_0030.NEF", "DSC_0030.NEF.pp3"),
        ("DSC_0030.NEF", "DSC_0030.NEF.dop"),
        ("DSC_0030.CR2", "DSC_0030.vrd"),
        ("my.holiday.jpg", "my.holiday.xmp"),
        ("DSC_0030.NEF", "DSC_0030_100.NEF.xmp"),
        ("DSC_0030.NEF", "DSC_0030.acr"),
        ("DSC_0030.NEF", "DSC_0030.NEF.acr"),
        ("DSC_0030.JPG", "DSC_0030.spd"),
        ("DSC_0030.JPG", "DSC_0030.exv"),
        ("DSC_0030.JPG", "DSC_0030.yml"),
        ("DSC_0030.JPG", "DSC_0030.jpg.yml"),
        ("DSC_0030.JPG", "DSC_0030.json"),
        ("DSC_0030.JPG", "dsc_0030.json"),
        ("DSC_0030.JPG", "dsc_0030.xmp"),
        ("dsc_0030.jpg", "DSC_0030.XMP"),
        ("dsc_0030.jpg", "DSC_0030.ON1"),
        ("DSC_0030.NEF", "dsc_0030.nef.xmp"),
        ("DSC_0030.NEF", "dsc_0030.NEF.yaml"),
        ("DSC_0030.NEF", "DSC_0030.NEF.nksc"),
        ("DSC_0030.NEF", "DSC_0030.nef.cos"),
        ("DSC_0030.CR2", "DSC_0030.dr4"),
        ("DSC_0030.JPG", "DSC_0030.mie"),
        ("DSC_0030.JPG", "DSC_0030.txt"),
        ("DSC_0030.JPG", "DSC_0030.JPG.meta"),
        ("DSC_0030.JPG", "DSC_0030.JPG.what-nobody-knows"),
        ("DSC_0030.JPG", "DSC_0030.JPG.notes.html"),
        ("DSC_0030.JPG", "DSC_0030.jpg.info.json"),
        ("DSC_0030.JPG", "DSC_0030.JPG.metadata.json"),
    ],
)
def test_a_sidecar_belongs_to_its_picture(picture: str, sidecar: str) -> None:
    assert belongs(unit(picture, sidecar)) == {sidecar: SIDECAR}


@pytest.mark.parametrize("other", ["DSC_0030.JPG.part", "DSC_0030.JPG.png", "DSC_0030.JPGs"])
def test_another_file_is_no_sidecar(other: str) -> None:
    assert belongs(unit("DSC_0030.JPG", other)) == {}


@pytest.mark.parametrize(
    ("version", "original"),
    [
        ("PXL_1.MP~2.jpg", "PXL_1.MP.jpg"),
        ("IMG_1~3.jpg", "IMG_1.jpg"),
        ("PXL_1.PORTRAIT-01.COVER.jpg", "PXL_1.PORTRAIT-02.ORIGINAL.jpg"),
    ],
)
def test_a_phones_version_leaves_its_original_with_the_raw(version: str, original: str) -> None:
    raw = f"{original.partition('.')[0]}.dng"
    names = (version, original, raw)

    assert belongs(unit(*names))[original] is PartKind.ORIGINAL
    assert belongs(unit(original, *names)) == {version: PartKind.EDITED, raw: PartKind.RAW}


@pytest.mark.parametrize("picture", ["IMG_1234.JPG", "_MG_1234.JPG"])
def test_what_was_said_to_a_canon_belongs_to_its_picture(picture: str) -> None:
    found = belongs(unit(picture, "SND_1234.WAV", "SND_1235.WAV"))
    assert found == {"SND_1234.WAV": PartKind.SOUND}


def test_both_kinds_lie_side_by_side() -> None:
    found = belongs(unit("a.NEF", "a.xmp", "a.NEF.xmp", "a_01.NEF.xmp"))
    assert found == {"a.xmp": SIDECAR, "a.NEF.xmp": SIDECAR, "a_01.NEF.xmp": SIDECAR}


def test_a_sidecar_with_the_whole_name_is_for_that_file_alone() -> None:
    names = ("a.NEF", "a.NEF.xmp")
    assert "a.NEF.xmp" not in belongs(unit("a.JPG", *names))
    assert shared(unit("a.NEF", "a.JPG", "a.NEF.xmp"), "a.NEF.xmp") == []


def test_a_version_of_darktable_is_not_taken_for_another_picture() -> None:
    assert belongs(unit("a.NEF", "a_01.NEF", "a_01.NEF.xmp")) == {}
    assert belongs(unit("a_01.NEF", "a.NEF", "a_01.NEF.xmp")) == {"a_01.NEF.xmp": SIDECAR}


def test_one_xmp_may_serve_raw_jpeg_and_film() -> None:
    names = ("a.JPG", "a.MOV", "a.xmp")
    said = Said(seconds={"a.MOV": 60})  # a film of its own
    assert shared(unit("a.NEF", *names, said=said), "a.xmp") == ["a.JPG", "a.MOV"]
    assert shared(unit("a.JPG", "a.NEF", *names[1:], said=said), "a.xmp") == ["a.MOV", "a.NEF"]


def test_an_xmp_is_for_the_file_it_names() -> None:
    said = Said(serves={"a.xmp": "NEF"})
    assert shared(unit("a.NEF", "a.JPG", "a.xmp", said=said), "a.xmp") == []
    assert "a.xmp" not in belongs(unit("a.JPG", "a.NEF", "a.xmp", said=said))
    assert "a.xmp" not in belongs(unit("a.JPG", "a.xmp", said=said))


# Apple


@pytest.mark.parametrize("edits", ["IMG_1234.AAE", "IMG_1234_O.AAE", "IMG_O1234.aae"])
def test_apples_edits_belong_to_the_original(edits: str) -> None:
    assert belongs(unit("IMG_1234.HEIC", edits)) == {edits: APPLE}


def test_an_edited_version_is_a_partner_of_its_original() -> None:
    names = ("IMG_1234.AAE", "IMG_E1234.JPG")
    assert belongs(unit("IMG_1234.HEIC", *names)) == {
        "IMG_1234.AAE": APPLE,
        "IMG_E1234.JPG": PartKind.EDITED,
    }
    edited = unit("IMG_E1234.JPG", "IMG_1234.HEIC", "IMG_1234.AAE")
    assert belongs(edited) == {"IMG_1234.HEIC": PartKind.ORIGINAL}
    assert not edited.followers


@pytest.mark.parametrize("film", ["IMG_1.MOV", "IMG_1.mov", "IMG_1_HEVC.MOV", "IMG_1.MP4"])
def test_the_film_of_a_live_photo_has_its_name(film: str) -> None:
    assert belongs(unit("IMG_1.HEIC", film)) == {film: FILM}


def test_the_same_identifier_proves_a_film() -> None:
    said = Said(identifiers={"IMG_1.HEIC": "A", "IMG_1.MOV": "A"}, seconds={"IMG_1.MOV": 30})
    (part,) = unit("IMG_1.HEIC", "IMG_1.MOV", said=said).parts
    assert part.proven


def test_another_identifier_disproves_a_film() -> None:
    said = Said(identifiers={"IMG_1.HEIC": "A", "IMG_1.MOV": "B"})
    assert belongs(unit("IMG_1.HEIC", "IMG_1.MOV", said=said)) == {}


def test_a_long_film_of_the_same_name_is_a_film_of_its_own() -> None:
    said = Said(seconds={"IMG_1.MOV": 61})
    assert belongs(unit("IMG_1.HEIC", "IMG_1.MOV", said=said)) == {}


def test_what_belongs_to_the_film_comes_along() -> None:
    found = unit("IMG_1.HEIC", "IMG_1.MOV", "IMG_1.MOV.xmp")
    assert belongs(found) == {"IMG_1.MOV": FILM, "IMG_1.MOV.xmp": SIDECAR}
    assert shared(found, "IMG_1.MOV.xmp") == []
    both = unit("IMG_1.HEIC", "IMG_1.JPG", "IMG_1.MOV", "IMG_1.MOV.xmp", "IMG_1.xmp")
    assert shared(both, "IMG_1.MOV.xmp") == ["IMG_1.JPG"]
    assert shared(both, "IMG_1.xmp") == ["IMG_1.JPG"]


def test_two_stills_share_a_film() -> None:
    assert shared(unit("IMG_1.HEIC", "IMG_1.JPG", "IMG_1.MOV"), "IMG_1.MOV") == ["IMG_1.JPG"]


# Google


@pytest.mark.parametrize(
    ("picture", "described_by"),
    [
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json"),
        ("IMG_1.jpg", "IMG_1.jpg.suppl.json"),
        ("IMG_1.jpg", "IMG_1.jpg.json"),
        ("IMG_1.jpg", "IMG_1.jpg.JSON"),
    ],
)
def test_takeouts_json_belongs_to_its_picture(picture: str, described_by: str) -> None:
    assert belongs(unit(picture, described_by)) == {described_by: TAKEOUT}


def test_numbered_pictures_have_numbered_json() -> None:
    names = ("IMG.jpg.supplemental-metadata.json", "IMG.jpg.supplemental-metadata(1).json")
    said = Said(takeout=names)
    assert belongs(unit("IMG.jpg", "IMG(1).jpg", *names, said=said)) == {names[0]: TAKEOUT}
    assert belongs(unit("IMG(1).jpg", "IMG.jpg", *names, said=said)) == {names[1]: TAKEOUT}


def test_an_edited_picture_shares_the_json_of_its_original() -> None:
    names = ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata.json")
    edited = unit("IMG_1-bearbeitet.jpg", *names)
    assert belongs(edited) == {names[0]: PartKind.ORIGINAL, names[1]: TAKEOUT}
    assert shared(edited, names[1]) == ["IMG_1.jpg"]


def test_an_edited_picture_may_have_a_json_of_its_own() -> None:
    own = "IMG_1-edited.jpg.json"
    edited = unit("IMG_1-edited.jpg", "IMG_1.jpg", "IMG_1.jpg.json", own)
    assert shared(edited, own) == []


def test_a_json_named_like_the_picture_has_to_be_takeouts() -> None:
    assert belongs(unit("IMG_1.jpg", "IMG_1.json")) == {"IMG_1.json": SIDECAR}
    said = Said(takeout=("IMG_1.json",))
    assert belongs(unit("IMG_1.jpg", "IMG_1.json", said=said)) == {"IMG_1.json": TAKEOUT}


@pytest.mark.parametrize("name", ["img_1.JPG.json", "IMG_1.jpg.metadata.json", "img_1.json"])
def test_a_json_of_takeout_may_be_in_another_case_or_say_more(name: str) -> None:
    assert belongs(unit("IMG_1.jpg", name, said=Said(takeout=(name,)))) == {name: TAKEOUT}


def test_an_accent_may_be_written_in_two_ways() -> None:
    apart = unicodedata.normalize("NFD", "Café-modifié.jpg")
    found = belongs(unit(apart, "Café.jpg", "Café.jpg.json", "Café.xmp"))
    assert found == {"Café.jpg": PartKind.ORIGINAL, "Café.jpg.json": TAKEOUT}


@pytest.mark.parametrize(
    ("picture", "film"),
    [
        ("PXL_20210101_120000.MP.jpg", "PXL_20210101_120000.MP"),
        ("PXL_20210101_120000.MP.jpg", "PXL_20210101_120000.MP.mp4"),
        ("MVIMG_20180101_120000.jpg", "MVIMG_20180101_120000.MP4"),
        ("IMG_1234.HEIC", "IMG_1234.HEIC.MOV"),
    ],
)
def test_takeout_takes_films_out_of_motion_photos(picture: str, film: str) -> None:
    assert belongs(unit(picture, film)) == {film: FILM}


# Pairs


@pytest.mark.parametrize(
    ("jpeg", "raw"),
    [
        ("DSC_1.JPG", "DSC_1.NEF"),
        ("DSC_1.jpg", "DSC_1.cr3"),
        ("IMG_1.HEIC", "IMG_1.DNG"),
        ("PXL_1.RAW-01.COVER.jpg", "PXL_1.RAW-02.ORIGINAL.dng"),
        ("PXL_1.RAW-01.MP.COVER.jpg", "PXL_1.RAW-02.ORIGINAL.dng"),
    ],
)
def test_one_raw_and_one_jpeg_of_a_name_are_a_pair(jpeg: str, raw: str) -> None:
    assert belongs(unit(jpeg, raw)) == {raw: PartKind.RAW}
    assert belongs(unit(raw, jpeg)) == {jpeg: PartKind.RENDERED}


def test_more_than_one_of_either_are_no_pair() -> None:
    assert belongs(unit("a.JPG", "a.NEF", "a.DNG")) == {}
    assert belongs(unit("a.NEF", "a.JPG", "a.PNG")) == {}


def test_names_need_not_be_unicode() -> None:
    jpeg, raw = b"caf\xe9.jpg", b"caf\xe9.NEF"
    listing = [jpeg, raw, b"caf\xe9.NEF.xmp", b"caf\xe9.jpg.json"]
    units = units_in(FOLDER, listing, wanted=[jpeg, raw], look=Said())
    assert [c.path for c in units[FOLDER + b"/" + jpeg].parts] == [
        b"/photos/caf\xe9.NEF",
        b"/photos/caf\xe9.jpg.json",
    ]
    assert [c.kind for c in units[FOLDER + b"/" + raw].parts] == [SIDECAR, PartKind.RENDERED]


tricky = st.text(st.sampled_from("aE_O1.(-)éMPRW"), min_size=1, max_size=8)
endings = st.sampled_from(
    ["jpg", "JPG", "NEF", "dng", "MOV", "xmp", "AAE", "json", "NEF.xmp", "jpg.json", "-edited.jpg"]
)


@given(st.sets(st.builds(lambda stem, end: f"{stem}.{end}", tricky, endings), max_size=12))
def test_ties_are_sound_in_any_folder(names: set[str]) -> None:
    listing = {os.fsencode(name) for name in names}
    units = units_in(FOLDER, listing, wanted=listing, look=Said())
    for path, found in units.items():
        assert found.picture == path
        for part in found.parts:
            assert part.path != path
            assert os.path.basename(part.path) in listing
            assert path not in part.shared_with
        for partner in found.partners:  # partners know each other
            assert path in {p.path for p in units[partner.path].partners}
        for follower in found.followers:
            for other in follower.shared_with:
                if not any(other == c.path for c in found.parts):
                    assert follower.path in {c.path for c in units[other].parts}


class Locked(Said):
    """A folder in which nothing may be read."""

    def sidecar_for(self, name: bytes) -> str | None:
        raise PermissionError(13, "Permission denied", name)

    def film(self, name: bytes) -> FilmFacts:
        raise PermissionError(13, "Permission denied", name)


@pytest.mark.parametrize("beside", ["a.xmp", "a.MOV"])
def test_what_may_not_be_read_blocks_its_picture(beside: str) -> None:
    found = unit("a.jpg", beside, said=Locked())
    assert found.blocked == f"{beside} may belong to it: Permission denied"
