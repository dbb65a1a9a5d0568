"""Pictures of one shot."""

from __future__ import annotations

import pytest

from copyfind.plans import PartKind
from copyfind.units.names import parsed
from copyfind.units.pairs import beside, shot_name, shots_of

RAW, RENDERED = PartKind.RAW, PartKind.RENDERED


def partners(name: str, *names: str) -> dict[str, PartKind]:
    shots = shots_of([parsed(one.encode()) for one in names])
    asked = parsed(name.encode())
    return {other.text: kind for other, kind in beside(asked, shots[shot_name(asked)])}


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
        ("A_CR2_x.jpg", "A.jpg", "A.png", "A.CR2"),
    ],
)
def test_of_other_names_nothing_is_guessed(names: tuple[str, ...]) -> None:
    assert [partners(name, *names) for name in names] == [{}] * len(names)
