"""What looks alike becomes clusters of files without proof, and never a chain of strangers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from copyfind.grouping.clusters import cluster
from copyfind.records import (
    TIERS,
    Candidates,
    Cluster,
    Content,
    FoundFile,
    Role,
    Tier,
)
from tests.making import CAMERA, NOTHING_ALIKE, PHOTO, made_content, made_file, made_pairs


@dataclass(frozen=True)
class Album:
    """Everything that `cluster` is told."""

    contents: tuple[Content, ...]
    same_pixels: tuple[tuple[int, ...], ...]
    pairs: tuple[tuple[int, int, float], ...]
    tiers: frozenset[Tier]

    def clusters(self) -> tuple[Cluster, ...]:
        return cluster(
            {content.row: content for content in self.contents},
            same_pixels=self.same_pixels,
            alike=made_pairs(*self.pairs),
            tiers=self.tiers,
            mixed=True,
        ).clusters

    def renumbered(self, order: Sequence[int]) -> Album:
        """The same contents in other rows, told in another order."""
        new = dict(zip((content.row for content in self.contents), order, strict=True))
        contents = [replace(content, row=new[content.row]) for content in self.contents]
        return Album(
            tuple(sorted(contents, key=lambda content: content.row)),
            tuple(tuple(sorted(new[i] for i in group)) for group in reversed(self.same_pixels)),
            tuple((new[a], new[b], s) for a, b, s in self.pairs),
            self.tiers,
        )

    def picture(self, content: int) -> int:
        """The id that stands for all contents with these pixels."""
        groups = self.same_pixels if Tier.SAME_PIXELS in self.tiers else ()
        return next((group[0] for group in groups if content in group), content)


FACTS = (PHOTO, CAMERA, replace(PHOTO, width=1000), None)
IDS = range(1, 7)


def _content(number: int, kind: int, inodes: Sequence[int]) -> Content:
    """A content with a file an inode: its 1 is another file than another content's."""
    files = [
        made_file(f"/{'d' * (kind % 3)}{number}{place}.jpg", inode=inode and 10 * number + inode)
        for place, inode in enumerate(inodes)
    ]
    return made_content(number, *files, facts=FACTS[kind])


def _groups(owners: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    groups = [
        tuple(i for i, of in zip(IDS, owners, strict=True) if of == group) for group in (1, 2)
    ]
    return tuple(group for group in groups if len(group) > 1)


ALBUMS = st.builds(
    lambda kinds, inodes, owners, pairs, tiers: Album(
        tuple(map(_content, IDS, kinds, inodes)),
        _groups(owners),
        tuple((a, b, s) for (a, b), s in pairs.items()),
        tiers,
    ),
    kinds=st.tuples(*[st.integers(0, 3)] * len(IDS)),
    inodes=st.tuples(*[st.lists(st.integers(0, 2), max_size=4)] * len(IDS)),
    owners=st.tuples(*[st.integers(0, 2)] * len(IDS)),
    pairs=st.dictionaries(
        st.sampled_from(list(combinations(IDS, 2))),
        st.sampled_from([0.75, 0.8125, 0.875, 1.0]),
        max_size=9,
    ),
    tiers=st.frozensets(st.sampled_from(TIERS), min_size=1),
)
checked = settings(deadline=None)  # time is not what is tested, and machines are shared


@checked
@given(ALBUMS)
def test_a_file_is_in_one_cluster_at_most(album: Album) -> None:
    paths = Counter(m.file.path for c in album.clusters() for m in c.members)

    assert set(paths.values()) <= {1}


@checked
@given(ALBUMS)
def test_a_cluster_has_one_keeper_and_it_comes_first(album: Album) -> None:
    for found in album.clusters():
        assert [m.role is Role.KEEPER for m in found.members].index(True) == 0
        assert sum(m.role is Role.KEEPER for m in found.members) == 1
        assert found.keeper.evidence is None
        assert found.keeper.reason


@checked
@given(ALBUMS)
def test_every_other_member_is_tied_to_another_member(
    album: Album,
) -> None:
    for found in album.clusters():
        paths = {member.file.path for member in found.members}
        for member in found.members[1:]:
            assert member.evidence is not None
            assert member.evidence.to in paths - {member.file.path}


@checked
@given(ALBUMS)
def test_an_unverified_tie_is_a_pair_that_was_found(album: Album) -> None:
    found_pairs = {(*sorted((album.picture(a), album.picture(b))), s) for a, b, s in album.pairs}
    for found in album.clusters():
        content_of = {member.file.path: member.content.row for member in found.members}
        for member in found.members:
            if member.evidence and member.evidence.tier is Tier.UNVERIFIED:
                ends = (member.content.row, content_of[member.evidence.to])
                pair = sorted(album.picture(end) for end in ends)
                assert (*pair, member.evidence.similarity) in found_pairs


@checked
@given(ALBUMS)
def test_no_picture_is_more_than_two_unverified_ties_from_the_keeper(album: Album) -> None:
    for found in album.clusters():
        picture_of = {m.file.path: album.picture(m.content.row) for m in found.members}
        tied = {
            picture_of[m.file.path]: picture_of[m.evidence.to]
            for m in found.members
            if m.evidence and m.evidence.tier is Tier.UNVERIFIED
        }
        keeper = picture_of[found.keeper.file.path]
        for start in picture_of.values():
            first = tied.get(start, keeper)
            assert tied.get(first, keeper) == keeper


@checked
@given(st.data())
def test_order_and_numbers_of_the_input_do_not_change_the_output(data: st.DataObject) -> None:
    album = data.draw(ALBUMS)
    order = data.draw(st.permutations([content.row for content in album.contents]))

    def answer(of: Album) -> list[object]:
        """All but the numbers of the contents."""
        return [
            (
                c.id,
                c.tier,
                c.reclaimable_bytes,
                [(m.file, m.role, m.reason, m.evidence) for m in c.members],
            )
            for c in of.clusters()
        ]

    assert answer(album.renumbered(order)) == answer(album)


@checked
@given(ALBUMS)
def test_only_the_bytes_of_redundant_inodes_count_and_only_once(album: Album) -> None:
    for found in album.clusters():
        gained = {
            (m.file.inode or m.file.path): m.file.size
            for m in found.members
            if m.role is Role.REDUNDANT
        }
        held = {m.file.inode for m in found.members if m.role in (Role.KEEPER, Role.RELATED)}
        assert found.reclaimable_bytes == sum(gained.values())
        assert not (held - {0}) & gained.keys()


@checked
@given(ALBUMS)
def test_a_hard_link_is_told_as_such(album: Album) -> None:
    for found in album.clusters():
        inode_of = {member.file.path: member.file.inode for member in found.members}
        inodes = Counter(m.file.inode for m in found.members if m.role is not Role.LINKED)
        del inodes[0]
        assert set(inodes.values()) <= {1}
        for member in found.members:
            if member.role is Role.LINKED and member.evidence:
                assert inode_of[member.evidence.to] == member.file.inode != 0


@checked
@given(ALBUMS)
def test_a_cluster_has_more_than_hard_links(album: Album) -> None:
    for found in album.clusters():
        assert {m.role for m in found.members} & {Role.REDUNDANT, Role.RELATED}


@checked
@given(ALBUMS)
def test_only_the_tiers_asked_for_tie_pictures(album: Album) -> None:
    for found in album.clusters():
        counted = [m for m in found.members if m.role in (Role.REDUNDANT, Role.RELATED)]
        assert {m.evidence.tier for m in counted if m.evidence} <= album.tiers


@checked
@given(ALBUMS)
def test_a_cluster_says_the_tier_of_its_weakest_tie(album: Album) -> None:
    for found in album.clusters():
        ties = [member.evidence.tier for member in found.members if member.evidence]
        assert found.tier == max(ties, key=TIERS.index)


@checked
@given(ALBUMS)
def test_all_copies_by_bytes_are_in_a_cluster(album: Album) -> None:
    clustered = {m.file.path for c in album.clusters() for m in c.members}
    for content in album.contents:
        apart = {file.inode or file.path for file in content.files}
        if Tier.IDENTICAL in album.tiers and len(apart) > 1:
            assert {file.path for file in content.files} <= clustered


@checked
@given(ALBUMS)
def test_the_cluster_with_most_to_gain_comes_first(album: Album) -> None:
    keys = [(-c.reclaimable_bytes, c.keeper.file.path) for c in album.clusters()]

    assert keys == sorted(keys)


def album(*files: FoundFile, alike: Candidates = NOTHING_ALIKE) -> tuple[Cluster, ...]:
    """Clusters of one content a file."""
    contents = {i: made_content(i, file) for i, file in enumerate(files, start=1)}
    return cluster(contents, same_pixels=(), alike=alike, mixed=True).clusters


def test_a_row_of_which_only_neighbours_are_alike_is_not_one_cluster() -> None:
    row = [made_file(f"/{i}.jpg") for i in range(1, 7)]

    found = album(*row, alike=made_pairs(*((i, i + 1, 0.9) for i in range(1, 6))))

    assert [{m.file.path for m in c.members} for c in found] == [
        {b"/1.jpg", b"/2.jpg", b"/3.jpg"},
        {b"/4.jpg", b"/5.jpg", b"/6.jpg"},
    ]


def test_copies_of_one_original_that_are_not_like_each_other_are_one_cluster() -> None:
    files = [made_file("/original.jpg"), made_file("/crop.jpg"), made_file("/caption.jpg")]

    (found,) = album(*files, alike=made_pairs((1, 2, 0.8), (1, 3, 0.9)))

    assert [member.file.path for member in found.members[1:]] == [b"/original.jpg", b"/caption.jpg"]
    assert found.keeper.file.path == b"/crop.jpg"


def test_links_of_a_copy_that_is_not_asked_for_are_left_out_with_it() -> None:
    contents = {
        1: made_content(1, made_file("/a.jpg")),
        2: made_content(
            2,
            *(made_file("/b"), made_file("/copy", inode=3), made_file("/link", inode=3)),
            facts=replace(PHOTO, format="PNG"),
        ),
    }

    (found,) = cluster(
        contents, same_pixels=[(1, 2)], alike=NOTHING_ALIKE, tiers={Tier.SAME_PIXELS}
    ).clusters

    assert [member.file.path for member in found.members] == [b"/a.jpg", b"/b"]


def test_two_links_of_one_file_are_no_copies() -> None:
    links = made_content(1, made_file("/a.jpg", inode=5), made_file("/b.jpg", inode=5))

    assert cluster({1: links}, same_pixels=(), alike=NOTHING_ALIKE).clusters == ()


def test_files_without_inodes_are_not_taken_for_links() -> None:
    copies = made_content(1, made_file("/a.jpg"), made_file("/b.jpg"))

    (found,) = cluster({1: copies}, same_pixels=(), alike=NOTHING_ALIKE).clusters

    assert [member.role for member in found.members] == [Role.KEEPER, Role.REDUNDANT]


def test_the_same_pixels_in_another_file_are_redundant() -> None:
    contents = {
        1: made_content(1, made_file("/a.jpg", size=900), facts=PHOTO),
        2: made_content(2, made_file("/b.png", size=5000), facts=replace(PHOTO, format="PNG")),
    }

    (found,) = cluster(contents, same_pixels=[(1, 2)], alike=made_pairs((1, 2, 0.99))).clusters

    # Other pixels than a JPEG decodes to make that JPEG: the PNG was made from it.
    assert (found.keeper.file.path, found.keeper.reason) == (b"/a.jpg", "least processed")
    assert found.tier is Tier.SAME_PIXELS
    assert found.reclaimable_bytes == 5000


def test_a_content_whose_files_are_all_gone_ties_nothing() -> None:
    contents = {1: made_content(1), 2: made_content(2, made_file("/b.jpg"))}

    assert cluster(contents, same_pixels=[(1, 2)], alike=made_pairs((1, 2, 0.99))).clusters == ()


def test_the_id_of_a_cluster_depends_on_its_contents_alone() -> None:
    here = made_content(1, made_file("/a.jpg", inode=1), made_file("/b.jpg", inode=2))
    moved = made_content(7, made_file("/x/y.jpg", inode=8), made_file("/z.jpg", inode=9))
    moved = replace(moved, sha256=here.sha256)

    (before,) = cluster({1: here}, same_pixels=(), alike=NOTHING_ALIKE).clusters
    (after,) = cluster({7: moved}, same_pixels=(), alike=NOTHING_ALIKE).clusters
    (other,) = cluster(
        {1: replace(here, sha256=b"\1" * 32)}, same_pixels=(), alike=NOTHING_ALIKE
    ).clusters

    assert before.id == after.id != other.id
