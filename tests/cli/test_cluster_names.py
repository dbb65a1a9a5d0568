"""Clusters named on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer import BadParameter

from copyfind.cli.cluster_names import Named, ids_of, is_cluster, named
from copyfind.errors import CatalogError
from tests.making import made_proofs

A, B = "c-00000000000000aa", "c-00000000000000bb"


def test_ids_and_their_beginnings_are_told_from_paths() -> None:
    words = ["c-012", "c-0123456789abcdef", "./c-012/x", "c-xyz", "c-0", "./c-012"]

    assert [is_cluster(word) for word in words] == [True, True, False, False, False, False]
    assert named(words) == Named([Path(word) for word in words[2:]], words[:2])
    assert named(None) == Named([], [])


def test_a_run_is_told_by_its_address() -> None:
    words = ["a.jpg", "s3://out/run", "file:///out/run"]

    assert named(words[:2]) == Named([Path("a.jpg")], [], "s3://out/run")
    assert named(["./s3:/out"]) == Named([Path("s3:/out")], [])
    with pytest.raises(BadParameter, match="one run at a time"):
        named(words)


def test_a_whole_id_is_a_cluster() -> None:
    assert ids_of([A, B], made_proofs()) == frozenset({A, B})
    assert ids_of([], made_proofs()) is None


def test_digits_that_begin_several_ids_are_too_few() -> None:
    with pytest.raises(CatalogError, match="how 2 clusters begin"):
        ids_of(["c-0000"], made_proofs())


def test_a_cluster_that_is_not_there_says_how_to_list_them() -> None:
    with pytest.raises(CatalogError, match="there is no cluster c-fff any more"):
        ids_of(["c-fff"], made_proofs())
