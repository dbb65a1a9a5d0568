"""Draw what `copyfind dupes` shows of a catalog at 80, 120 and 200 columns, for docs/.

python -m benchmarks.table_pictures CATALOG docs
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console

from copyfind.pipeline.finding import find_copies
from copyfind.report.as_table import Shape, findings_table

_TOP = 6  # clusters


def main(catalog: Path, folder: Path) -> None:
    """Write dupes-80.svg, dupes-120.svg and dupes-200.svg to the folder."""
    findings = find_copies(catalog)
    for width in (80, 120, 200):
        console = Console(record=True, width=width, file=io.StringIO(), highlight=False)
        console.print(findings_table(findings, Shape(top=_TOP)))
        text = console.export_svg(title=f"copyfind dupes --top {_TOP}")
        # Whoever looks at a picture of ours asks nobody for a font.
        text = re.sub(r",\s*url\([^)]*\) format\([^)]*\)", "", text)
        (folder / f"dupes-{width}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
