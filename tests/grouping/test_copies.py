"""Verdicts become clusters of copies: everyone proven, nobody twice, no strangers together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copyfind.grouping.clusters import Clustered, Tie, cluster
from copyfind.grouping.keeper import KeepRule
from copyfind.grouping.pictures import Rule
from copyfind.records import PROVEN, TIERS, Cluster, Content, Facts, Member, Role, Tier
from copyfind.verdict import Outside, Verdict, as_matrix
from tests.making import CAMERA, NOTHING_ALIKE, PHOTO, made_content, made_file, made_pairs

Box = tuple[float, float, float, float]  # left, top, right, bottom
WHOLE: Box = (0, 0, 1, 1)


@dataclass(frozen=True)
class Shown:
    """A part of a scene that a picture shows in a part of itself."""

    scene: int
    part: Box = WHOLE
    place: Box = WHOLE


@dataclass(frozen=True)
class Drawn:
    """A picture, by what it shows: of one scene, or of several beside each other."""

    shows: tuple[Shown, ...]
    width: int = 1000


def proof(first: Drawn, second: Drawn) -> Verdict | None:
    """What a perfect look at both would find: the largest area that they share."""
    if first.shows == second.shows:
        eye, scale = as_matrix(np.eye(3)), second.width / first.width
        return Verdict(Tier.NEAR, overlap=(1.0, 1.0), matrix=eye, scale=scale, inliers=90)
    found = [_proof(first, a, second, b) for a in first.shows for b in second.shows]
    proven = [verdict for verdict in found if verdict]
    return max(proven, key=lambda v: max(v.overlap or (0, 0)), default=None)


def _proof(first: Drawn, a: Shown, second: Drawn, b: Shown) -> Verdict | None:
    common = _common(a.part, b.part)
    if a.scene != b.scene or common is None:
        return None
    matrix = _onto(b.part, b.place) @ np.linalg.inv(_onto(a.part, a.place))
    forth = _area(_moved(common, _onto(a.part, a.place)))
    back = _area(_moved(common, _onto(b.part, b.place)))
    if max(forth, back) < 0.1:
        return None
    tier = Tier.NEAR if min(forth, back) > 0.9 else Tier.EDITED
    scale = float(matrix[0, 0]) * second.width / first.width
    differs = [*_around(b.place), *(_moved(box, matrix) for box in _around(a.place))]
    pasted = len(second.shows) > len(first.shows)
    return Verdict(
        tier,
        ("pasted into a bigger picture",) if pasted else ("a",),
        ("pasted into a bigger picture",) if len(first.shows) > len(second.shows) else ("b",),
        (forth, back),
        as_matrix(matrix),
        scale=scale,
        inliers=50,
        boxes=tuple(box for box in (_common(d, WHOLE) for d in differs) if box),
    )


def _onto(part: Box, place: Box) -> np.ndarray:
    """From a scene to a picture that shows a part of it in a place."""
    sx = (place[2] - place[0]) / (part[2] - part[0])
    sy = (place[3] - place[1]) / (part[3] - part[1])
    return np.array(
        [[sx, 0, place[0] - sx * part[0]], [0, sy, place[1] - sy * part[1]], [0, 0, 1.0]]
    )


def _moved(box: Box, matrix: np.ndarray) -> Box:
    x0, y0, _ = matrix @ (box[0], box[1], 1)
    x1, y1, _ = matrix @ (box[2], box[3], 1)
    return (x0, y0, x1, y1)


def _around(place: Box) -> list[Box]:
    """What of a picture lies around a place in it."""
    left, top, right, bottom = place
    strips = [(0, 0, left, 1), (right, 0, 1, 1), (0, 0, 1, top), (0, bottom, 1, 1)]
    return [strip for strip in strips if strip[0] < strip[2] and strip[1] < strip[3]]


def _common(a: Box, b: Box) -> Box | None:
    box = (max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3]))
    return box if box[0] < box[2] - 1e-6 and box[1] < box[3] - 1e-6 else None


def _area(box: Box) -> float:
    return round((box[2] - box[0]) * (box[3] - box[1]), 6)


@dataclass(frozen=True)
class World:
    """Pictures, and which pairs of them were looked at."""

    pictures: tuple[Drawn, ...]
    judged: frozenset[tuple[int, int]]  # places, the lower first
    files: int = 1  # of each content

    def contents(self) -> dict[int, Content]:
        return {
            i: made_content(
                i,
                *(
                    made_file(f"/{i}-{n}.jpg", inode=10 * i + n + 1)
                    for n in range(1 + (i % self.files))
                ),
                facts=Facts(width=picture.width, height=1000, format="JPEG", surplus=()),
            )
            for i, picture in enumerate(self.pictures)
        }

    def ties(self) -> list[Tie]:
        found = [(a, b, proof(self.pictures[a], self.pictures[b])) for a, b in sorted(self.judged)]
        return [Tie((a, b), verdict, 0.5) for a, b, verdict in found if verdict]

    def clustered(self) -> tuple[Cluster, ...]:
        return cluster(
            self.contents(), same_pixels=(), ties=self.ties(), alike=NOTHING_ALIKE
        ).clusters


BOXES: Sequence[Box] = (
    WHOLE,
    (0, 0, 0.5, 1),
    (0.5, 0, 1, 1),
    (0.25, 0.25, 0.75, 0.75),
    (0, 0, 0.4, 0.4),
    (0.6, 0, 1.6, 1),  # goes on where the scene of others ends
)
PLAIN = st.builds(
    lambda scene, part, width: Drawn((Shown(scene, part),), width),
    st.integers(0, 1),
    st.sampled_from(BOXES),
    st.sampled_from([600, 1000, 1500]),
)
COLLAGES = st.builds(
    lambda part, width: Drawn(
        (Shown(0, part, (0, 0, 0.5, 0.5)), Shown(1, part, (0.5, 0.5, 1, 1))), width
    ),
    st.sampled_from(BOXES),
    st.sampled_from([600, 1000]),
)
PAIRS = list(combinations(range(6), 2))
WORLDS = st.builds(
    World,
    st.tuples(*[st.one_of(PLAIN, PLAIN, COLLAGES)] * 6),
    st.frozensets(st.sampled_from(PAIRS)),
    st.integers(1, 2),
)
checked = settings(deadline=None, max_examples=60)


@checked
@given(WORLDS)
def test_no_file_is_in_two_clusters(world: World) -> None:
    paths = Counter(m.file.path for c in world.clustered() for m in c.members)

    assert set(paths.values()) <= {1}


@checked
@given(WORLDS)
def test_every_redundant_file_is_tied_by_proof_to_the_keeper(world: World) -> None:
    proven = {frozenset(t.pair) for t in world.ties()}
    for found in world.clustered():
        by_path = {m.file.path: m for m in found.members}
        for member in found.members:
            steps = 0
            while member.evidence is not None:
                to = by_path[member.evidence.to]
                if member.evidence.tier is not Tier.IDENTICAL:
                    assert frozenset((member.content.row, to.content.row)) in proven
                member, steps = to, steps + 1
                assert steps <= len(found.members)
            assert member.role is Role.KEEPER


@checked
@given(WORLDS)
def test_pictures_of_different_scenes_are_never_together_but_for_collages(world: World) -> None:
    for found in world.clustered():
        plain = [
            world.pictures[m.content.row].shows[0].scene
            for m in found.members
            if len(world.pictures[m.content.row].shows) == 1
        ]
        if len(world.pictures[found.keeper.content.row].shows) == 1:
            assert len(set(plain)) <= 1


@checked
@given(WORLDS, st.data())
def test_the_order_of_the_input_does_not_matter(world: World, data: st.DataObject) -> None:
    contents, ties = world.contents(), world.ties()
    new = dict(enumerate(data.draw(st.permutations(list(contents)))))
    moved = {new[i]: replace(c, row=new[i]) for i, c in contents.items()}
    turned = [Tie((new[t.pair[1]], new[t.pair[0]]), t.verdict.reversed(), 0.5) for t in ties[::-1]]

    def told(answer: Clustered) -> list[object]:
        return [
            (c.id, [(m.file, m.role, m.evidence and m.evidence.to) for m in c.members])
            for c in answer.clusters
        ]

    assert told(
        cluster(dict(sorted(moved.items())), same_pixels=(), ties=turned, alike=NOTHING_ALIKE)
    ) == told(cluster(contents, same_pixels=(), ties=ties, alike=NOTHING_ALIKE))


def of_scene(scene: int, part: Box = WHOLE, width: int = 1000) -> Drawn:
    return Drawn((Shown(scene, part),), width)


def together(*pictures: Drawn) -> list[set[int]]:
    """The clusters that a look at all pairs leads to, by places."""
    world = World(pictures, frozenset(combinations(range(len(pictures)), 2)))
    return [{m.content.row for m in c.members} for c in world.clustered()]


def test_a_collage_does_not_bring_its_pictures_together() -> None:
    collage = Drawn((Shown(0, WHOLE, (0, 0, 0.5, 1)), Shown(1, WHOLE, (0.5, 0, 1, 1))), 1000)
    world = World(
        (of_scene(0, width=4000), of_scene(1, width=4000), collage), frozenset({(0, 2), (1, 2)})
    )

    (found,) = world.clustered()

    assert [m.content.row for m in found.members] == [0, 2]
    member = found.members[1]
    assert member.evidence is not None
    assert member.evidence.tier is Tier.EDITED
    assert [match.to for match in member.matches] == [b"/1-0.jpg"]


def test_copies_of_one_collage_are_a_cluster_of_their_own() -> None:
    shows = (Shown(0, WHOLE, (0, 0, 0.5, 1)), Shown(1, WHOLE, (0.5, 0, 1, 1)))
    big = [of_scene(0, width=4000), of_scene(1, width=4000)]

    assert together(*big, Drawn(shows, 1000), Drawn(shows, 800)) == [{2, 3}]


def test_frames_of_a_panorama_do_not_chain() -> None:
    frames = [of_scene(0, (x, 0, x + 1, 1)) for x in (0, 0.7, 1.4, 2.1)]

    found = together(*frames)

    assert all(len(places) <= 2 for places in found)


def test_a_crop_of_a_crop_is_found_through_the_first() -> None:
    world = World(
        (
            of_scene(0, width=4000),
            of_scene(0, (0, 0, 0.5, 0.5), 2000),
            of_scene(0, (0, 0, 0.2, 0.2), 800),
        ),
        frozenset({(0, 1), (1, 2)}),
    )

    (found,) = world.clustered()

    assert [(m.content.row, m.evidence and m.evidence.to) for m in found.members] == [
        (0, None),
        (1, b"/0-0.jpg"),
        (2, b"/1-0.jpg"),
    ]


EDITED = Verdict(
    Tier.EDITED, ("mirrored",), ("mirrored",), (1.0, 1.0), as_matrix(np.eye(3)), scale=1.0
)
SERIES = Verdict(Tier.SERIES, overlap=(0.9, 0.9), agreement=0.4)


def album(*ties: tuple[int, int, Verdict], **more: object) -> tuple[Cluster, ...]:
    """Clusters of photos tied like this; /1.jpg is the largest, and so on."""
    numbers = sorted({n for a, b, _ in ties for n in (a, b)})
    contents = {
        n: made_content(n, made_file(f"/{n}.jpg"), facts=replace(PHOTO, width=4000 - n))
        for n in numbers
    }
    given = [Tie((a, b), verdict, 0.9) for a, b, verdict in ties]
    return cluster(contents, same_pixels=(), ties=given, alike=NOTHING_ALIKE, **more).clusters  # type: ignore[arg-type] # passed through


def names(found: Cluster) -> list[str]:
    return [m.file.path.decode() for m in found.members]


def test_shots_of_a_series_are_related_and_apart_from_copies() -> None:
    copies, shots = album((1, 2, EDITED), (2, 3, SERIES), (3, 4, SERIES), (1, 3, SERIES))

    assert (names(copies), copies.tier) == (["/1.jpg", "/2.jpg"], Tier.EDITED)
    assert (names(shots), shots.tier) == (["/3.jpg", "/4.jpg"], Tier.SERIES)
    assert shots.members[1].role is Role.RELATED
    assert shots.reclaimable_bytes == 0


def test_another_shot_does_not_join_through_a_copy() -> None:
    (found,) = album((1, 2, EDITED), (2, 3, EDITED), (1, 3, SERIES), tiers=(Tier.EDITED,))

    assert names(found) == ["/1.jpg", "/2.jpg"]


def test_what_lies_under_something_else_is_not_shown_through() -> None:
    """3 was pasted onto 1 to get 2: where it is, 2 does not show 1."""
    onto = replace(EDITED, boxes=((0.3, 0.3, 0.7, 0.7),))
    pasted = replace(
        EDITED,
        matrix=as_matrix(np.array([[0.4, 0, 0.3], [0, 0.4, 0.3], [0, 0, 1]])),
        overlap=(1.0, 0.16),
        scale=0.9,
    )

    (found,) = album((1, 2, onto), (3, 2, pasted))

    assert names(found) == ["/1.jpg", "/2.jpg"]


def test_a_page_stays_with_its_source_and_not_with_another_page_on_one_background() -> None:
    """2 was pasted into 1, onto a background on which something else was pasted in 3."""
    into = replace(
        EDITED,
        how=("pasted into a bigger picture",),
        how_back=("cut out of a bigger picture",),
        matrix=as_matrix(np.array([[0.5, 0, 0.2], [0, 0.5, 0.2], [0, 0, 1]])),
        overlap=(1.0, 0.25),
        scale=0.9,
        alike=0.9,
        adds=(Outside.NOTHING, Outside.PICTURE),
    )
    background = replace(
        EDITED,
        how=("something laid over 25% of it", "caption bar added (5% of the whole)"),
        how_back=("something taken off 25% of it",),
        alike=0.7,
        boxes=((0.2, 0.2, 0.7, 0.7),),
        overlap=(1.0, 0.95),
        adds=(Outside.NOTHING, Outside.PLAIN),
    )

    (found,) = album((2, 1, into), (1, 3, background))

    assert sorted(names(found)) == ["/1.jpg", "/2.jpg"]


def test_series_are_counted_where_they_are_not_listed() -> None:
    contents = {n: made_content(n, made_file(f"/{n}.jpg")) for n in (1, 2, 3, 4)}

    answer = cluster(
        contents,
        same_pixels=(),
        ties=[Tie((1, 2), SERIES)],
        alike=made_pairs((1, 2, 0.9), (3, 4, 0.9)),
        tiers=(Tier.EDITED,),
    )

    assert (answer.clusters, answer.series, answer.unverified) == ((), 2, 2)


def test_all_that_was_done_to_it_is_told_from_the_side_of_the_keeper() -> None:
    made = replace(
        EDITED, how=("150% added around it",), how_back=("cropped to 40%",), overlap=(1.0, 0.4)
    )

    (found,) = album((2, 1, made))

    evidence = found.members[1].evidence
    assert evidence is not None
    assert (evidence.to, evidence.how, evidence.overlap) == (
        b"/1.jpg",
        ("cropped to 40%",),
        (0.4, 1.0),
    )


def kept(framed: Facts, original: Facts, verdict: Verdict) -> str:
    """Which stays: `verdict` tells how the framed one was made from the original."""
    contents = {
        1: made_content(1, made_file("/original.jpg"), facts=original),
        2: made_content(2, made_file("/made.jpg"), facts=framed),
    }
    (found,) = cluster(
        contents, same_pixels=(), ties=[Tie((1, 2), verdict)], alike=NOTHING_ALIKE
    ).clusters
    return found.keeper.file.path.decode()


LARGER = replace(PHOTO, width=4400, height=3300)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (
            LARGER,
            replace(EDITED, overlap=(1.0, 0.83), adds=(Outside.NOTHING, Outside.PLAIN)),
        ),
        (PHOTO, replace(EDITED, how=("something laid over 12% of it",), how_back=())),
        (PHOTO, replace(EDITED, how=("greyscale",), how_back=("colours changed",))),
        (PHOTO, replace(EDITED, how=("blurred",), how_back=("sharpened",))),
        (
            replace(PHOTO, width=3000, height=2200),
            replace(EDITED, overlap=(0.6, 1.0), adds=(Outside.PICTURE, Outside.NOTHING)),
        ),
        (
            replace(PHOTO, width=8000, height=6000),
            replace(EDITED, overlap=(1.0, 0.1), scale=0.5, adds=(Outside.NOTHING, Outside.PICTURE)),
        ),
    ],
    ids=["framed", "covered", "grey", "blurred", "cropped", "pasted"],
)
def test_what_was_made_from_another_member_is_not_kept_instead(
    facts: Facts, verdict: Verdict
) -> None:
    assert kept(facts, PHOTO, verdict) == "/original.jpg"


def in_reference(*folders: bytes) -> Rule:
    return Rule(is_reference=lambda file: file.path.startswith(folders))


def trio(rule: Rule) -> list[Member]:
    """Three copies, the best of them in /a, the worst in /c."""
    contents = {
        n: made_content(n, made_file(f"/{name}/x.jpg"), facts=replace(PHOTO, width=4000 - n))
        for n, name in enumerate("abc", start=1)
    }
    ties = [Tie((1, 2), EDITED), Tie((1, 3), EDITED), Tie((2, 3), EDITED)]
    (found,) = cluster(contents, same_pixels=(), ties=ties, alike=NOTHING_ALIKE, rule=rule).clusters
    return list(found.members)


def test_files_of_a_reference_folder_are_kept_and_the_best_of_them_is_the_keeper() -> None:
    members = trio(in_reference(b"/b/", b"/c/"))

    assert [(m.file.path, m.role) for m in members] == [
        (b"/b/x.jpg", Role.KEEPER),
        (b"/c/x.jpg", Role.REFERENCE),
        (b"/a/x.jpg", Role.REDUNDANT),
    ]
    assert trio(in_reference(b"/c/"))[0].reason == "in a reference folder"


def test_where_all_are_references_nothing_is_redundant() -> None:
    members = trio(in_reference(b"/"))

    assert [m.role for m in members] == [Role.KEEPER, Role.REFERENCE, Role.REFERENCE]


@pytest.mark.parametrize(
    ("rules", "path", "reason"),
    [
        ((), b"/short.jpg", "camera original"),
        ((KeepRule.LARGEST,), b"/long/name.png", "largest"),
        ((KeepRule.FORMAT,), b"/long/name.png", "better format"),
        ((KeepRule.SMALLEST,), b"/short.jpg", "smallest file"),
        ((KeepRule.SHORTEST_PATH,), b"/short.jpg", "shortest path"),
        ((KeepRule.ORIGINAL, KeepRule.LARGEST), b"/short.jpg", "camera original"),
        ((KeepRule.OLDEST,), b"/short.jpg", "captured first"),
        ((KeepRule.METADATA,), b"/short.jpg", "most metadata"),
    ],
)
def test_what_decides_first_may_be_chosen(
    rules: tuple[KeepRule, ...], path: bytes, reason: str
) -> None:
    contents = {
        1: made_content(1, made_file("/short.jpg", size=10), facts=replace(CAMERA, width=3900)),
        2: made_content(2, made_file("/long/name.png"), facts=replace(PHOTO, format="PNG")),
    }

    (found,) = cluster(
        contents,
        same_pixels=(),
        ties=[Tie((1, 2), EDITED)],
        alike=NOTHING_ALIKE,
        rule=Rule(rules),
    ).clusters

    assert (found.keeper.file.path, found.keeper.reason) == (path, reason)


def test_a_tier_that_is_not_asked_for_ties_nothing() -> None:
    assert album((1, 2, EDITED), tiers=(Tier.NEAR,)) == ()
    assert [c.tier for c in album((1, 2, SERIES), tiers=TIERS)] == [Tier.SERIES]


def verdict(tier: Tier, inliers: int = 50) -> Verdict:
    eye = as_matrix(np.eye(3))
    return Verdict(tier, ("cropped",), ("cropped",), (1.0, 1.0), eye, scale=1.0, inliers=inliers)


def tied(
    count: int,
    ties: Sequence[tuple[int, int, Tier]],
    *tiers: Tier,
    twins: Sequence[int] = (),
    closest: tuple[int, int] | None = None,
) -> Clustered:
    """What becomes of pictures with these ties; of `twins` there are two files each, and more
    agrees in the pair that is `closest`."""
    contents = {
        i: made_content(
            i, *(made_file(f"/{i}{n}.jpg") for n in ("", "b")[: 1 + (i in twins)]), facts=PHOTO
        )
        for i in range(count)
    }
    return cluster(
        contents,
        same_pixels=(),
        ties=[
            Tie((a, b), verdict(tier, inliers=90 if (a, b) == closest else 50), 0.5)
            for a, b, tier in ties
        ],
        alike=NOTHING_ALIKE,
        tiers=tiers or TIERS,
    )


def members(found: Cluster) -> list[tuple[int, Role, Tier | None]]:
    return [(m.content.row, m.role, m.evidence.tier if m.evidence else None) for m in found.members]


def test_a_likely_copy_is_told_beside_the_picture_it_is_tied_to() -> None:
    (found,) = tied(3, [(0, 1, Tier.EDITED), (1, 2, Tier.LIKELY)]).clusters

    assert members(found) == [
        (0, Role.KEEPER, None),
        (1, Role.REDUNDANT, Tier.EDITED),
        (2, Role.RELATED, Tier.LIKELY),
    ]
    assert found.members[2].evidence is not None
    assert found.members[2].evidence.to == b"/1.jpg"


def test_a_likely_copy_neither_weakens_its_cluster_nor_adds_to_its_gain() -> None:
    alone = tied(2, [(0, 1, Tier.NEAR)]).clusters[0]
    (found,) = tied(3, [(0, 1, Tier.NEAR), (0, 2, Tier.LIKELY)]).clusters

    assert (found.tier, found.reclaimable_bytes) == (Tier.NEAR, alone.reclaimable_bytes)


def test_likely_copies_alone_are_a_cluster_in_which_nothing_is_redundant() -> None:
    (found,) = tied(2, [(0, 1, Tier.LIKELY)]).clusters

    assert found.tier is Tier.LIKELY
    assert members(found) == [(0, Role.KEEPER, None), (1, Role.RELATED, Tier.LIKELY)]


def test_a_likely_tie_brings_no_two_clusters_together() -> None:
    found = tied(
        4, [(0, 1, Tier.NEAR), (2, 3, Tier.NEAR), (1, 2, Tier.LIKELY), (0, 3, Tier.LIKELY)]
    ).clusters

    assert [{m.content.row for m in one.members} for one in found] == [{0, 1}, {2, 3}]


def test_a_likely_tie_leads_no_further() -> None:
    found = tied(4, [(0, 1, Tier.NEAR), (1, 2, Tier.LIKELY), (2, 3, Tier.LIKELY)]).clusters

    assert [[m.content.row for m in one.members] for one in found] == [[0, 1, 2]]


def test_a_likely_copy_stands_where_it_is_tied_best() -> None:
    """A photo with another one laid over: by the photo, not by a page that shows the other one."""
    ties = [(0, 1, Tier.NEAR), (1, 2, Tier.LIKELY), (2, 3, Tier.LIKELY)]
    found = tied(4, ties, closest=(2, 3)).clusters

    assert [[m.content.row for m in one.members] for one in found] == [[0, 1], [2, 3]]


def test_likely_copies_of_one_cluster_all_stand_beside_it() -> None:
    """However much better they are tied to each other."""
    ties = [(0, 1, Tier.NEAR), (1, 2, Tier.LIKELY), (0, 3, Tier.LIKELY), (2, 3, Tier.LIKELY)]
    found = tied(4, ties, closest=(2, 3)).clusters

    assert [{m.content.row for m in one.members} for one in found] == [{0, 1, 2, 3}]


def test_what_has_copies_of_its_own_stays_with_them() -> None:
    found = tied(3, [(0, 1, Tier.NEAR), (0, 2, Tier.LIKELY)], twins=[2]).clusters

    assert [[m.content.row for m in one.members] for one in found] == [[0, 1], [2, 2]]


def test_likely_copies_are_counted_where_they_are_not_asked_for() -> None:
    ties = [(0, 1, Tier.NEAR), (0, 2, Tier.LIKELY), (3, 4, Tier.LIKELY)]
    found = tied(5, ties, *PROVEN)

    assert [[m.content.row for m in one.members] for one in found.clusters] == [[0, 1]]
    listed = tied(5, ties, Tier.LIKELY).clusters
    assert found.likely == sum(len(one.members) for one in listed) == 4


@pytest.mark.parametrize("tier", [Tier.LIKELY, Tier.SERIES])
def test_what_proof_has_brought_together_is_not_listed_as_less(tier: Tier) -> None:
    ties = [(0, 1, Tier.NEAR), (0, 2, Tier.EDITED), (1, 2, tier), (3, 4, tier)]

    (found,) = tied(5, ties, tier).clusters

    assert {m.content.row for m in found.members} == {3, 4}


def test_what_looks_alike_within_a_proven_cluster_is_not_listed_as_unverified() -> None:
    contents = {i: made_content(i, made_file(f"/{i}.jpg"), facts=PHOTO) for i in range(5)}
    ties = [Tie((0, 1), verdict(Tier.NEAR)), Tie((1, 2), verdict(Tier.NEAR))]

    found = cluster(
        contents,
        same_pixels=(),
        ties=ties,
        alike=made_pairs((0, 2, 1.0), (3, 4, 0.9)),
        tiers=[Tier.UNVERIFIED],
    )

    assert [{m.content.row for m in one.members} for one in found.clusters] == [{3, 4}]
    assert found.unverified == 2


@checked
@given(st.data())
def test_as_many_are_told_as_are_listed(data: st.DataObject) -> None:
    tiers = st.sampled_from([Tier.NEAR, Tier.EDITED, Tier.LIKELY, Tier.SERIES])
    ties = [
        (*pair, tier)
        for pair, tier in data.draw(st.dictionaries(st.sampled_from(PAIRS), tiers)).items()
    ]

    told = tied(6, ties, *PROVEN)

    for tier, number in ((Tier.LIKELY, told.likely), (Tier.SERIES, told.series)):
        assert number == sum(len(one.members) for one in tied(6, ties, tier).clusters)
