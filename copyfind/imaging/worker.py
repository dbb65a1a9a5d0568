"""The worker process: does what its parent sends until the pipe between them ends.

Messages are pickles, in on stdin and out on stdout: first b"ready", then one answer to each order,
in their order.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import pickle
import signal
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from io import BufferedReader
from queue import SimpleQueue
from threading import Thread
from typing import Any

_THREADS = (  # decoders that would start a thread for each core, in each of our processes
    ("PIL.AvifImagePlugin", "DEFAULT_MAX_THREADS"),
    ("pillow_heif.options", "DECODE_THREADS"),
    ("pillow_jxl.JpegXLImagePlugin", "DECODE_THREADS"),
)


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer to an order whose function raised."""

    reason: str


def main() -> None:
    """Answer orders until the pipe ends; a function that raises is told, not the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    gc.disable()  # until all is imported, which leaves no garbage: a seventh of the time to start
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    silence = os.open(os.devnull, os.O_RDWR)
    os.dup2(silence, 0)
    os.dup2(silence, 1)  # a library that prints must not print into an answer
    for module, name in _THREADS:
        with suppress(ImportError):
            setattr(import_module(module), name, 1)
    from PIL import Image

    from copyfind.imaging.opening import PIXEL_LIMIT

    # Pillow refuses twice this in some formats; our own limit is told in our own words before.
    Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT // 2
    waiting: SimpleQueue[tuple[Any, Any, float]] = SimpleQueue()
    Thread(target=_receive, args=(orders, waiting), daemon=True).start()
    answer: object = b"ready"
    while True:
        pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
        answers.flush()
        function, argument, time_limit = waiting.get()
        if not gc.isenabled():
            gc.freeze()  # what was imported stays, and need not be looked at again
            gc.enable()
        # The parent ends a task in time; this is for when the parent was killed meanwhile. It
        # needs no GIL, as a thread of ours would.
        faulthandler.dump_traceback_later(2 * time_limit + 5, exit=True, file=2)
        try:
            answer = function(argument)
        except BaseException as error:
            if isinstance(error, SystemExit | KeyboardInterrupt):
                raise
            answer = Failed(f"{type(error).__name__}: {error}")
        faulthandler.cancel_dump_traceback_later()


def _receive(orders: BufferedReader, waiting: SimpleQueue[tuple[Any, Any, float]]) -> None:
    """Pass orders on, and end the process, whatever it is at, once the parent is gone."""
    while True:
        try:
            waiting.put(pickle.load(orders))
        except EOFError:
            os._exit(0)
