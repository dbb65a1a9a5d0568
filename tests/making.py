"""Records made up for tests of what needs no pictures: grouping and reports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from copyfind.grouping.standing import with_standing
from copyfind.records import (
    Candidates,
    Cluster,
    Content,
    Evidence,
    Facts,
    Findings,
    FoundFile,
    Member,
    Model,
    Problem,
    Role,
    Tier,
    Unreadable,
)

NOON = 1_563_796_800_000_000_000  # 2019-07-22 12:00 UTC, in nanoseconds
PHOTO = Facts(width=4000, height=3000, format="JPEG", surplus=())
CAMERA = replace(PHOTO, camera="Camera One", captured_at="2019-07-21T12:00:00")
NOTHING_ALIKE = Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))


def made_file(path: str, *, inode: int = 0, size: int = 1000) -> FoundFile:
    """A file; the inode 0 says that the platform has none."""
    return FoundFile(path.encode(), device=1, inode=inode, size=size, mtime_ns=NOON)


def made_content(
    number: int, *files: FoundFile, facts: Facts | None = PHOTO, pixels: bytes | None = None
) -> Content:
    """A content with a hash of its own and the size of its files."""
    size = files[0].size if files else 1000
    return Content(number, number.to_bytes(32, "big"), size, facts, pixels, files)


def made_pairs(*pairs: tuple[int, int, float]) -> Candidates:
    """Pairs of rows with their similarity, sorted as a search gives them."""
    pairs_in_order = sorted((min(a, b), max(a, b), s) for a, b, s in pairs)
    return Candidates(
        np.array([a for a, _, _ in pairs_in_order], np.int64),
        np.array([b for _, b, _ in pairs_in_order], np.int64),
        np.array([s for _, _, s in pairs_in_order], np.float32),
    )


def made_findings() -> Findings:
    """One cluster with a member of every role, and one skipped file."""
    original = made_file("/photos/Sommer [bold]/IMG 1.jpg", inode=11, size=4_200_000)
    twin = made_file("/photos/copy of IMG 1.jpg", inode=12, size=4_200_000)
    link = made_file("/photos/link.jpg", inode=11, size=4_200_000)
    png = replace(made_file("x", inode=13, size=9_900_000), path=b"/photos/caf\xe9.png")
    small = made_file("/photos/web/small\n.jpg", inode=14, size=80_000)
    shot = replace(CAMERA, jpeg_quality=92)
    kept = made_content(1, original, link, twin, facts=shot, pixels=b"\x01" * 32)
    lossless = made_content(
        2, png, facts=Facts(width=4000, height=3000, format="PNG", surplus=()), pixels=b"\x01" * 32
    )
    shrunk = made_content(3, small, facts=Facts(width=800, height=600, format="WEBP", surplus=()))
    members = (
        Member(original, kept, Role.KEEPER, "camera original"),
        Member(link, kept, Role.LINKED, None, Evidence(original.path, Tier.IDENTICAL, 1.0)),
        Member(twin, kept, Role.REDUNDANT, None, Evidence(original.path, Tier.IDENTICAL, 1.0)),
        Member(
            png, lossless, Role.REDUNDANT, None, Evidence(original.path, Tier.SAME_PIXELS, None)
        ),
        Member(small, shrunk, Role.RELATED, None, Evidence(png.path, Tier.UNVERIFIED, 0.912345)),
    )
    return Findings(
        catalog="/data/catalog.sqlite",
        model=Model(1, "lite0-128", "ab" * 32, 128, 192, 0.73),
        threshold=0.73,
        roots=(b"/photos",),
        files=7,
        contents=5,
        clusters=tuple(
            with_standing([Cluster("c-0123456789abcdef", Tier.UNVERIFIED, members, 14_100_000)])
        ),
        skipped=(Unreadable(b"/photos/broken.jpg", Problem.DAMAGED, "cut off after 12 bytes"),),
    )


def made_proofs() -> Findings:
    """A cluster with an edited copy, a collage, a reference and a likely copy, and one of other
    shots."""
    original = made_file("/photos/harbour.jpg", inode=21, size=4_200_000)
    crop = made_file("/web/harbour crop.webp", inode=22, size=90_000)
    collage = made_file("/web/trip.jpg", inode=23, size=700_000)
    safe = made_file("/backup/harbour.jpg", inode=24, size=1_100_000)
    tied = Evidence(original.path, Tier.EDITED, 0.71234, ("cropped to 48%",), (0.48, 1.0))
    of_crop = Evidence(crop.path, Tier.EDITED, 0.61, ("pasted into another picture",), (1.0, 0.25))
    other = Evidence(b"/photos/market.jpg", Tier.EDITED, 0.52, (), (1.0, 0.25))
    same = Evidence(original.path, Tier.NEAR, 0.98, ("resized to 50%",), (1.0, 1.0))
    sepia = made_file("/web/old harbour.jpg", inode=27, size=310_000)
    faded = Evidence(original.path, Tier.LIKELY, 0.58, ("other colours",), (1.0, 0.98))
    shot = made_file("/photos/shot 2.jpg", inode=25, size=4_100_000)
    next_shot = made_file("/photos/shot 3.jpg", inode=26, size=4_000_000)
    series = Evidence(shot.path, Tier.SERIES, 0.83, (), (0.9, 0.9))
    web = Facts(width=1920, height=1440, format="WEBP", surplus=())
    clusters = (
        Cluster(
            "c-00000000000000aa",
            Tier.EDITED,
            (
                Member(original, made_content(1, original, facts=CAMERA), Role.KEEPER, "original"),
                Member(safe, made_content(4, safe), Role.REFERENCE, None, same),
                Member(crop, made_content(2, crop, facts=web), Role.REDUNDANT, None, tied),
                Member(collage, made_content(3, collage), Role.REDUNDANT, None, of_crop, (other,)),
                Member(sepia, made_content(7, sepia), Role.RELATED, None, faded),
            ),
            790_000,
        ),
        Cluster(
            "c-00000000000000bb",
            Tier.SERIES,
            (
                Member(shot, made_content(5, shot, facts=CAMERA), Role.KEEPER, "most pixels"),
                Member(next_shot, made_content(6, next_shot), Role.RELATED, None, series),
            ),
            0,
        ),
    )
    return replace(
        made_findings(), clusters=tuple(with_standing(clusters)), likely=1, series=2, unverified=7
    )
