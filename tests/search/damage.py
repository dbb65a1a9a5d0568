"""Ways in which a file of the cache may be damaged."""

from __future__ import annotations

from pathlib import Path

WAYS = ["empty", "cut", "flipped", "text", "folder"]


def damage(path: Path, how: str, *, lost: float = 0.5) -> None:
    """Damage a file, or put a folder in its place; lost: the share that a cut file lacks."""
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    path.unlink()
    if how == "folder":
        path.mkdir()
        return
    cut = whole[: int(len(whole) * (1 - lost))]
    contents = {"empty": b"", "cut": cut, "flipped": bytes(flipped), "text": b"no arrays"}
    path.write_bytes(contents[how])
