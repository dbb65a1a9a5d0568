"""Why something is not done, in words for people."""

from __future__ import annotations

import errno

from copyfind.paths import shown


class Refused(Exception):
    """Something must not be done; the message says why."""


def in_plain_words(error: BaseException) -> str:
    """What the system or a check says, for people."""
    if not isinstance(error, OSError):
        return str(error)
    if error.errno == errno.EXDEV:
        return "lies on another volume, or drive of a pool, than the place it should get"
    if error.errno == errno.EEXIST:
        name = error.filename2 or error.filename
        return f"there is something already: {_shown(name)}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission ({error.strerror}): {_shown(error.filename)}"
    return f"{error.strerror or error}: {_shown(error.filename)}"


def _shown(name: object) -> str:
    return shown(name) if isinstance(name, bytes) else str(name or "?")
