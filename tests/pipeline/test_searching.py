"""Copies of pictures that need not be indexed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from copyfind.answers import Answer, Match
from copyfind.errors import CatalogError
from copyfind.pipeline.indexing import index_folders
from copyfind.pipeline.searching import LOOKED_AT, search_images
from copyfind.records import Tier, Unreadable
from tests.conftest import Album
from tests.embedding import Grid
from tests.photos import photo


@dataclass(frozen=True)
class Question:
    """An indexed album, and a folder beside it for pictures to ask about."""

    album: Album
    folder: Path

    def ask(self, *names: str, k: int = 10, threshold: float | None = None) -> list[object]:
        return list(
            search_images(
                [os.fsencode(self.folder / name) for name in names],
                catalog=self.album.catalog,
                k=k,
                threshold=threshold,
            )
        )

    def matches(self, name: str, k: int = 10, threshold: float | None = None) -> tuple[Match, ...]:
        (answer,) = self.ask(name, k=k, threshold=threshold)
        assert isinstance(answer, Answer)
        return answer.matches


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Question:
    top = tmp_path_factory.mktemp("searched").resolve()
    album = Album(top / "photos", top / "catalog.sqlite")
    album.folder.mkdir()
    for name in ("coffee", "chelsea", "rocket"):
        photo(name).save(album.folder / f"{name}.png")
    photo("coffee").resize((240, 180)).save(album.folder / "coffee small.jpg")
    album.index()
    asked = top / "asked"
    asked.mkdir()
    photo("coffee").save(asked / "same.png")
    photo("coffee").save(asked / "pixels.tif")
    photo("chelsea").crop((60, 50, 300, 230)).save(asked / "crop.jpg")
    photo("astronaut").save(asked / "other.png")
    (asked / "letter.jpg").write_text("Dear all")
    return Question(album, asked)


def names(matches: tuple[Match, ...]) -> list[str]:
    return [Path(os.fsdecode(match.content.files[0].path)).name for match in matches]


def test_the_strongest_tie_comes_first(question: Question) -> None:
    matches = question.matches("same.png")

    assert names(matches)[:2] == ["coffee.png", "coffee small.jpg"]
    assert [match.tier for match in matches][:2] == [Tier.IDENTICAL, Tier.NEAR]
    assert 0.9999 < (matches[0].similarity or 0) <= 1


def test_pixels_are_compared_too(question: Question) -> None:
    assert question.matches("pixels.tif")[0].tier is Tier.SAME_PIXELS


def test_it_is_told_how_the_query_was_made_of_the_content(question: Question) -> None:
    match = question.matches("crop.jpg")[0]

    assert names((match,)) == ["chelsea.png"]
    assert match.tier is Tier.EDITED
    assert match.how[0].startswith("cropped")
    assert match.overlap is not None
    assert match.overlap[1] > match.overlap[0]


def test_what_was_pasted_is_found_among_many_that_are_like_the_whole(tmp_path: Path) -> None:
    """Fifteen and more resemble the page as a whole more than the picture does that lies on it."""
    album = Album(tmp_path / "photos", tmp_path / "catalog.sqlite")
    album.folder.mkdir()
    photo("coffee").save(album.folder / "coffee.png")
    page = photo("astronaut").resize((500, 500))
    for shade in range(LOOKED_AT):
        page.paste((8 * shade, 90, 60), (0, 0, 300, 300))
        page.save(album.folder / f"page {shade}.png")
    page.paste(photo("coffee").resize((300, 300)), (0, 0))
    page.save(tmp_path / "page.jpg")
    index_folders([album.folder], catalog=album.catalog, embedder=Grid(), workers=1)

    (answer,) = search_images(
        [tmp_path / "page.jpg"], catalog=album.catalog, embedder=Grid(), k=LOOKED_AT
    )

    assert isinstance(answer, Answer)
    tiers = {names((match,))[0]: match.tier for match in answer.matches}
    assert tiers["coffee.png"] is Tier.EDITED


def test_what_nothing_ties_is_shown_where_it_is_similar_enough(question: Question) -> None:
    assert question.matches("other.png", threshold=1.0) == ()

    matches = question.matches("other.png", threshold=-1.0)

    assert {match.tier for match in matches} == {Tier.UNVERIFIED}
    similarities = [match.similarity or 0.0 for match in matches]
    assert similarities == sorted(similarities, reverse=True)
    assert all(-1 <= similarity <= 1 for similarity in similarities)


def test_at_most_k_are_told(question: Question) -> None:
    assert len(question.matches("same.png", k=1)) == 1


def test_answers_come_in_the_order_of_the_questions(question: Question) -> None:
    first, problem, last = question.ask("other.png", "letter.jpg", "same.png")

    assert isinstance(first, Answer)
    assert isinstance(problem, Unreadable)
    assert isinstance(last, Answer)
    assert first.query.endswith(b"other.png")
    assert last.query.endswith(b"same.png")


def test_a_model_that_described_nothing_is_named(question: Question) -> None:
    with pytest.raises(CatalogError, match="nothing was indexed with the model 'none'"):
        search_images([], catalog=question.album.catalog, model="none")
