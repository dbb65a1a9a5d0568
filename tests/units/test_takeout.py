"""Google Takeout's names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.units.takeout import CUT, json_names, names_without_suffix, original_stems

# What a name of a picture may hold; a number in brackets is given apart.
letters = st.characters(exclude_characters="/\0().", exclude_categories=("Cs", "Cc"))
stems = st.text(letters, min_size=1, max_size=60)
suffixes = st.sampled_from(["jpg", "JPG", "heic", "png", "MP4"])
numbers = st.integers(1, 120).map(lambda n: f"({n})")


@pytest.mark.parametrize(
    ("picture", "described_by"),
    [
        ("IMG_1.jpg", "IMG_1.jpg.supplemental-metadata"),
        ("IMG_1.jpg", "IMG_1.jpg"),
        ("IMG_20231015_123456789_HDR.jpg", "IMG_20231015_123456789_HDR.jpg.supplemental-me"),
        ("Screenshot_20190304-111804_Snap.jpg", "Screenshot_20190304-111804_Snap.jpg.supple"),
        ("0c5a7e3b-9d21-4f6e-8a34-1b2c3d4e5f60.jpg", "0c5a7e3b-9d21-4f6e-8a34-1b2c3d4e5f60.jpg.s"),
        ("IMG(1).jpg", "IMG.jpg.supplemental-metadata(1)"),
        ("IMG(1).jpg", "IMG.jpg(1)"),
        ("IMG(1).jpg", "IMG(1).jpg"),  # the brackets were in its name before
        ("a" * 47 + ".jpg", "a" * 46),
    ],
)
def test_the_names_that_exports_were_seen_to_have(picture: str, described_by: str) -> None:
    assert described_by in list(json_names(picture))


@given(stems, suffixes)
def test_whatever_is_cut_to_46_characters_is_found(stem: str, suffix: str) -> None:
    picture = f"{stem}.{suffix}"
    assert (picture + ".supplemental-metadata")[:CUT] in list(json_names(picture))
    assert picture[:CUT] in list(json_names(picture))


@given(stems, suffixes, numbers)
def test_a_number_stands_behind_what_is_cut(stem: str, suffix: str, number: str) -> None:
    names = list(json_names(f"{stem}{number}.{suffix}"))
    whole = f"{stem}.{suffix}.supplemental-metadata"
    assert whole[:CUT] + number in names
    assert whole[: CUT - len(number)] + number in names


@given(stems, suffixes)
def test_a_cut_may_count_bytes_or_what_windows_counts(stem: str, suffix: str) -> None:
    picture = f"{stem}.{suffix}"
    whole = picture + ".supplemental-metadata"
    names = list(json_names(picture))
    assert whole.encode()[:CUT].decode(errors="ignore") in names
    assert whole.encode("utf-16-le")[: 2 * CUT].decode("utf-16-le", errors="ignore") in names


@given(stems, stems, suffixes)
def test_no_other_short_name_is_taken(stem: str, other: str, suffix: str) -> None:
    picture = f"{stem}.{suffix}"
    if len(picture.encode()) > CUT - 4 or len(other) > CUT - 10:
        return
    assert all(name.startswith(picture) for name in json_names(picture))


@pytest.mark.parametrize(
    ("edited", "original"),
    [
        ("IMG_1-edited", "IMG_1"),
        ("IMG_1-bearbeitet", "IMG_1"),
        ("IMG_1-modifié", "IMG_1"),
        ("IMG_1-編集済み", "IMG_1"),
        ("IMG_1-ha editado", "IMG_1"),
        ("IMG_1-edited(2)", "IMG_1(2)"),
        ("IMG_1(2)-edited", "IMG_1(2)"),
        ("a" * 44 + "-ed", "a" * 44),
        ("a" * 45 + "-bearb", "a" * 45),
    ],
)
def test_an_edited_picture_leads_to_its_original(edited: str, original: str) -> None:
    assert original in list(original_stems(edited))


def test_a_short_name_is_not_taken_for_a_cut_one() -> None:
    assert list(original_stems("IMG_1-ed")) == []


@given(stems, st.sampled_from(["-edited", "-bearbeitet", "-modifié", "-編集済み"]))
def test_wherever_an_edited_name_is_cut_the_original_is_found(stem: str, word: str) -> None:
    cut = (stem + word)[: CUT + 1]
    if len(cut) >= len(stem) + 2:
        assert stem in list(original_stems(cut))


@pytest.mark.parametrize(
    ("stem", "described_by"),
    [
        ("2013-12-23", "2013-12-23.supplemental-metadata"),
        ("2013-12-23(1)", "2013-12-23.supplemental-metadata(1)"),
        ("2014-01-01", "2014-01-01.suppl"),
        ("2014-01-01(12)", "2014-01-01.supple(12)"),
        ("IMG_1", "IMG_1"),
        ("IMG_1(2)", "IMG_1(2)"),
        ("x" * 60, "x" * 46),
    ],
)
def test_a_json_may_leave_out_the_suffix_of_its_picture(stem: str, described_by: str) -> None:
    assert described_by in set(names_without_suffix(stem))
    assert described_by + "x" not in set(names_without_suffix(stem))
