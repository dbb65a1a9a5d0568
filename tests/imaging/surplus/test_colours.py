"""Colours that 8-bit sRGB does not hold."""

from __future__ import annotations

import io

import pytest

from copyfind.imaging.profile import SRGB_PRIMARIES, made_profile, srgb_curve
from copyfind.imaging.surplus.colours import look_at_code, look_at_depth, look_at_profile
from copyfind.imaging.surplus.parts import Bytes, Found
from tests.imaging.test_profile import P3, WIDE, named


def found() -> Found:
    return Found(Bytes(io.BytesIO(b"")))


def digest(profile: bytes | None) -> list[str]:
    seen = found()
    look_at_profile(profile, seen)
    return [extra.digest for extra in seen.result().extras]


def test_one_gamut_is_one_whatever_its_profile_is_called() -> None:
    assert len(digest(WIDE)) == 1
    assert digest(WIDE) == digest(named(WIDE, b"another name altogether....."))
    assert digest(WIDE) != digest(made_profile(P3, srgb_curve))


@pytest.mark.parametrize(
    "profile", [None, b"", b"rubbish" * 99, made_profile(SRGB_PRIMARIES, srgb_curve)]
)
def test_srgb_and_rubbish_are_nothing(profile: bytes | None) -> None:
    assert digest(profile) == []


@pytest.mark.parametrize(
    ("code", "said"),
    [((1, 13), []), ((12, 13), ["a wide-gamut profile"]), ((9, 16), ["HDR colours"])],
)
def test_codes_are_looked_at(code: tuple[int, int], said: list[str]) -> None:
    seen = found()
    look_at_code(*code, seen)
    assert [extra.words for extra in seen.result().extras] == said


@pytest.mark.parametrize(
    ("bits", "kind", "said"),
    [
        (8, "bits", []),
        (12, "bits", ["12 bits a channel"]),
        (32, "float", ["32-bit floating point"]),
    ],
)
def test_deep_samples_are_told(bits: int, kind: str, said: list[str]) -> None:
    seen = found()
    look_at_depth(bits, seen, kind=kind)
    assert [(extra.words, extra.in_pixels) for extra in seen.result().extras] == [
        (words, True) for words in said
    ]
