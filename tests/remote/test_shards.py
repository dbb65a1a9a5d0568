"""Where shards begin, and what their names tell."""

from __future__ import annotations

from dataclasses import replace

from copyfind.remote.rows import Listed
from copyfind.remote.shards import Cells, Objects, Shard, cut, of_cells, of_tar, what_is_left
from tests.remote.test_rows import MADE_BY

FOUND = [Listed(f"s3://bucket/{n:05d}.jpg", 1000, f'"{n}"') for n in range(5000)]


def of(found: list[Listed]) -> list[Shard]:
    return list(cut(found, MADE_BY, mean=40))


def lengths(shards: list[Shard]) -> list[int]:
    return [len(one.work.listed) for one in shards if isinstance(one.work, Objects)]


def test_every_object_is_in_one_shard_and_few_shards_are_small_or_large() -> None:
    shards = of(FOUND)

    assert [one for s in shards if isinstance(s.work, Objects) for one in s.work.listed] == FOUND
    assert 60 < len(shards) < 150
    assert max(lengths(shards)) <= 120
    assert min(lengths(shards)[:-1]) >= 10
    assert len({one.name for one in shards}) == len(shards)


def test_the_same_input_has_the_same_names_whatever_describes_it_has_a_say() -> None:
    names = [one.name for one in of(FOUND)]

    assert [one.name for one in of(FOUND)] == names
    for other in (replace(MADE_BY, model="x"), replace(MADE_BY, decoder="3")):
        assert {one.name for one in cut(FOUND, other, mean=40)}.isdisjoint(names)


def test_what_comes_goes_or_is_replaced_changes_its_own_shard_alone() -> None:
    before = {one.name for one in of(FOUND)}
    replaced = [*FOUND[:2500], replace(FOUND[2500], etag='"new"'), *FOUND[2501:]]
    first = [Listed("s3://bucket/!.jpg", 1, '"!"'), *FOUND]

    assert len({one.name for one in of(replaced)} - before) == 1
    assert len({one.name for one in of(FOUND[:2500] + FOUND[2501:])} - before) <= 2
    assert len({one.name for one in of(first)} - before) <= 3


def test_a_shard_takes_over_from_the_last_at_its_place() -> None:
    shards = of(FOUND)
    replaced = of([*FOUND[:2500], replace(FOUND[2500], etag='"new"'), *FOUND[2501:]])
    there = {one.name: n for n, one in enumerate(shards)}
    newer = replace(shards[0].name, content="e" * 32)

    left = [shard for shard, is_there in what_is_left(replaced, there) if not is_there]
    (again,) = [s for s, is_there in what_is_left(shards[:1], {newer: 9}) if not is_there]

    assert len(left) == 1
    assert left[0].before in there
    assert left[0].before is not None
    assert left[0].before.place == left[0].name.place
    assert again.before == newer


def test_a_shard_with_rows_to_try_again_is_left_to_do() -> None:
    (shard,) = of(FOUND[:5])
    again = replace(shard.name, again=True)

    assert list(what_is_left([shard], {again: 1})) == [(replace(shard, before=again), False)]
    assert [there for _, there in what_is_left([shard], {again: 1, shard.name: 2})] == [True]


def test_signatures_travel_with_their_shard_and_are_not_in_its_name() -> None:
    signed = {FOUND[0].uri: FOUND[0].uri + "?signature=1"}
    plain = of(FOUND[:3])

    (shard,) = cut(FOUND[:3], MADE_BY, mean=40, signed=signed)

    assert isinstance(shard.work, Objects)
    assert dict(shard.work.addresses) == {FOUND[0].uri: FOUND[0].uri + "?signature=1"}
    assert shard.name == plain[0].name
    assert signed == {}


def test_tars_and_row_groups_have_names_of_their_own() -> None:
    tar = Listed("s3://bucket/0.tar", 10, '"a"')
    cells = [Cells(tar, "image", group, group * 100) for group in range(3)]

    assert of_tar(tar, MADE_BY) == of_tar(tar, MADE_BY)
    assert of_tar(tar, MADE_BY).name != of_tar(replace(tar, etag='"b"'), MADE_BY).name
    assert len({of_cells(one, MADE_BY).name for one in cells}) == 3
