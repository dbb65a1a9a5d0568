"""Which of the files met hold what is remembered, told without reading them.

A file is known when nothing about it changed, at its path or at another: a move keeps the number of
a file. The device is not asked for: volumes get another number each time they mount, and a drive
that comes later gets that of the one before. The volume is, where it can be known
(`collection.volumes`). Where the numbers of files do not last, no move is known, and what has the
size and time of another picture is read.
"""

from __future__ import annotations

from copyfind.collection.sqlite_utils_import import Database

_ALIKE = """
INSERT INTO alike SELECT size, mtime_ns FROM (
    SELECT size, mtime_ns, content FROM files
    WHERE content IS NOT NULL AND size IN (SELECT size FROM met WHERE numbered = 0)
    UNION SELECT size, mtime_ns, -1 FROM met
    WHERE numbered = 0 AND path NOT IN (SELECT path FROM files WHERE content IS NOT NULL))
GROUP BY size, mtime_ns HAVING count(*) > 1
"""
_SAME_PATH = """
UPDATE met SET content = (
    SELECT f.content FROM files f
    WHERE f.path = met.path AND f.size = met.size AND f.mtime_ns = met.mtime_ns AND f.doubted = 0
      AND (f.volume = met.volume OR f.volume IS NULL OR met.volume IS NULL)
      AND CASE WHEN met.numbered THEN f.inode = met.inode
          ELSE (met.size, met.mtime_ns) NOT IN (SELECT size, mtime_ns FROM alike) END)
"""
_MOVED = """
UPDATE met SET content = (
    SELECT f.content FROM files f
    WHERE f.inode = met.inode AND f.volume = met.volume AND f.size = met.size
      AND f.mtime_ns = met.mtime_ns AND f.content IS NOT NULL AND f.doubted = 0 LIMIT 1)
WHERE content IS NULL AND numbered AND inode != 0
  AND NOT EXISTS (SELECT 1 FROM files f WHERE f.path = met.path AND f.doubted)
"""


def recognise(db: Database) -> None:
    """Give the files met, in the temporary table of the `intake`, the content that they still
    hold."""
    (unsure,) = db.execute("SELECT EXISTS (SELECT 1 FROM met WHERE numbered = 0)").fetchone()
    if unsure:
        db.execute(_ALIKE)
    db.execute(_SAME_PATH)
    db.execute(_MOVED)
