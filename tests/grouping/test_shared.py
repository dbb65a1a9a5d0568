"""Folders whose pictures are in other folders too."""

from __future__ import annotations

from dataclasses import replace

from copyfind.answers import Shared
from copyfind.grouping.shared import count_elsewhere, sharing
from copyfind.records import Cluster, FoundFile, Role, Tier
from tests.grouping.making import keeper, made_cluster, tied

LIBRARY, CARD = b"/home/Photos", b"/mnt/card"


def files(*clusters: Cluster, alone: tuple[str, ...] = ()) -> list[FoundFile]:
    """The files of the clusters, and some that are in none."""
    found = [member.file for cluster in clusters for member in cluster.members]
    return found + [replace(found[0], path=path.encode()) for path in alone]


def pair(number: int, kept: str, copy: str, tier: Tier = Tier.IDENTICAL) -> Cluster:
    content = number if tier is Tier.IDENTICAL else number + 100
    role = Role.REDUNDANT if tier.is_proven else Role.RELATED
    return made_cluster(keeper(kept, number), tied(copy, content, kept, tier, role=role))


def test_a_folder_says_how_much_of_it_is_where() -> None:
    clusters = [
        pair(1, "/home/Photos/2019/1.jpg", "/mnt/card/DCIM/1.jpg"),
        pair(2, "/home/Photos/2019/2.jpg", "/mnt/card/DCIM/2.jpg", Tier.EDITED),
        pair(3, "/home/Photos/2020/3.jpg", "/mnt/card/DCIM/3.jpg"),
    ]

    found = sharing(
        files(*clusters, alone=("/mnt/card/DCIM/4.jpg",)),
        clusters,
        roots=[LIBRARY, CARD],
        against=[LIBRARY],
    )

    assert found.folders == (
        Shared(
            folder=b"/mnt/card/DCIM",
            whole=False,
            files=4,
            identical=2,
            edited=1,
            size=3000,
            other=b"/home/Photos",
            in_other=3,
        ),
    )
    assert found.only_here == (b"/mnt/card/DCIM/4.jpg",)
    assert (found.total.elsewhere, found.total.only_here) == (3, 1)


def test_a_folder_of_which_all_is_elsewhere_is_told_as_a_whole() -> None:
    clusters = [
        pair(1, "/home/Photos/2019/1.jpg", "/mnt/card/a/1.jpg"),
        pair(2, "/home/Photos/2019/2.jpg", "/mnt/card/b/2.jpg"),
    ]

    found = sharing(
        files(*clusters, alone=("/home/Photos/2019/9.jpg",)), clusters, roots=[LIBRARY, CARD]
    )

    assert [(s.folder, s.whole, s.elsewhere, s.files) for s in found.folders] == [
        (b"/mnt/card", True, 2, 2),
        (b"/home/Photos/2019", False, 2, 3),
    ]
    assert [(s.other, s.in_other) for s in found.folders] == [
        (b"/home/Photos/2019", 2),
        (b"/mnt/card", 2),
    ]


def test_of_two_folders_with_copies_of_all_the_one_with_the_same_bytes_is_named() -> None:
    clusters = [
        made_cluster(
            keeper("/home/Photos/2019/1.jpg", 1),
            tied("/mnt/card/1.jpg", 1, "/home/Photos/2019/1.jpg", Tier.IDENTICAL),
            tied("/home/Photos/exports/1.jpg", 2, "/home/Photos/2019/1.jpg", Tier.EDITED),
        )
    ]

    found = sharing(files(*clusters), clusters, roots=[LIBRARY, CARD], against=[LIBRARY])

    assert [(s.other, s.identical) for s in found.folders] == [(b"/home/Photos/2019", 1)]


def test_a_copy_in_the_same_folder_is_not_elsewhere() -> None:
    clusters = [pair(1, "/home/Photos/1.jpg", "/home/Photos/1 (1).jpg")]

    assert sharing(files(*clusters), clusters, roots=[LIBRARY]).folders == ()


def test_a_copy_below_a_folder_is_elsewhere_for_what_lies_in_it_only() -> None:
    clusters = [pair(1, "/home/Photos/1.jpg", "/home/Photos/web/1.jpg", Tier.NEAR)]

    found = sharing(files(*clusters), clusters, roots=[LIBRARY])

    assert {(s.folder, s.whole, s.edited) for s in found.folders} == {
        (b"/home/Photos", False, 1),
        (b"/home/Photos/web", True, 1),
    }


def test_what_is_not_proven_is_no_copy() -> None:
    clusters = [pair(1, "/home/Photos/1.jpg", "/mnt/card/1.jpg", Tier.SERIES)]

    found = sharing(files(*clusters), clusters, roots=[LIBRARY, CARD])

    assert found.folders == ()
    assert found.total.only_here == 2


def test_a_copy_that_stays_because_it_holds_more_is_a_copy() -> None:
    (cluster,) = [pair(1, "/home/Photos/1.jpg", "/mnt/card/1.jpg", Tier.NEAR)]
    kept, copy = cluster.members
    held = replace(copy, role=Role.RELATED, held_back=True)

    found = sharing(
        files(cluster),
        [replace(cluster, members=(kept, held))],
        roots=[LIBRARY, CARD],
        against=[LIBRARY],
    )

    assert found.total.edited == 1


def test_who_stays_with_its_raw_has_copies_elsewhere_all_the_same() -> None:
    pair_of_raw = tied(
        "/mnt/card/DCIM/1.jpg", 1, "/home/Photos/1.jpg", Tier.IDENTICAL, role=Role.RELATED
    )
    clusters = [made_cluster(keeper("/home/Photos/1.jpg", 1), pair_of_raw)]

    found = sharing(files(*clusters), clusters, roots=[LIBRARY, CARD], against=[LIBRARY])

    assert found.only_here == ()
    assert count_elsewhere(clusters, [CARD]) == 1


def test_of_some_folders_alone_may_be_told() -> None:
    clusters = [pair(1, "/home/Photos/a/1.jpg", "/home/Photos/b/1.jpg")]

    found = sharing(files(*clusters), clusters, roots=[LIBRARY], within=[b"/home/Photos/b"])

    assert [shared.folder for shared in found.folders] == [b"/home/Photos/b"]
    assert found.total.files == 1


def test_the_twin_of_an_edited_copy_has_the_same_bytes_elsewhere() -> None:
    cluster = made_cluster(
        keeper("/home/Photos/1.jpg", 1),
        tied("/home/Photos/web/1.jpg", 2, "/home/Photos/1.jpg", Tier.EDITED),
        tied("/mnt/card/1.jpg", 2, "/home/Photos/web/1.jpg", Tier.IDENTICAL),
    )

    found = sharing(files(cluster), [cluster], roots=[LIBRARY, CARD], against=[LIBRARY])

    assert (found.total.identical, found.total.edited) == (1, 0)


def test_files_with_a_copy_outside_of_some_folders_are_counted() -> None:
    clusters = [
        pair(1, "/home/Photos/1.jpg", "/mnt/card/1.jpg"),
        pair(2, "/mnt/card/2.jpg", "/mnt/card/3.jpg"),
        pair(4, "/home/Photos/4.jpg", "/mnt/card/4.jpg", Tier.SERIES),
    ]

    assert count_elsewhere(clusters, [CARD]) == 1
    assert count_elsewhere(clusters, [LIBRARY, CARD]) == 0
    assert count_elsewhere(clusters, [b"/mnt/card/1.jpg"]) == 1
