"""What people know of files that give no picture."""

from __future__ import annotations

from pathlib import Path

from copyfind.collection.acknowledged import acknowledge, news
from copyfind.collection.catalog import Catalog
from copyfind.collection.database import open_for_reading, open_for_writing
from copyfind.records import Problem, Unreadable


def with_problems(catalog: Path, **problems: Problem) -> None:
    """A catalog in which these files gave no picture."""
    with open_for_writing(catalog, holder="test") as db, db.conn:
        db.execute("DELETE FROM files")
        db.conn.executemany(
            "INSERT INTO files (path, device, inode, size, mtime_ns, state, problem, reason) "
            "VALUES (?, 1, 2, 3, 4, 'error', ?, 'for a reason')",
            [(name.encode(), problem.value) for name, problem in problems.items()],
        )


def fresh(catalog: Path) -> list[Unreadable]:
    with open_for_reading(catalog) as db:
        return news(db, Catalog(db).problems())


def test_what_was_acknowledged_is_no_news(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.sqlite"
    with_problems(catalog, a=Problem.PERMISSION, b=Problem.IO)

    assert [one.path for one in fresh(catalog)] == [b"a", b"b"]
    assert acknowledge(catalog) == 2
    assert fresh(catalog) == []
    assert acknowledge(catalog) == 0


def test_another_problem_of_the_same_file_is_news(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.sqlite"
    with_problems(catalog, a=Problem.PERMISSION)
    acknowledge(catalog)

    with_problems(catalog, a=Problem.IO, b=Problem.PERMISSION)

    assert [one.path for one in fresh(catalog)] == [b"a", b"b"]
    assert acknowledge(catalog) == 2


def test_in_a_catalog_of_before_everything_is_news(tmp_path: Path) -> None:
    catalog = tmp_path / "catalog.sqlite"
    with_problems(catalog, a=Problem.PERMISSION)
    with open_for_writing(catalog, holder="test") as db:
        db.execute("DROP TABLE acknowledged")

    assert len(fresh(catalog)) == 1
