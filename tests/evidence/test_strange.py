"""Which of two pictures something was put onto, and when that makes them no copies."""

from __future__ import annotations

import pytest
from PIL import Image

from copyfind.evidence.align import align
from copyfind.evidence.residual import compare
from copyfind.evidence.strange import Strange, strange
from copyfind.evidence.verify import Look, verify
from copyfind.records import Tier
from tests.evidence.conftest import LookAt, recompressed

COPY_TIERS = {Tier.NEAR, Tier.EDITED}
Spot = tuple[float, float, float]  # left, top, share of the width


def pasted(background: Image.Image, picture: Image.Image, spot: Spot) -> Image.Image:
    left, top, share = spot
    page = background.copy()
    width = round(share * page.width)
    small = picture.resize((width, round(width * picture.height / picture.width)))
    page.paste(small, (round(left * page.width), round(top * page.height)))
    return page


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    page = Image.new("RGB", (left.width + right.width, left.height))
    page.paste(left, (0, 0))
    page.paste(right.resize((right.width, left.height)), (left.width, 0))
    return page


def seen(first: Look, second: Look) -> Strange:
    alignment = align(first.features, second.features)
    assert alignment is not None
    return strange(compare(first.picture, second.picture, alignment))


def test_what_was_put_onto_a_picture_is_mostly_told_and_never_wrong(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    told, wrong = 0, 0
    names = ("astronaut", "chelsea", "coffee", "temple")
    pairs = [(plain, other) for plain in names for other in names if plain != other]
    for plain, other in pairs:
        changed = recompressed(pasted(photos[plain], photos[other], (0.3, 0.25, 0.45)), 80)
        looks = look_at(photos[plain]), look_at(changed)
        forth, back = seen(*looks), seen(*looks[::-1])
        told += forth.lies_in_second + back.lies_in_first
        wrong += forth.lies_in_first + back.lies_in_second
        assert forth.area > 0.1
    assert wrong == 0
    assert told >= 1.5 * len(pairs)


def test_nothing_is_strange_in_a_copy(photos: dict[str, Image.Image], look_at: LookAt) -> None:
    found = seen(look_at(photos["temple"]), look_at(recompressed(photos["temple"])))
    assert found == Strange(0.0, 0.0, 0.0)


def test_it_is_said_in_which_direction_something_was_laid_over(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    changed = pasted(photos["temple"], photos["chelsea"], (0.3, 0.25, 0.45))
    verdict = verify(look_at(photos["temple"]), look_at(changed))
    assert any(said.startswith("something laid over") for said in verdict.how)
    assert any(said.startswith("something taken off") for said in verdict.how_back)


def test_two_pictures_that_share_a_third_one_are_mostly_no_copies(
    photos: dict[str, Image.Image], look_at: LookAt
) -> None:
    tiers = []
    pairs = [("coffee", "chelsea"), ("temple", "chelsea"), ("flower", "chelsea")]
    for shared, other in [*pairs, ("chelsea", "temple")]:
        with_something_on_it = pasted(photos[shared], photos[other], (0.3, 0.3, 0.6))
        on_a_page = beside(photos["astronaut"], photos[shared])
        tiers.append(verify(look_at(with_something_on_it), look_at(on_a_page)).tier)
    assert sum(tier in COPY_TIERS for tier in tiers) <= 1


@pytest.mark.parametrize(
    "picture",
    [
        "coffee",
        "temple",
        "flower",
    ],
)
def test_a_picture_with_something_on_it_is_a_copy_also_where_it_lies_on_a_page(
    photos: dict[str, Image.Image], look_at: LookAt, picture: str
) -> None:
    changed = pasted(photos[picture], photos["chelsea"], (0.3, 0.3, 0.45))
    on_a_page = beside(photos["astronaut"], changed)
    tier = verify(look_at(photos[picture]), look_at(on_a_page)).tier
    assert tier in COPY_TIERS | {Tier.LIKELY}
