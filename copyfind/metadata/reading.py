"""What a picture and all that lies beside it say together, or why that is not known."""

from __future__ import annotations

import os
from dataclasses import dataclass

from copyfind.imaging.apart import Ask
from copyfind.imaging.formats import Undecodable
from copyfind.metadata.known import Metadata, read_metadata


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture file (None: it is not to be opened) and the bytes of what lies beside it."""

    picture: bytes | None
    sidecars: tuple[bytes, ...] = ()
    takeout: bytes | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """Why nothing is known of what a file says, in words for people."""

    reason: str


def read_asked(asked: Asked) -> Metadata | Unread:
    """What all of them say, read here and now. A picture that is gone says nothing."""
    if asked.picture is None:
        return read_metadata(None, sidecars=asked.sidecars, takeout=asked.takeout)
    try:
        with open(os.fsdecode(asked.picture), "rb") as stream:
            return read_metadata(stream, sidecars=asked.sidecars, takeout=asked.takeout)
    except OSError as error:
        return Unread(error.strerror or str(error))


def read_with(ask: Ask, asked: Asked) -> Metadata | Unread:
    """What all of them say, or how reading them ended the process that was asked to."""
    said = ask(read_asked, asked)
    return Unread(said.reason) if isinstance(said, Undecodable) else said
