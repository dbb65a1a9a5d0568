"""What others could have written decides nothing, where a volume tells whose a file is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from copyfind.cleanup.files import Files
from copyfind.cleanup.ours import why_not_ours
from copyfind.errors import CleanupError
from tests.cleanup.conftest import Album, pair

pytestmark = pytest.mark.skipif(os.name != "posix", reason="owners and modes of POSIX")


class WithoutModes(Files):
    """A volume such as FAT: whatever is made there, everybody may write to it."""

    def keeps_modes(self, folder: bytes) -> bool:
        del folder
        return False


def by_all(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o002)


def by_a_group(path: Path) -> None:
    path.chmod(path.stat().st_mode | 0o020)


def of_another(path: Path) -> None:
    try:
        os.chown(path, 65534, 65534)
    except OSError:
        pytest.skip("only root gives files away")


def a_link(path: Path) -> None:
    there = path.rename(path.with_name("elsewhere"))
    path.symlink_to(there)


STRANGE = [by_all, by_a_group, of_another, a_link]


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_others_may_have_written_is_not_ours(
    tmp_path: Path, kind: str, strange: Callable[[Path], None]
) -> None:
    path = tmp_path / "x"
    path.mkdir(mode=0o700) if kind == "folder" else path.touch(0o600)
    assert why_not_ours(os.fsencode(path), Files()) is None

    strange(path)

    assert str(path) in str(why_not_ours(os.fsencode(path), Files()))


def test_what_is_not_there_is_nobodys(tmp_path: Path) -> None:
    assert why_not_ours(os.fsencode(tmp_path / "x"), Files()) is None


def test_where_a_volume_has_no_modes_they_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    path.chmod(0o777)

    assert why_not_ours(os.fsencode(path), WithoutModes()) is None


def test_whether_a_volume_keeps_modes_is_tried_and_leaves_nothing(tmp_path: Path) -> None:
    assert Files().keeps_modes(os.fsencode(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("strange", STRANGE)
@pytest.mark.parametrize("what", ["manifest", "its folder", "journal"])
def test_nothing_is_undone_by_what_others_may_have_written(
    album: Album, what: str, strange: Callable[[Path], None]
) -> None:
    album.apply(pair(album).plan())
    (journal,) = album.journals()
    own = Path(os.fsdecode(journal.path))
    manifest = Path(os.fsdecode(journal.manifests()[0]))
    paths = {"manifest": manifest, "its folder": manifest.parent, "journal": own}
    named = own if "journal" in what else manifest
    strange(paths[what])
    before = album.pictures()
    surroundings = album.surroundings()

    with pytest.raises(CleanupError, match=r"others|another user|a link|beside it"):
        surroundings.journals.named(str(named))

    assert album.pictures() == before


@pytest.mark.parametrize("strange", STRANGE)
def test_nothing_is_done_by_a_folder_of_journals_that_is_not_ours(
    album: Album, strange: Callable[[Path], None]
) -> None:
    plan = pair(album).plan()
    album.apply(plan)
    before = album.tree()
    strange(Path(os.fsdecode(album.journals()[0].path)).parent)

    with pytest.raises(CleanupError, match=r"folder of journals"):
        album.apply(plan)

    assert album.tree() == before


def test_a_quarantine_that_others_may_write_to_takes_nothing(album: Album) -> None:
    place = album.top / ".copyfind-quarantine"
    place.mkdir()
    place.chmod(0o777)

    applied = album.apply(pair(album).plan())

    assert [len(applied.done), list(place.iterdir())] == [1, []]
    assert (album.folder / ".copyfind-quarantine").is_dir()
