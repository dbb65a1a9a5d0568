"""copyfind status: what is indexed, and what could not be read."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Collection, Run


def test_it_says_what_is_indexed_and_where(run: Run, collection: Collection) -> None:
    ran = run("status")

    lines = {line.split()[0]: line for line in ran.out.splitlines()}
    assert ran.code == 0
    assert str(collection.catalog) in lines["catalog"]
    assert str(collection.folder) in lines["folder"]
    assert "lite0-256, 256-d" in lines["model"]
    assert "10 files" in lines["present"]
    assert "7 distinct contents" in lines["present"]
    assert lines["described"].split() == ["described", "6"]
    assert "1 file; see: copyfind status --errors" in lines["skipped"]


def test_errors_are_listed_with_their_reason(run: Run, collection: Collection) -> None:
    ran = run("status", "--errors")

    assert ran.code == 0
    assert str(collection.at("broken.jpg")) in ran.out
    assert "the file ends in the middle of the picture" in ran.out


def test_without_errors_it_says_so(run: Run, album: Collection) -> None:
    album.add("a.png")
    run("index", album.folder)

    assert run("status", "--errors").out == "every file gave a picture\n"


def test_what_has_been_acknowledged_is_no_failure_until_there_is_more(
    run: Run, album: Collection
) -> None:
    album.add("a.png")
    album.at("old.jpg").write_bytes(b"\xff\xd8\xff\xe0 the rest was lost")
    first = run("index", album.folder)
    wrong = run("status", "--acknowledge")

    said = run("status", "--errors", "--acknowledge")
    second = run("index", album.folder)
    album.at("new.jpg").write_bytes(b"")
    third = run("index", album.folder)

    assert (first.code, wrong.code) == (3, 2)
    assert "say so: copyfind status --errors --acknowledge" in first.err
    assert (said.code, said.err) == (0, "acknowledged: 1 file\n")
    assert "old.jpg  " in said.out
    assert "(acknowledged)" in said.out
    assert (second.code, third.code) == (0, 3)
    assert "1 file skipped that was acknowledged" in second.err
    assert str(album.at("new.jpg")) in third.err
    assert "old.jpg" not in third.err
    assert "2 files, 1 of them known to you; see:" in run("status").out
    assert [
        one["acknowledged"] for one in json.loads(run("status", "--format", "json").out)["skipped"]
    ] == [False, True]


def test_json_holds_the_same(run: Run, collection: Collection) -> None:
    document = json.loads(run("status", "--format", "json").out)

    assert document["catalog"] == str(collection.catalog)
    assert document["roots"][0]["path"] == str(collection.folder)
    assert (document["files"], document["contents"], document["described"]) == (10, 7, 6)
    assert document["missing"] == 0
    assert [skipped["path"] for skipped in document["skipped"]] == [
        str(collection.at("broken.jpg"))
    ]


@pytest.mark.usefixtures("collection")
def test_a_catalog_may_be_named(run: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "none.sqlite"

    ran = run("status", "--catalog", other)

    assert ran.code == 1
    assert str(other) in ran.err


@pytest.mark.parametrize(
    "options",
    [("--exclude", "b.png"), ("--exclude", "*b*"), ("--min-size", "1000000000")],
)
def test_what_an_index_left_out_is_not_called_missing(
    run: Run, album: Collection, options: tuple[str, ...]
) -> None:
    album.add("a.png")
    there = album.add("b.png", "chelsea")
    run("index", album.folder)
    run("index", album.folder, *options)

    ran = run("status")
    told = json.loads(run("status", "--format", "json").out)

    assert "missing" not in ran.out
    assert "that the last index excluded" in ran.out
    assert (told["missing"], told["left_out"]) == (0, 2 if options[0] == "--min-size" else 1)

    there.unlink()
    assert json.loads(run("status", "--format", "json").out)["missing"] == 1
    assert "excluded" in run("prune").err or options[0] != "--min-size"


def test_missing_files_are_counted(run: Run, album: Collection) -> None:
    album.add("a.png")
    gone = album.add("b.png", "chelsea")
    run("index", album.folder)
    gone.unlink()
    run("index", album.folder)

    ran = run("status")

    assert "missing" in ran.out
    assert "1 file; see: copyfind prune" in ran.out
