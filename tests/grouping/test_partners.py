"""RAW and JPEG, original and edited version: parts of one unit are no copies of each other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.grouping.partners import with_partners
from copyfind.plans import Part, PartKind, Unit
from copyfind.records import Cluster, Role, Tier
from tests.grouping.making import keeper, made_cluster, pairs, tied, told

NEF, JPG = 1, 2  # contents
A_PAIR = pairs(("/a/1.NEF", "/a/1.JPG"))
TWO_PAIRS = A_PAIR | pairs(("/b/1.NEF", "/b/1.JPG"))


def test_the_jpeg_beside_its_raw_is_not_redundant() -> None:
    cluster = made_cluster(
        keeper("/a/1.NEF", NEF),
        tied("/a/1.JPG", JPG, "/a/1.NEF"),
        tied("/small.JPG", 3, "/a/1.NEF"),
    )

    (found,) = with_partners([cluster], A_PAIR)

    assert told(found) == {
        "/a/1.NEF": ("keeper", None, None),
        "/small.JPG": ("redundant", "near /a/1.NEF", None),
        "/a/1.JPG": ("related", "near /a/1.NEF", "RAW+JPEG pair of 1.NEF"),
    }
    assert found.reclaimable_bytes == 1000


AN_EDIT = {
    b"/a/1.jpg": Unit(b"/a/1.jpg", (Part(b"/a/1-edited.jpg", PartKind.EDITED),)),
    b"/a/1-edited.jpg": Unit(b"/a/1-edited.jpg", (Part(b"/a/1.jpg", PartKind.ORIGINAL),)),
}


def test_an_edited_version_is_not_redundant() -> None:
    cluster = made_cluster(
        keeper("/a/1.jpg", 1),
        tied("/a/1-edited.jpg", 2, "/a/1.jpg", Tier.EDITED),
        tied("/small.jpg", 3, "/a/1.jpg"),
    )

    (found,) = with_partners([cluster], AN_EDIT)

    assert told(found)["/a/1-edited.jpg"][::2] == ("related", "edited version of 1.jpg")


@pytest.mark.parametrize("tier", [Tier.NEAR, Tier.SERIES, Tier.UNVERIFIED])
def test_a_unit_of_which_there_is_no_copy_is_no_cluster(tier: Tier) -> None:
    role = Role.REDUNDANT if tier is Tier.NEAR else Role.RELATED
    pair = made_cluster(keeper("/a/1.NEF", NEF), tied("/a/1.JPG", JPG, "/a/1.NEF", tier, role=role))
    edit = made_cluster(
        keeper("/a/1.jpg", JPG), tied("/a/1-edited.jpg", 3, "/a/1.jpg", tier, role=role)
    )

    assert with_partners([pair, edit], A_PAIR | AN_EDIT) == ()


def test_other_names_of_a_units_files_are_no_copies_of_it() -> None:
    alone = made_cluster(
        keeper("/a/1.NEF", NEF),
        tied("/raw", NEF, "/a/1.NEF", Tier.IDENTICAL, role=Role.LINKED),
        tied("/a/1.JPG", JPG, "/a/1.NEF"),
        tied("/jpeg", JPG, "/a/1.JPG", Tier.IDENTICAL, role=Role.LINKED),
    )
    copied = replace(alone, members=(*alone.members, tied("/small.JPG", 3, "/a/1.NEF")))

    (found,) = with_partners([copied], A_PAIR)

    assert with_partners([alone], A_PAIR) == ()
    assert told(found).keys() == told(copied).keys()
    assert told(found)["/jpeg"][:2] == ("linked", "identical /a/1.JPG")


def test_what_else_looks_like_a_unit_is_told_beside_it() -> None:
    cluster = made_cluster(
        keeper("/a/1.NEF", NEF),
        tied("/a/1.JPG", JPG, "/a/1.NEF"),
        tied("/other.JPG", 3, "/a/1.NEF", Tier.UNVERIFIED, role=Role.RELATED),
    )

    (found,) = with_partners([cluster], A_PAIR)

    assert told(found)["/other.JPG"] == ("related", "unverified /a/1.NEF", None)


def test_the_same_bytes_stay_the_same_bytes_beside_a_keeper_of_the_same_pixels() -> None:
    cluster = made_cluster(
        keeper("/a.tif", 1, pixels=b"p"),
        tied("/a.png", 2, "/a.tif", Tier.SAME_PIXELS, pixels=b"p"),
        tied("/b.png", 2, "/a.png", Tier.IDENTICAL, pixels=b"p"),
    )

    (found,) = with_partners([cluster], {})

    assert found == cluster


def test_where_a_whole_unit_is_a_copy_each_half_is_the_copy_of_its_counterpart() -> None:
    cluster = made_cluster(
        keeper("/a/1.NEF", NEF),
        tied("/b/1.NEF", NEF, "/a/1.NEF", Tier.IDENTICAL),
        tied("/a/1.JPG", JPG, "/a/1.NEF"),
        tied("/b/1.JPG", JPG, "/a/1.JPG", Tier.IDENTICAL),
    )

    raws, jpegs = with_partners([cluster], TWO_PAIRS)

    assert told(jpegs) == {
        "/a/1.JPG": ("keeper", None, "RAW+JPEG pair of 1.NEF"),
        "/b/1.JPG": ("redundant", "identical /a/1.JPG", None),
    } or told(raws) == {
        "/a/1.JPG": ("keeper", None, "RAW+JPEG pair of 1.NEF"),
        "/b/1.JPG": ("redundant", "identical /a/1.JPG", None),
    }
    assert {
        p for c in (raws, jpegs) for p, (role, _, _) in told(c).items() if role == "keeper"
    } == {
        "/a/1.NEF",
        "/a/1.JPG",
    }


def test_the_half_that_was_first_of_its_bytes_changes_places_with_the_kept_units() -> None:
    cluster = made_cluster(
        keeper("/a/1.NEF", NEF),
        tied("/b/1.NEF", NEF, "/a/1.NEF", Tier.IDENTICAL),
        tied("/b/1.JPG", JPG, "/a/1.NEF"),
        tied("/a/1.JPG", JPG, "/b/1.JPG", Tier.IDENTICAL),
    )

    found = with_partners([cluster], TWO_PAIRS)

    by_keeper = {c.keeper.file.path: told(c) for c in found}
    assert by_keeper[b"/a/1.JPG"]["/b/1.JPG"] == ("redundant", "identical /a/1.JPG", None)


def test_half_a_unit_that_is_a_copy_stays_with_the_other_half() -> None:
    cluster = made_cluster(
        keeper("/c/1.JPG", JPG), tied("/a/1.JPG", 3, "/c/1.JPG", Tier.SAME_PIXELS)
    )

    (found,) = with_partners([cluster], A_PAIR)

    assert told(found)["/a/1.JPG"] == (
        "related",
        "same-pixels /c/1.JPG",
        "RAW+JPEG pair of 1.NEF, which stays",
    )


def test_of_equal_files_the_one_with_its_raw_is_kept() -> None:
    cluster = made_cluster(
        keeper("/c.JPG", JPG),
        tied("/a/1.JPG", JPG, "/c.JPG", Tier.IDENTICAL),
        tied("/small.JPG", 5, "/c.JPG"),
    )

    (found,) = with_partners([cluster], A_PAIR)

    assert told(found) == {
        "/a/1.JPG": ("keeper", None, "together with 1.NEF"),
        "/c.JPG": ("redundant", "identical /a/1.JPG", None),
        "/small.JPG": ("redundant", "near /a/1.JPG", None),
    }


def test_of_equal_files_the_one_with_its_sidecar_is_kept_unless_the_other_is_a_reference() -> None:
    cluster = made_cluster(keeper("/c.JPG", JPG), tied("/a.JPG", JPG, "/c.JPG", Tier.IDENTICAL))
    units = {b"/a.JPG": Unit(b"/a.JPG", (Part(b"/a.xmp", PartKind.SIDECAR),))}

    (found,) = with_partners([cluster], units)
    (reference,) = with_partners([cluster], units, may_lose=lambda path: path != b"/c.JPG")

    assert told(found)["/a.JPG"] == ("keeper", None, "together with a.xmp")
    assert reference == cluster


def test_halves_in_clusters_of_their_own_are_kept_from_one_folder() -> None:
    jpegs = made_cluster(keeper("/a/1.JPG", JPG), tied("/b/1.JPG", JPG, "/a/1.JPG", Tier.IDENTICAL))
    raws = made_cluster(keeper("/b/1.NEF", NEF), tied("/a/1.NEF", NEF, "/b/1.NEF", Tier.IDENTICAL))

    found = with_partners([jpegs, raws], TWO_PAIRS)

    assert {c.keeper.file.path for c in found} == {b"/a/1.JPG", b"/a/1.NEF"}
    assert sum(c.reclaimable_bytes for c in found) == 2000


def test_a_raw_is_never_redundant_to_a_jpeg() -> None:
    cluster = made_cluster(keeper("/c/1.JPG", JPG), tied("/x/7.NEF", NEF, "/c/1.JPG"))

    (found,) = with_partners([cluster], {})

    assert told(found)["/x/7.NEF"][::2] == ("related", "camera RAW: holds more than 1.JPG")


# Whatever the clusters

NAMES = [f"/{folder}/{n}.{end}" for folder in "ab" for n in "12" for end in ("NEF", "JPG")]
UNITS = pairs(*((f"/{f}/{n}.NEF", f"/{f}/{n}.JPG") for f in "ab" for n in "12"))


@st.composite
def any_clusters(draw: st.DrawFn) -> list[Cluster]:
    """The files in some clusters, tied at random to a member that comes before them."""
    names = draw(st.permutations(NAMES))
    clusters = []
    while names:
        size = draw(st.integers(1, len(names)))
        here, names = names[:size], names[size:]
        if size == 1:
            continue
        members = [keeper(here[0], draw(st.integers(1, 3)))]
        for place, path in enumerate(here[1:], start=1):
            to = members[draw(st.integers(0, place - 1))]
            content = draw(st.integers(1, 8))
            alike = content == to.content.row
            tier = Tier.IDENTICAL if alike else draw(st.sampled_from([Tier.NEAR, Tier.EDITED]))
            members.append(tied(path, content, to.file.path.decode(), tier))
        clusters.append(made_cluster(*members))
    return clusters


@given(any_clusters())
def test_whatever_the_clusters_units_go_whole_or_not_at_all(clusters: list[Cluster]) -> None:
    found = with_partners(clusters, UNITS)

    members = [m for c in found for m in c.members]
    paths = [m.file.path for m in members]
    assert len(paths) == len(set(paths))
    assert set(paths) <= {m.file.path for c in clusters for m in c.members}
    going = {m.file.path for m in members if m.role is Role.REDUNDANT}
    assert all(p.path in going for path in going for p in UNITS[path].partners)
    for c in found:
        assert [m.role for m in c.members].count(Role.KEEPER) == 1
        assert c.keeper is c.members[0]
        here = {m.file.path for m in c.members}
        assert all(m.evidence is not None and m.evidence.to in here for m in c.members[1:])
        for m in c.members:
            if m.role is Role.REDUNDANT and m.file.path.endswith(b"NEF"):
                assert m.evidence is not None
                assert any(
                    o.file.path == m.evidence.to and o.file.path.endswith(b"NEF") for o in c.members
                )


@given(any_clusters())
def test_what_was_settled_stays_settled(clusters: list[Cluster]) -> None:
    once = with_partners(clusters, UNITS)
    going = {m.file.path for c in once for m in c.members if m.role is Role.REDUNDANT}

    again = with_partners(once, UNITS)

    assert {m.file.path for c in again for m in c.members if m.role is Role.REDUNDANT} == going
