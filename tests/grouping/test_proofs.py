"""Who gathers around which keeper: only what is shown to be made of the same picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from copyfind.grouping.proofs import (
    Edge,
    Graph,
    find_composites,
    homes_of,
    lies_on,
    stars,
)
from copyfind.records import Tier
from copyfind.verdict import Verdict, as_matrix

Ties = Mapping[tuple[int, int], Verdict]  # from the first place to the second


def near(**fields: float) -> Verdict:
    return Verdict(
        Tier.NEAR,
        overlap=(1.0, 1.0),
        matrix=as_matrix(np.eye(3)),
        scale=1.0,
        inliers=int(fields.get("inliers", 50)),
        alike=1.0,
    )


def crop(left: float, right: float, *, how: tuple[str, ...] = ("cropped",)) -> Verdict:
    """The second is what the first shows between left and right, 0 to 1 of its width."""
    share = right - left
    matrix = np.array([[1 / share, 0, -left / share], [0, 1, 0], [0, 0, 1]])
    return Verdict(
        Tier.EDITED,
        how=how,
        overlap=(share, 1.0),
        matrix=as_matrix(matrix),
        scale=1.0,
        inliers=40,
        alike=0.9,
    )


def pasted(left: float, right: float) -> Verdict:
    """The second holds all of the first between left and right of itself, reduced."""
    share = right - left
    matrix = np.array([[share, 0, left], [0, 1, 0], [0, 0, 1]])
    return Verdict(
        Tier.EDITED,
        how=("part of a collage",),
        overlap=(1.0, share),
        matrix=as_matrix(matrix),
        scale=0.5,
        inliers=30,
        alike=0.9,
    )


def graph(ties: Ties) -> Graph:
    found: dict[int, dict[int, Edge]] = {}
    for (a, b), verdict in ties.items():
        found.setdefault(a, {})[b] = Edge(verdict, 0.9)
        found.setdefault(b, {})[a] = Edge(verdict.reversed(), 0.9)
    return found


def gathered(
    ties: Ties,
    *,
    composites: Iterable[int] = (),
    sources: Iterable[int] | None = None,
    series: Iterable[tuple[int, int]] = (),
) -> list[tuple[int, dict[int, int]]]:
    """Keeper, and who joins it through whom; the lower place is the better picture."""
    among, apart = set(sources) if sources is not None else None, set(series)
    found = stars(
        graph(ties),
        set(composites),
        keys=lambda _: lambda place: (place,),
        is_source=lambda place: among is None or place in among,
        are_series=lambda a, b: (min(a, b), max(a, b)) in apart,
    )
    return [(star.keeper, dict(star.via)) for star in found]


def test_a_tie_makes_two_pictures_a_cluster() -> None:
    assert gathered({(0, 1): near()}) == [(0, {1: 0})]


def test_a_copy_of_a_copy_joins_while_it_still_lies_on_the_keeper() -> None:
    assert gathered({(0, 1): crop(0.0, 0.5), (1, 2): crop(0.0, 0.5)}) == [(0, {1: 0, 2: 1})]


def test_frames_of_a_panorama_do_not_chain() -> None:
    """Each shows half of the next; the third shows nothing of the first."""

    def step() -> Verdict:
        shifted = as_matrix(np.array([[1, 0, -0.55], [0, 1, 0], [0, 0, 1.0]]))
        return Verdict(Tier.EDITED, overlap=(0.45, 0.45), matrix=shifted, scale=1.0, inliers=30)

    found = gathered({(0, 1): step(), (1, 2): step(), (2, 3): step()})

    assert [(keeper, sorted(via)) for keeper, via in found] == [(0, [1]), (2, [3])]


def test_another_shot_of_a_member_does_not_join() -> None:
    ties = {(0, 1): near(), (1, 2): near()}

    assert gathered(ties, series=[(0, 2)]) == [(0, {1: 0})]


def test_what_is_near_to_an_edited_member_joins_though_it_looks_like_another_shot() -> None:
    """The keeper was sharpened, this one was blurred, both from the picture between them."""
    ties = {(0, 1): crop(0.0, 1.0), (1, 2): near()}

    assert gathered(ties, series=[(0, 2)]) == [(0, {1: 0, 2: 1})]


def test_a_composite_never_links_and_is_no_keeper_of_what_it_holds() -> None:
    ties = {(1, 5): pasted(0.0, 0.5), (2, 5): pasted(0.5, 1.0)}

    assert find_composites(graph(ties), lambda _: False) == {5}
    assert gathered(ties, composites=[5]) == []


def test_a_picture_that_holds_one_other_is_no_composite() -> None:
    assert find_composites(graph({(1, 5): pasted(0.0, 0.5)}), lambda _: False) == set()


def test_what_came_from_a_camera_is_no_composite() -> None:
    ties = {(1, 5): pasted(0.0, 0.5), (2, 5): pasted(0.5, 1.0)}

    assert find_composites(graph(ties), lambda place: place == 5) == set()


def test_pictures_on_top_of_each_other_make_no_composite() -> None:
    ties = {(1, 5): pasted(0.0, 0.6), (2, 5): pasted(0.1, 0.7)}

    assert find_composites(graph(ties), lambda _: False) == set()


def test_a_composite_is_told_beside_the_picture_it_shows_most_of() -> None:
    ties = {(1, 5): pasted(0.0, 0.3), (2, 5): pasted(0.3, 1.0), (3, 5): pasted(0.0, 0.2)}

    (home,) = homes_of([5], graph(ties), taken=(), barred={5})

    assert (home.place, home.best, home.others) == (5, 2, (1, 3))


def test_a_composite_that_has_a_place_already_is_not_told_again() -> None:
    ties = {(1, 5): pasted(0.0, 0.5)}

    assert homes_of([5], graph(ties), taken={5}, barred=()) == []
    assert homes_of([5], graph(ties), taken=(), barred={1}) == []


def test_copies_of_one_collage_are_a_cluster_of_their_own() -> None:
    assert gathered({(6, 7): near()}, composites=[6, 7]) == [(6, {7: 6})]


def test_the_best_picture_that_shows_all_is_the_keeper_whoever_gathered_them() -> None:
    """A source gathers; a better one that shows all of it becomes the keeper."""
    ties = {(3, 0): near(), (3, 4): crop(0.0, 0.5)}

    (found,) = gathered(ties, sources=[3])

    assert found == (0, {3: 0, 4: 3})


def test_what_was_pasted_onto_a_background_is_told_beside_its_source() -> None:
    """2 is 0 pasted onto 1: tied to both, and more of it is 0."""
    onto = ("pasted into another picture",)
    ties = {
        (0, 2): Verdict(
            Tier.EDITED,
            how=onto,
            overlap=(1.0, 0.6),
            matrix=as_matrix(np.diag([0.6, 1.0, 1.0])),
            scale=0.7,
            alike=0.9,
        ),
        (1, 2): Verdict(
            Tier.EDITED,
            how=("something laid over",),
            overlap=(1.0, 1.0),
            matrix=as_matrix(np.eye(3)),
            scale=1.0,
            alike=0.4,
        ),
    }

    assert gathered(ties, sources=[0, 1]) == [(0, {2: 0})]


def test_stronger_ties_come_first() -> None:
    strong, weak = Edge(near(inliers=80), None), Edge(near(inliers=20), None)
    edited = Edge(crop(0.0, 0.5), None)

    assert strong.strength < weak.strength < edited.strength


@pytest.mark.parametrize(
    ("path", "least", "lies"),
    [
        ([crop(0.0, 0.1)], 0.9, True),
        ([crop(0.0, 0.5), crop(0.0, 0.5)], 0.2, True),
        ([crop(0.0, 0.5), crop(0.0, 0.5).reversed()], 0.4, True),
        ([crop(0.0, 0.5).reversed(), crop(0.6, 1.0)], 0.1, False),
        ([near(), Verdict(Tier.NEAR, overlap=(1.0, 1.0))], 0.1, False),
    ],
)
def test_a_picture_lies_on_another_as_far_as_all_between_let_it(
    path: list[Verdict], least: float, *, lies: bool
) -> None:
    assert lies_on(path, least=least) is lies
