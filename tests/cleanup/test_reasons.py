"""Whatever the system or a check says, people read a sentence with the path in it."""

from __future__ import annotations

import errno
import os

import pytest

from copyfind.cleanup.reasons import Refused, in_plain_words


def said(number: int, *names: object) -> OSError:
    if len(names) == 2:
        return OSError(number, os.strerror(number), names[0], None, names[1])
    return OSError(number, os.strerror(number), *names)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("is gone"), "is gone"),
        (
            said(errno.EXDEV, b"/a", b"/b"),
            "lies on another volume, or drive of a pool, than the place it should get",
        ),
        (said(errno.EEXIST, b"/a", b"/b"), "there is something already: /b"),
        (said(errno.EEXIST, b"/a"), "there is something already: /a"),
        (said(errno.ENOSPC, b"/a"), "the disk is full"),
        (said(errno.EDQUOT, b"/a"), "the disk is full"),
        (said(errno.EACCES, b"/caf\xe9"), r"no permission (Permission denied): /caf\xe9"),
        (said(errno.EROFS, "/a"), "no permission (Read-only file system): /a"),
        (said(errno.EIO, b"/a\n"), r"Input/output error: /a\n"),
        (said(errno.EIO), "Input/output error: ?"),
        (OSError("strange"), "strange: ?"),
    ],
)
def test_an_error_is_told_with_its_path(error: BaseException, words: str) -> None:
    assert in_plain_words(error) == words
