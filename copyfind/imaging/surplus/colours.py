"""Colours that 8-bit sRGB does not hold, as a file declares them."""

from __future__ import annotations

from copyfind.imaging.profile import HDR, coded_profile, gamut
from copyfind.imaging.surplus.parts import Found

WIDE = "a wide-gamut profile"
HDR_COLOURS = "HDR colours"


def look_at_profile(profile: bytes | None, found: Found) -> None:
    """By the numbers of the profile, never by its name. One that cannot be read is ignored by
    everything that shows pictures."""
    colours = gamut(profile) if profile else None
    if colours is not None and colours.wide:
        found.add(WIDE, colours.key)


def look_at_code(primaries: int, transfer: int, found: Found) -> None:
    """Code points of ISO/IEC 23091-2."""
    if transfer in HDR:
        found.add(HDR_COLOURS, f"{primaries} {transfer}")
    else:
        look_at_profile(coded_profile(primaries, transfer), found)


def look_at_depth(bits: int, found: Found, *, kind: str = "bits") -> None:
    """Samples deeper than 8 bits; kind: "bits", or "float"."""
    if kind == "float":
        found.add(f"{bits}-bit floating point", in_pixels=True)
    elif bits > 8:
        found.add(f"{bits} bits a channel", in_pixels=True)
