"""What would be lost with a copy, and what of it the picture that stays can be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copyfind.metadata.known import Metadata
from copyfind.metadata.losses import Loss, LossKind, losses, missing
from tests.metadata.saying import FULL, ZURICH


def test_everything_may_be_lost() -> None:
    assert [str(loss) for loss in losses(Metadata(), FULL)] == [
        "GPS position: 47.37690° N, 8.54170° E",
        "capture date: 2019-07-21T12:00:00",
        "rating: 5",
        "title: Lake",
        "description: At noon",
        "keywords: water, boat",
        "people: Ada",
        "the film of a motion photo",
    ]


def test_what_the_keeper_has_is_not_lost() -> None:
    assert losses(FULL, FULL) == ()
    assert losses(FULL, Metadata()) == ()
    rounded = Metadata(position=(47.3770, 8.5417), captured_at="2019-07-21T12:00:00.25+02:00")
    assert losses(FULL, rounded) == ()
    assert losses(FULL, Metadata(keywords=("Water",), title="At noon")) == ()


def test_what_the_keeper_says_otherwise_is_told() -> None:
    assert losses(FULL, Metadata(rating=3)) == (Loss(LossKind.RATING, "3", "5"),)
    assert str(losses(FULL, Metadata(rating=3))[0]) == "rating: 3 (the keeper says: 5)"


def test_faces_without_names_are_told() -> None:
    assert losses(Metadata(), Metadata(faces=2)) == (Loss(LossKind.FACES, "2 marked", "0"),)


def test_what_is_missing_comes_from_the_first_copy_that_has_it() -> None:
    keeper = Metadata(rating=2, keywords=("boat",))
    first = Metadata(rating=5, title="Lake", keywords=("Boat", "water"))
    second = Metadata(title="Other", position=ZURICH, keywords=("water", "sun"))

    assert missing(keeper, first, second) == Metadata(
        title="Lake", position=ZURICH, keywords=("water", "sun")
    )


words = st.text(min_size=1, max_size=4)
known = st.builds(
    Metadata,
    position=st.none() | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
    captured_at=st.none() | st.sampled_from(["2019-07-21T12:00:00", "2020-01-01T00:00:00"]),
    rating=st.none() | st.integers(1, 5),
    title=st.none() | words,
    description=st.none() | words,
    keywords=st.lists(words, max_size=3).map(tuple),
    people=st.lists(words, max_size=3).map(tuple),
)


@given(known, known)
def test_what_is_missing_is_never_what_the_keeper_says(keeper: Metadata, copy: Metadata) -> None:
    more = missing(keeper, copy)
    for name in ("position", "captured_at", "rating", "title", "description"):
        assert getattr(more, name) is None or getattr(keeper, name) is None
    assert missing(keeper, keeper).is_empty


OBEYED = "\x1b]0;PWNED\x07\x1b[2J\x9b31m\r\n\ud800 \udfff \u202e \u2028 x"


@pytest.mark.parametrize(
    "said",
    [
        Metadata(title=OBEYED),
        Metadata(description=OBEYED),
        Metadata(keywords=(OBEYED,)),
        Metadata(people=(OBEYED,)),
        Metadata(captured_at=OBEYED),
    ],
)
def test_a_loss_is_one_line_that_a_terminal_only_prints(said: Metadata) -> None:
    (loss,) = losses(Metadata(), said)
    instead = Loss(LossKind.TITLE, "a", OBEYED)

    for told in (str(loss), str(instead), str(Loss(LossKind.FILM, OBEYED))):
        assert told.isprintable()
        assert "PWNED" in told
