"""Pictures of one shot."""

from __future__ import annotations

import pytest

from copyfind.plans import PartKind
from copyfind.units.names import parsed
from copyfind.units.pairs import pairs_of, phone_original_stems

RAW, RENDERED = PartKind.RAW, PartKind.RENDERED


def partners(name: str, *names: str) -> dict[str, PartKind]:
    pairs = pairs_of([parsed(one.encode()) for one in names])
    return {other.text: kind for other, kind in pairs.get(name.encode(), ())}


@pytest.mark.parametrize(
    ("jpeg", "raw"),
    [
        ("PXL_20240101_101010123.MP.jpg", "PXL_20240101_101010123.dng"),
        ("PXL_1.MV.jpg", "PXL_1.dng"),
        ("PXL_1.NIGHT.jpg", "PXL_1.dng"),
        ("PXL_1.PORTRAIT.MP.jpg", "PXL_1.DNG"),
        ("PXL_1.RAW-01.COVER.jpg", "PXL_1.dng"),
        ("PXL_1.RAW-01.MP.COVER.jpg", "PXL_1.RAW-02.ORIGINAL.dng"),
        ("IMG_3_CR2_shotwell.jpg", "IMG_3.CR2"),
        ("IMG_3_NEF.jpg", "IMG_3.NEF"),
        ("DSC_1_ARW_embedded.jpg", "DSC_1.ARW"),
        ("IMG_3_CR2_shotwell.jpg", "IMG_3.dng"),
        ("PXL_1.RAW-01.MV.COVER.jpg", "PXL_1.RAW-02.ORIGINAL.dng"),
        ("PXL_1.TS.jpg", "PXL_1.dng"),
        ("PXL_1.PHOTOSPHERE.jpg", "PXL_1.dng"),
        ("PXL_1.MACRO.jpg", "PXL_1.dng"),
        ("PXL_1.MP~2.jpg", "PXL_1.dng"),
        ("IMG_20200101_120000.MP.jpg", "IMG_20200101_120000.dng"),
        ("MVIMG_20180101_120000.jpg", "IMG_20180101_120000.dng"),
        ("IMG_20200101_120000_HDR.jpg", "IMG_20200101_120000.dng"),
        ("WP_20131120_13_21_57_Pro.jpg", "WP_20131120_13_21_57_Pro__highres.dng"),
        ("IMG_3.CR2.jpg", "IMG_3.CR2"),
        ("IMG_3.nef.jpeg", "IMG_3.NEF"),
        ("IMG_3-CR2.jpg", "IMG_3.CR2"),
        ("IMG_3_CR2_embedded_1.jpg", "IMG_3.CR2"),
        ("DSC_1.JPG", "DSC_1.ARQ"),
        ("A.HIF", "A.CR3"),
        ("A.heic", "A.dng"),
    ],
)
def test_what_a_camera_or_a_developer_names_after_the_raw_is_with_it(jpeg: str, raw: str) -> None:
    assert partners(jpeg, jpeg, raw) == {raw: RAW}
    assert partners(raw, jpeg, raw) == {jpeg: RENDERED}


@pytest.mark.parametrize("raw", ["S.ARW", "S.NEF", "S.CR3", "S.RAF"])
@pytest.mark.parametrize("heif", ["S.HIF", "S.heic"])
@pytest.mark.parametrize("jpeg", ["S.JPG", "S.jpeg"])
def test_raw_heif_and_jpeg_are_one_shot(raw: str, heif: str, jpeg: str) -> None:
    names = (raw, heif, jpeg)

    assert partners(raw, *names) == {heif: RENDERED, jpeg: RENDERED}
    assert partners(heif, *names) == {raw: RAW, jpeg: RENDERED}
    assert partners(jpeg, *names) == {raw: RAW, heif: RENDERED}


def test_a_cameras_heif_and_jpeg_are_one_shot_without_a_raw() -> None:
    assert partners("S.HIF", "S.HIF", "S.JPG") == {"S.JPG": RENDERED}
    assert partners("S.heic", "S.heic", "S.jpg") == {}


@pytest.mark.parametrize(
    "names",
    [
        ("A.jpg", "A.png", "A.cr2"),
        ("A.jpg", "A.jpeg", "A.nef"),
        ("A.jpg", "A.dng", "A.cr2"),
        ("A.hif", "A.heic", "A.arw"),
        ("A_CR2_x.jpg", "B.CR2"),
        ("A_JPG_x.jpg", "A.CR2"),
        ("IMG_1.MP.jpg", "IMG_1.dng"),
        ("A_ACR_x.jpg", "A.CR2"),
    ],
)
def test_of_other_names_nothing_is_guessed(names: tuple[str, ...]) -> None:
    assert [partners(name, *names) for name in names] == [{}] * len(names)


def test_what_was_developed_is_with_what_the_camera_rendered() -> None:
    names = ("IMG_3.NEF", "IMG_3.JPG", "IMG_3_NEF_shotwell.jpg")

    assert partners(names[0], *names) == {names[1]: RENDERED, names[2]: RENDERED}
    assert partners(names[1], *names) == {names[0]: RAW, names[2]: RENDERED}
    assert partners(names[2], *names) == {names[0]: RAW, names[1]: RENDERED}


@pytest.mark.parametrize("raws", [("P.ORF", "P.ORI"), ("P.ARW", "P.ARQ")])
@pytest.mark.parametrize("rendered", [(), ("P.JPG",)])
def test_a_camera_may_write_two_raws_of_a_shot(
    raws: tuple[str, ...], rendered: tuple[str, ...]
) -> None:
    names = (*raws, *rendered)

    for name in names:
        kinds = {n: RAW if n in raws else RENDERED for n in names if n != name}
        assert partners(name, *names) == kinds


@pytest.mark.parametrize(
    ("version", "original"),
    [
        ("IMG_1~2", "IMG_1"),
        ("PXL_1.MP~12", "PXL_1.MP"),
        ("PXL_1.PORTRAIT-01.COVER", "PXL_1.PORTRAIT-02.ORIGINAL"),
        ("PXL_1.LONG_EXPOSURE-01.MP.COVER", "PXL_1.LONG_EXPOSURE-02.ORIGINAL"),
        ("00100lPORTRAIT_00100_BURST20181125_COVER", "00000PORTRAIT_00000_BURST20181125"),
        ("PXL_1.RAW-01.COVER", None),
        ("IMG_1", None),
    ],
)
def test_phones_name_versions_after_their_original(version: str, original: str | None) -> None:
    assert list(phone_original_stems(version)) == ([original] if original else [])
