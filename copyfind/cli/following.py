"""Who follows a command: its progress and notes are shown, and Ctrl-C asks it to stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from copyfind.cli.console import note, progress
from copyfind.cli.interrupt import graceful_stop
from copyfind.errors import Interrupted, Terminated
from copyfind.watch import Watch


@contextmanager
def following(
    *, kept: str = "everything up to the last finished batch", terminate: bool = False
) -> Iterator[Watch]:
    """Yields what a run is given to be followed by: on stderr, as all commands show it.

    The first Ctrl-C asks the run to stop after its batch; the second stops it at once, and says
    that so much is `kept`. terminate: SIGTERM asks too, and a run it ended is Terminated.
    """
    with (
        progress() as on_progress,
        graceful_stop(terminate=terminate, kept=kept) as should_stop,
    ):
        try:
            yield Watch(on_progress=on_progress, on_note=note, should_stop=should_stop)
        except Interrupted as stopped:
            if should_stop.signal == signal.SIGTERM:
                raise Terminated(str(stopped)) from None
            raise
