"""File systems that fail, or whose machine dies, at a chosen call."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from typing import Any

from copyfind.cleanup.files import Files

# What changes something. Calls inside of calls count too: a rename in two steps can be cut.
CHANGING = frozenset(
    {
        *("make_folder", "remove_folder", "rename_exclusively", "rename_plainly", "link"),
        *("symlink", "clone", "copy", "write_new", "append", "put_on", "set_time", "unlink"),
        "sync_folder",
    }
)
LOOKING = frozenset(
    {"look", "resolve", "digest", "examine", "compare", "read", "read_link", "dress", "names"}
)


class Crash(BaseException):
    """The process is gone: nothing may catch this and go on."""


class Recording(Files):
    """The real file system, with a hook before and after each call; may lack operations.

    Where the test's volume cannot share blocks, a clone is a copy: that is all one can see of it.
    """

    def __init__(self, *, lacking: frozenset[str] = frozenset()) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._lacking = lacking
        for name in CHANGING | LOOKING | {"rename_by_link"}:
            setattr(self, name, self._wrapped(name, getattr(self, name)))

    def before(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Called before each call."""

    def after(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Called after each call that worked."""

    def _wrapped(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if name in self._lacking:
                raise OSError(errno.ENOTSUP, "not supported", arguments[0])
            self.calls.append((name, arguments))
            self.before(name, arguments)
            result = real(*arguments, **named)
            self.after(name, arguments)
            return result

        return call

    def clone(self, path: bytes, name: bytes) -> None:
        super().copy(path, name)

    @property
    def changes(self) -> int:
        """How many calls changed something."""
        return sum(name in CHANGING for name, _ in self.calls)


class Crashing(Recording):
    """Dies at the n-th changing call: before it, after it, or in the middle of a write."""

    def __init__(self, at: int, how: str = "before", lacking: frozenset[str] = frozenset()) -> None:
        super().__init__(lacking=lacking)
        self._at, self._how = at, how

    def before(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name not in CHANGING or self.changes != self._at:
            return
        if self._how == "torn" and name in ("append", "write_new"):
            descriptor = os.open(arguments[0], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(descriptor, arguments[1][: len(arguments[1]) // 2])
            os.close(descriptor)
            raise Crash
        if self._how == "torn" and name == "copy":
            with open(arguments[1], "xb") as half:
                half.write(b"ha")
            raise Crash
        if self._how != "after":
            raise Crash

    def after(self, name: str, arguments: tuple[Any, ...]) -> None:
        del arguments
        if name in CHANGING and self.changes == self._at and self._how == "after":
            raise Crash


class Failing(Recording):
    """The n-th call of all fails, once; with `after`, when its work is done (as fsync may)."""

    def __init__(
        self,
        at: int,
        *,
        number: int = errno.EIO,
        after: bool = False,
        lacking: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(lacking=lacking)
        self._at, self._number, self._after = at, number, after

    def before(self, name: str, arguments: tuple[Any, ...]) -> None:
        if not self._after and len(self.calls) == self._at:
            self._fail(name, arguments)

    def after(self, name: str, arguments: tuple[Any, ...]) -> None:
        if self._after and len(self.calls) == self._at:
            self._fail(name, arguments)

    def _fail(self, name: str, arguments: tuple[Any, ...]) -> None:
        raise OSError(self._number, f"{os.strerror(self._number)} ({name})", arguments[0])


class Racing(Recording):
    """Somebody does something right before the first call of a name, or the n-th change."""

    def __init__(self, at: str | int, deed: Callable[[], None]) -> None:
        super().__init__()
        self._at, self._deed = at, deed
        self.happened = False

    def before(self, name: str, arguments: tuple[Any, ...]) -> None:
        del arguments
        here = name == self._at or (name in CHANGING and self.changes == self._at)
        if here and not self.happened:
            self.happened = True
            self._deed()
