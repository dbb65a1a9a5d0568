"""A long result in the user's pager, as `git log` shows it."""

from __future__ import annotations

import os
import shlex
import shutil
from contextlib import suppress


def _pager() -> list[str]:
    """The command line of the pager; none where there is none, or none is wanted (PAGER=cat)."""
    if os.environ.get("TERM") == "dumb":
        return []
    wanted = os.environ.get("PAGER")
    try:
        words = ["less"] if wanted is None else shlex.split(wanted)
    except ValueError:  # a quote that never ends
        return []
    found = bool(words) and words != ["cat"] and shutil.which(words[0]) is not None
    return words if found else []


def in_pager(text: str) -> bool:
    """Show the text in the pager until that is closed; False where there is none.

    As git sets them: `less` ends by itself if all fits, shows colours and leaves the text there.
    """
    import subprocess  # only a terminal waits for it

    words = _pager()
    if not words:
        return False

    settings = {"LESS": "FRX", "LV": "-c"} | os.environ
    try:
        pager = subprocess.Popen(words, stdin=subprocess.PIPE, env=settings)
    except OSError:
        return False
    with suppress(BrokenPipeError), pager:  # closed before its end: enough was seen
        try:
            pager.communicate(text.encode("utf-8", "backslashreplace"))
        except KeyboardInterrupt:  # the pager's to obey
            pager.wait()
    return True
