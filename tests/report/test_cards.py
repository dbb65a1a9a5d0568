"""Clusters in the words of a page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from copyfind.records import Evidence, Facts, Member, Role, Tier
from copyfind.report.cards import Folders, cluster_card, differences, file_url, why
from tests.making import CAMERA, PHOTO, made_content, made_file, made_findings


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (b"/photos/a.jpg", "file:///photos/a.jpg"),
        (b"/a b/#1?.jpg", "file:///a%20b/%231%3F.jpg"),
        (b"/caf\xe9/\xff.jpg", "file:///caf%E9/%FF.jpg"),
        ("/é.jpg".encode(), "file:///%C3%A9.jpg"),
        (b'/"><script>.jpg', "file:///%22%3E%3Cscript%3E.jpg"),
        (b"/100%.jpg", "file:///100%25.jpg"),
        (b"https://example.org/a b.jpg?size=1", "https://example.org/a%20b.jpg?size=1"),
        (b"s3://bucket/a.jpg", "#"),
        (b"javascript://%0aalert(1)", "#"),
        (b"/a\nb.jpg", "file:///a%0Ab.jpg"),
    ],
)
def test_a_link_is_made_of_the_bytes_of_a_path(path: bytes, url: str) -> None:
    assert file_url(path, windows=False) == url


@pytest.mark.parametrize(
    ("path", "url"),
    [
        (rb"C:\Photos\a b.jpg", "file:///C:/Photos/a%20b.jpg"),
        (rb"\\server\share\a.jpg", "file://server/share/a.jpg"),
    ],
)
def test_a_link_to_a_file_of_windows(path: bytes, url: str) -> None:
    assert file_url(path, windows=True) == url


def test_a_member_is_told_with_what_ties_it() -> None:
    (cluster,) = made_findings().clusters
    folders = Folders()

    members = cluster_card(cluster, folders)["members"]

    assert isinstance(members, list)
    assert [member["role"] for member in members] == [
        "keeper", "linked", "redundant", "redundant", "related",
    ]  # fmt: skip
    assert [member["to"] for member in members] == [None, 0, 0, 0, 3]
    assert members[4]["name"] == "small\\n.jpg"
    assert folders.cards()[members[4]["folder"]]["name"] == "/photos/web"


def tied(evidence: Evidence, facts: Facts = PHOTO, size: int = 1000) -> Member:
    file = made_file("/b.jpg", inode=2, size=size)
    return Member(file, made_content(2, file, facts=facts), Role.REDUNDANT, None, evidence)


def test_an_edit_is_told_in_words_with_what_is_shared() -> None:
    evidence = Evidence(b"/a.jpg", Tier.EDITED, 0.8, ("cropped", "caption"), (0.6, 0.9))

    assert why(tied(evidence)) == (
        "cropped, caption; shows 60% of the other picture, 10% of it is not in the other"
    )


def test_shares_are_not_told_twice() -> None:
    evidence = Evidence(b"/a.jpg", Tier.EDITED, 0.8, ("cropped to 64%",), (0.64, 1.0))

    assert why(tied(evidence)) == "cropped to 64%"


def test_why_a_copy_stays_is_said_with_what_it_is() -> None:
    member = tied(Evidence(b"/a.jpg", Tier.NEAR, 0.99, ("resized to 50%",), (0.99, 1.0)))
    partner = replace(member, role=Role.RELATED, reason="RAW+JPEG pair of b.nef, which stays")

    assert why(partner) == "resized to 50%; kept: RAW+JPEG pair of b.nef, which stays"


def test_a_whole_copy_does_not_speak_of_shares() -> None:
    assert why(tied(Evidence(b"/a.jpg", Tier.NEAR, 0.99, ("resized to 50%",), (0.99, 1.0)))) == (
        "resized to 50%"
    )


def test_files_differ_in_words() -> None:
    file = made_file("/a.jpg", inode=1, size=4_000_000)
    keeper = Member(file, made_content(1, file, facts=replace(CAMERA, has_gps=True)), Role.KEEPER)
    small = replace(PHOTO, width=2000, height=1500, format="PNG", software="Edit\n\u202eor")

    assert differences(keeper, tied(Evidence(b"/a.jpg", Tier.NEAR, 1.0), small, 80_400)) == [
        "2000×1500 beside 4000×3000 (25% of its pixels)",
        "PNG beside JPEG",
        "without capture date",
        "without the place (GPS)",
        "without camera name",
        "written by Edit\\n\\u202eor",
        "80.4 kB beside 4.0 MB",
    ]


def test_sizes_that_are_shown_alike_are_no_difference() -> None:
    file = made_file("/a.jpg", inode=1, size=80_410)
    keeper = Member(file, made_content(1, file, facts=PHOTO), Role.KEEPER)

    assert differences(keeper, tied(Evidence(b"/a.jpg", Tier.NEAR, 1.0), PHOTO, 80_400)) == []
