"""Which file of a cluster stays: the first difference in the rule decides, and is the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copyfind.grouping.keeper import (
    Making,
    keeper_rank,
    making,
    pixel_count,
    rank_key,
    reason_to_keep,
)
from copyfind.records import Content, Extra, Facts, Tier
from copyfind.verdict import Verdict
from tests.making import CAMERA, PHOTO, made_content, made_file

HOUR = 3_600_000_000_000  # nanoseconds
FULL = PHOTO.width * PHOTO.height
HALF = replace(PHOTO, width=2000, height=1500)


def content(path: str, facts: Facts | None = PHOTO, *, size: int = 1000) -> Content:
    return made_content(1, made_file(path, size=size), facts=facts)


def kept(first: Content, second: Content, *, largest: int = FULL) -> tuple[str, str]:
    """The path that stays, and why."""
    ranks = {
        one.files[0].path.decode(): keeper_rank(one, one.files[0], largest=largest)
        for one in (first, second)
    }
    best, other = sorted(ranks, key=lambda path: rank_key(ranks[path]))
    return best, reason_to_keep(ranks[best], ranks[other])


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        (PHOTO, None, "it can be decoded"),
        (PHOTO, replace(CAMERA, width=800, height=600), "most pixels"),
        (CAMERA, PHOTO, "camera original"),
        (PHOTO, replace(PHOTO, width=3999), "most pixels"),
        (replace(PHOTO, format="RAW (CR2)"), replace(PHOTO, format="HEIC"), "better format"),
        (replace(PHOTO, format="HEIC"), replace(PHOTO, format="PNG"), "better format"),
        (replace(PHOTO, format="PNG"), PHOTO, "better format"),
        (PHOTO, replace(PHOTO, format="WebP"), "better format"),
        (replace(PHOTO, format="WebP"), replace(PHOTO, format="GIF"), "better format"),
        (replace(PHOTO, jpeg_quality=92), replace(PHOTO, jpeg_quality=75), "least compressed"),
        (replace(PHOTO, has_gps=True), PHOTO, "most metadata"),
        (
            replace(PHOTO, captured_at="2019-07-21T12:00:00"),
            replace(PHOTO, captured_at="2019-07-21T12:00:01"),
            "captured first",
        ),
    ],
)
def test_the_better_picture_stays_whatever_its_name_says(
    better: Facts | None, worse: Facts | None, reason: str
) -> None:
    assert kept(content("/long/name/z.jpg", better), content("/a", worse)) == (
        "/long/name/z.jpg",
        reason,
    )


GAIN_MAP = Extra("a gain map", "aa")


@pytest.mark.parametrize(
    "richer",
    [
        replace(PHOTO, surplus=(GAIN_MAP,)),
        replace(PHOTO, surplus=(GAIN_MAP,), jpeg_quality=80),
        replace(PHOTO, surplus=(GAIN_MAP,), format="GIF"),
        replace(PHOTO, surplus=(GAIN_MAP,), width=3900, height=2925),
    ],
)
@pytest.mark.parametrize("plain", [PHOTO, CAMERA, replace(PHOTO, jpeg_quality=98)])
def test_what_holds_more_than_its_picture_stays(richer: Facts, plain: Facts) -> None:
    assert kept(content("/z", richer), content("/a", plain)) == (
        "/z",
        "holds more than its picture",
    )


@pytest.mark.parametrize(
    "no_better",
    [
        replace(PHOTO, surplus=(GAIN_MAP,), width=3600, height=2700),
        replace(PHOTO, surplus=(Extra("unknown data", "aa", valued=False),)),
        replace(PHOTO, surplus=None),
    ],
)
def test_a_smaller_picture_or_rubbish_behind_one_is_no_better(no_better: Facts) -> None:
    assert kept(content("/z", no_better), content("/a", CAMERA))[0] == "/a"


def test_a_framed_copy_is_not_better_than_the_camera_original_it_was_made_from() -> None:
    framed = replace(PHOTO, width=4400, height=3300)

    best, reason = kept(content("/original", CAMERA), content("/f", framed), largest=4400 * 3300)

    assert (best, reason) == ("/original", "camera original")


def test_an_original_that_was_shrunk_is_not_of_full_size() -> None:
    shrunk = replace(CAMERA, width=2000, height=1500)

    best, reason = kept(content("/shrunk", shrunk), content("/z/full", PHOTO))

    assert (best, reason) == ("/z/full", "most pixels")


@pytest.mark.parametrize(
    ("better", "worse", "reason"),
    [
        (content("/z"), content("/aa"), "shortest path"),
        (content("/a"), content("/b"), "first by name"),
    ],
)
def test_equal_pictures_are_told_apart_by_their_names(
    better: Content, worse: Content, reason: str
) -> None:
    assert kept(worse, better) == (better.files[0].path.decode(), reason)


def test_files_that_nothing_tells_apart_still_give_a_reason() -> None:
    rank = keeper_rank(content("/a"), made_file("/a"), largest=FULL)

    assert reason_to_keep(rank, rank) == "first by name"


def test_what_cannot_be_decoded_has_no_pixels() -> None:
    assert pixel_count(content("/a", None)) == 0
    assert pixel_count(content("/a", HALF)) == 3_000_000


@pytest.mark.parametrize("larger", [1000, 5000])
def test_of_pictures_that_nothing_tells_apart_the_one_written_first_stays(larger: int) -> None:
    old, new = content("/z", replace(PHOTO, jpeg_quality=70)), content("/a", size=larger)
    hours = replace(new, files=(replace(new.files[0], mtime_ns=new.files[0].mtime_ns + 2 * HOUR),))

    assert kept(hours, old) == ("/z", "oldest file")


def test_files_written_within_the_hour_are_told_apart_by_what_they_hold() -> None:
    """They were unpacked or copied together, in any order."""
    old, new = (content(p, replace(PHOTO, jpeg_quality=q)) for p, q in (("/z", 61), ("/a", 85)))
    files = (replace(new.files[0], mtime_ns=new.files[0].mtime_ns + HOUR // 1000),)

    assert kept(replace(new, files=files), old) == ("/a", "least compressed")


@pytest.mark.parametrize(
    "clock", ["1980-01-01T00:00:00", "2002-12-08T12:00:00", "2000-01-01T00:00:01"]
)
def test_a_clock_that_was_never_set_is_no_earlier_date(clock: str) -> None:
    unset = content("/a", replace(PHOTO, captured_at=clock))
    dated = content("/z", replace(PHOTO, captured_at="2019-07-21T12:00:00"))

    assert kept(unset, dated) == ("/z", "most metadata")


@pytest.mark.parametrize("name", ["TIFF", "PSD", "PNG", "PNM", "TGA", "BMP"])
def test_a_lossless_picture_is_better_than_a_jpeg(name: str) -> None:
    best, reason = kept(content("/z", replace(PHOTO, format=name)), content("/a"))

    assert (best, reason) == ("/z", "better format")


def test_an_enlarged_copy_counts_the_pixels_it_was_made_from() -> None:
    small, large = content("/a", HALF), content("/b", PHOTO)
    pixels = HALF.width * HALF.height
    ranks = [
        keeper_rank(small, small.files[0], largest=pixels, made=Making(copies=1)),
        keeper_rank(large, large.files[0], largest=pixels, made=Making(losses=1, pixels=pixels)),
    ]

    assert min(ranks, key=rank_key) is ranks[0]


NEAR_TIE = Verdict(Tier.NEAR, ("blurred",), ("sharpened",), overlap=(1.0, 1.0))


@pytest.mark.parametrize(
    ("odds", "losses", "told", "worst", "asked"),
    [
        (None, 1, 0.0, 0.0, 0),
        (0.0, 0, 0.0, 0.0, 1),
        (3.0, 0, -2.0, -3.0, 1),
        (-9.0, 0, 2.0, 0.0, 1),
        (1e9, 0, -2.0, -4.0, 1),
    ],
)
def test_where_files_were_asked_words_have_no_say(
    odds: float | None, losses: int, told: float, worst: float, asked: int
) -> None:
    made = making([(NEAR_TIE, odds)])
    assert made == Making(losses=losses, odds=told, worst=worst, asked=asked)


def test_one_of_many_may_be_wrong_about_a_source() -> None:
    source = making([(NEAR_TIE, odds) for odds in (*[-3.0] * 9, 1.0)])
    copy = making([(NEAR_TIE, odds) for odds in (*[-1.0] * 9, -1.0)])

    assert source.descent < copy.descent


def test_what_was_surely_made_from_one_is_no_source_however_much_was_made_of_it() -> None:
    """The first copy of a chain: made of the source, and nine more of it."""
    source = making([(NEAR_TIE, odds) for odds in (-3.0, *[-0.8] * 9)])
    copy = making([(NEAR_TIE, odds) for odds in (3.0, *[-1.2] * 9)])

    assert source.descent < copy.descent


def test_what_gathers_copies_of_its_own_is_no_source_of_what_it_was_made_from() -> None:
    source = making([(NEAR_TIE, -3.0)])
    copy = making([(NEAR_TIE, odds) for odds in (3.0, -3.0, -3.0, -3.0)])

    assert source.descent < copy.descent


def test_a_crop_of_many_copies_is_no_source() -> None:
    """Its words tell, not how many were made of it."""
    crop = making([(NEAR_TIE, None), *[(NEAR_TIE, -4.0)] * 5])

    assert not crop.is_source
    assert (crop.losses, crop.descent) > (0, 0.0)


def test_of_two_what_is_nearly_as_likely_as_not_decides_nothing() -> None:
    small, large = (
        content(path, replace(PHOTO, jpeg_quality=quality))
        for path, quality in (("/a", 70), ("/b", 90))
    )

    def keeper(odds: float) -> str:
        makings = making([(NEAR_TIE, odds)]), making([(NEAR_TIE, -odds)])
        ranks = [
            keeper_rank(one, one.files[0], largest=1.0, made=made)
            for one, made in zip((large, small), makings, strict=True)
        ]
        return "small" if rank_key(ranks[1]) < rank_key(ranks[0]) else "large"

    assert [keeper(odds) for odds in (-3.0, -0.9, 0.0, 0.9, 3.0)] == [*["large"] * 4, "small"]
