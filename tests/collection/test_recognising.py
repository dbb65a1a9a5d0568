"""What is told without reading is tested in `test_intake`, run by run; here, what it costs."""

from __future__ import annotations

import time
from pathlib import Path

from copyfind.collection.database import open_for_writing
from copyfind.collection.intake import Intake
from copyfind.collection.volumes import Volume
from copyfind.records import FoundFile
from tests.collection.test_intake import remember

ALIKE = 20_000


def test_many_files_of_one_size_cost_no_more_each(tmp_path: Path) -> None:
    """Scans of one size, on a volume whose numbers do not last."""
    with open_for_writing(tmp_path / "catalog.sqlite", holder="test") as db:
        db.execute(
            "INSERT INTO contents (sha256, size, settled, decoder) VALUES (x'00', 1, 1, '1')"
        )
        db.conn.executemany(
            "INSERT INTO files (path, device, inode, size, mtime_ns, content, state) "
            "VALUES (?, 1, ?, 1, ?, 1, 'present')",
            [(b"/%d.png" % n, n, n) for n in range(ALIKE)],
        )
        db.conn.commit()
        intake = Intake(db, model=remember(db, "tiny"), decoder="1")
        files = [FoundFile(b"/%d.png" % n, 2, n + 7, 1, n) for n in range(ALIKE)]
        intake.meet(files, volumes={2: Volume(b"/", "exfat")})

        started = time.process_time()
        workload = intake.plan()

        assert workload.met == ALIKE
        assert time.process_time() - started < 5
