"""Contents with the same pixels are one picture; its files become members of one cluster."""

from __future__ import annotations

from dataclasses import replace

from copyfind.grouping.keeper import KeepRule
from copyfind.grouping.pictures import Picture, Rule, members_of, pictures_of, with_reason
from copyfind.records import TIERS, Content, Evidence, Facts, Identity, Member, Role, Tier
from tests.making import CAMERA, PHOTO, made_content, made_file

SMALL = Facts(width=800, height=600, format="JPEG")
ALL = frozenset(TIERS)


def picture(*contents: Content, rule: Rule | None = None) -> Picture:
    """All of them have the same pixels."""
    (found,) = pictures_of(
        {content.row: content for content in contents},
        [[content.row for content in contents]],
        rule or Rule(),
    )
    return found


def told(members: list[Member]) -> list[tuple[str, Role, str | None]]:
    return [
        (
            m.file.path.decode(),
            m.role,
            f"{m.evidence.tier} {m.evidence.to.decode()}" if m.evidence else None,
        )
        for m in members
    ]


def test_the_files_of_the_best_content_come_first() -> None:
    plain = made_content(1, made_file("/b.jpg"), made_file("/a.jpg"))
    shot = made_content(2, made_file("/long name.jpg"), facts=CAMERA)

    assert [file.path for _, file in picture(plain, shot).files] == [
        b"/long name.jpg",
        b"/a.jpg",
        b"/b.jpg",
    ]


def test_contents_without_files_and_groups_of_them_are_no_pictures() -> None:
    gone, here = made_content(1), made_content(2, made_file("/a.jpg"))

    found = pictures_of({1: gone, 2: here}, [[1], [1, 2]], Rule())

    assert [p.head.path for p in found] == [b"/a.jpg"]


def test_the_best_picture_comes_first() -> None:
    small = made_content(1, made_file("/a.jpg"), facts=SMALL)
    large = made_content(2, made_file("/b.jpg"))
    broken = made_content(3, made_file("/c.jpg"), facts=None)

    found = pictures_of({c.row: c for c in (small, broken, large)}, [], Rule())

    assert [p.pixels for p in found] == [12_000_000, 480_000, 0]


def test_a_rule_of_the_user_decides_before_the_usual_order() -> None:
    large = made_content(1, made_file("/large.jpg", size=9_000))
    small = made_content(2, made_file("/small.jpg", size=100))

    rule = Rule(keep=(KeepRule.SMALLEST,))

    assert picture(large, small, rule=rule).head.path == b"/small.jpg"


def test_the_picture_that_is_kept_has_the_keeper_and_its_copies() -> None:
    kept = made_content(1, made_file("/a.jpg"), made_file("/b.jpg"), facts=CAMERA)
    same = made_content(2, made_file("/c.png"), facts=replace(PHOTO, format="PNG"))

    assert told(members_of(picture(kept, same), None, {}, ALL)) == [
        ("/a.jpg", Role.KEEPER, None),
        ("/b.jpg", Role.REDUNDANT, "identical /a.jpg"),
        ("/c.png", Role.REDUNDANT, "same-pixels /a.jpg"),
    ]


def test_another_picture_is_tied_by_its_first_file() -> None:
    copy = made_content(1, made_file("/a.jpg"), made_file("/b.jpg"))
    tied = Evidence(b"/kept.jpg", Tier.EDITED, 0.5)

    assert told(members_of(picture(copy), tied, {}, ALL)) == [
        ("/a.jpg", Role.REDUNDANT, "edited /kept.jpg"),
        ("/b.jpg", Role.REDUNDANT, "identical /a.jpg"),
    ]


def test_what_is_not_proven_is_related_and_its_twin_is_redundant() -> None:
    other = made_content(1, made_file("/a.jpg"), made_file("/b.jpg"))
    tied = Evidence(b"/kept.jpg", Tier.SERIES, 0.5)

    assert [role for _, role, _ in told(members_of(picture(other), tied, {}, ALL))] == [
        Role.RELATED,
        Role.REDUNDANT,
    ]


def test_a_name_of_a_file_that_is_a_member_already_is_a_link() -> None:
    names: dict[Identity, bytes] = {}
    kept = made_content(1, made_file("/a.jpg", inode=5), made_file("/b.jpg", inode=5))
    again = made_content(2, made_file("/c.jpg", inode=5))

    first = members_of(picture(kept), None, names, ALL)
    second = members_of(picture(again), Evidence(b"/a.jpg", Tier.NEAR, 0.9), names, ALL)

    assert told(first)[1] == ("/b.jpg", Role.LINKED, "identical /a.jpg")
    assert told(second) == [("/c.jpg", Role.LINKED, "identical /a.jpg")]


def test_copies_to_the_byte_are_left_out_where_they_were_not_asked_for_but_links_are_told() -> None:
    kept = made_content(
        1, made_file("/a.jpg", inode=5), made_file("/b.jpg", inode=6), made_file("/c.jpg", inode=5)
    )

    members = members_of(picture(kept), None, {}, ALL - {Tier.IDENTICAL})

    assert [path for path, _, _ in told(members)] == ["/a.jpg", "/c.jpg"]


def test_copies_in_a_reference_folder_are_references() -> None:
    rule = Rule(is_reference=lambda file: file.path.startswith(b"/safe/"))
    kept = made_content(1, made_file("/a.jpg"), made_file("/safe/a.jpg"), made_file("/safe/b.jpg"))

    assert told(members_of(picture(kept, rule=rule), None, {}, ALL)) == [
        ("/safe/a.jpg", Role.KEEPER, None),
        ("/safe/b.jpg", Role.REFERENCE, "identical /safe/a.jpg"),
        ("/a.jpg", Role.REDUNDANT, "identical /safe/a.jpg"),
    ]


def test_the_keeper_says_what_makes_it_better_than_the_next_best() -> None:
    contents = [
        made_content(number, made_file(f"/{number}.jpg"), facts=facts)
        for number, facts in enumerate((CAMERA, SMALL, PHOTO))
    ]
    members = [m for c in contents for m in members_of(picture(c), None, {}, ALL)]
    ranks = [picture(c).rank(12_000_000) for c in contents]

    assert with_reason(members, ranks[0], ranks[1:])[0].reason == "camera original"
    assert with_reason(members[:1], ranks[0], [])[0].reason == "camera original"


def test_a_file_in_a_snapshot_is_kept_for_none_outside() -> None:
    """Its path is the shorter one, and a person has called its folder the reference."""
    snapshot = made_content(1, made_file("/daily/a.jpg"), made_file("/photos/long name.jpg"))
    rule = Rule(
        (KeepRule.SHORTEST_PATH,),
        is_reference=lambda file: file.path.startswith(b"/daily"),
        passes=lambda file: file.path.startswith(b"/daily"),
    )

    assert picture(snapshot, rule=rule).head.path == b"/photos/long name.jpg"
