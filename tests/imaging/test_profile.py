"""Profiles by their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageCms

from copyfind.imaging.colour import srgb_transform, to_srgb
from copyfind.imaging.decode import pixel_hash
from copyfind.imaging.profile import (
    SRGB_PRIMARIES,
    Point,
    coded_profile,
    gamma_profile,
    gamut,
    identity,
    made_profile,
    srgb_curve,
)
from tests.imaging.drawing import as_bytes, drawn

D65 = SRGB_PRIMARIES[0]
PROPHOTO = ((0.3457, 0.3585), (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001))
ADOBE = (D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
P3 = (D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))


def named(profile: bytes, name: bytes) -> bytes:
    """The profile under another name: `made_profile` leaves room for one in its description."""
    at = profile.index(b"desc\0\0\0\0\0\0\0")
    entry = bytes([len(name) + 1]) + name
    return profile[: at + 11] + entry + profile[at + 11 + len(entry) :]


WIDE = named(made_profile(PROPHOTO, srgb_curve), b"LargeRGB-elle-V2-srgbtrc.icc")


@pytest.mark.parametrize("points", [PROPHOTO, ADOBE, P3])
@pytest.mark.parametrize("name", [b"sRGB built-in", b"sRGB IEC61966-2.1", b"ACME"])
def test_wide_primaries_are_wide_under_any_name(points: tuple[Point, ...], name: bytes) -> None:
    profile = named(made_profile(points, srgb_curve), name)
    colours = gamut(profile)
    assert colours is not None
    assert colours.wide
    assert srgb_transform(profile, "RGB") is not None
    assert identity(profile) == identity(made_profile(points, srgb_curve))


@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.6])
def test_another_curve_is_not_srgb_whatever_it_is_called(exponent: float) -> None:
    profile = named(made_profile(SRGB_PRIMARIES, lambda v: v**exponent), b"sRGB-elle-V2.icc")
    colours = gamut(profile)
    assert colours is not None
    assert not colours.wide
    assert srgb_transform(profile, "RGB") is not None


def test_the_profiles_that_mean_srgb_change_nothing() -> None:
    pillows = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (pillows, named(made_profile(SRGB_PRIMARIES, srgb_curve), b"ACME wide")):
        assert srgb_transform(profile, "RGB") is None


def test_primaries_and_white_are_adapted_as_in_pillows_profile() -> None:
    ours = made_profile(SRGB_PRIMARIES, srgb_curve)
    picture = drawn()
    difference = np.asarray(to_srgb(picture, ours)).astype(int) - np.asarray(picture)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize(("primaries", "transfer"), [(1, 13), (1, 1), (2, 2), (6, 6), (1, 6)])
def test_the_usual_codes_need_no_profile(primaries: int, transfer: int) -> None:
    made = coded_profile(primaries, transfer)
    assert made is None or not gamut(made).wide  # type: ignore[union-attr]


@pytest.mark.parametrize(("primaries", "transfer"), [(12, 13), (9, 14), (9, 16), (9, 18), (11, 13)])
def test_wide_codes_are_wide(primaries: int, transfer: int) -> None:
    made = coded_profile(primaries, transfer)
    assert made is not None
    colours = gamut(made)
    assert colours is not None
    assert colours.wide


def test_points_that_span_nothing_make_no_profile() -> None:
    assert not gamma_profile(None, [(0.3, 0.3)] * 4, grey=False)
    assert not gamma_profile(None, [(0.3, 0.0)] * 4, grey=False)
    assert gamma_profile(0.0, None, grey=True) is None


def test_rubbish_is_no_profile() -> None:
    assert gamut(b"") is None
    assert gamut(bytes(500)) is None
    assert gamut(WIDE[:140]) is not None  # its tags are gone: who knows what it meant


@pytest.mark.parametrize("profile", [WIDE, made_profile(P3, srgb_curve)])
def test_a_wide_picture_is_not_the_same_as_its_samples_without_a_profile(profile: bytes) -> None:
    picture = drawn()
    for name in ("PNG", "TIFF"):
        tagged = as_bytes(picture, name, icc_profile=profile)
        assert pixel_hash(tagged) != pixel_hash(as_bytes(picture, name))


def test_a_deep_picture_counts_its_profile() -> None:
    grey = Image.fromarray(np.arange(4096, dtype=np.uint16).reshape(64, 64) * 16)
    gamma = made_profile(None, lambda v: v**1.4)
    other = named(gamma, b"another name")
    plain, tagged, renamed = (
        pixel_hash(as_bytes(grey, "TIFF", **({"icc_profile": p} if p else {})))
        for p in (None, gamma, other)
    )
    assert plain != tagged == renamed
