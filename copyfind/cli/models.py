"""copyfind models: the networks that travel with copyfind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from copyfind.cli.console import emit, show
from copyfind.cli.options import DataFormat, FormatOption

if TYPE_CHECKING:  # loaded only to be shown
    from rich.table import Table


def models(output_format: FormatOption = DataFormat.TABLE) -> None:
    """List the bundled models, whose names go with --model, and how often proofs are right."""
    from copyfind.descriptor.weights import DEFAULT_MODEL, bundled_weights, read_weights
    from copyfind.evidence.measured import PROVEN

    found = [read_weights(path) for path in bundled_weights()]
    if output_format is DataFormat.JSON:
        entries = [{**w.card, "id": w.id, "default": w.name == DEFAULT_MODEL} for w in found]
        emit(json.dumps(entries, indent=1) + "\n")
        return
    table = _table("name", "network", "descriptor", "input", "threshold", "licence", "id")
    for w in found:
        table.add_row(
            f"{w.name} (default)" if w.name == DEFAULT_MODEL else w.name,
            w.architecture,
            f"{w.dim}-d",
            f"{w.input_size} px",
            f"{w.default_threshold:.2f}",
            str(w.card.get("licence", "")),
            w.id[:12],
        )
    show(table)
    proofs = _table("copies, as measured", "pairs", "share", "95 % confidence")
    for measured in PROVEN:
        low, high = measured.interval
        proofs.add_row(
            measured.what,
            f"{measured.count:,} of {measured.of:,}",
            _percent(measured.count / measured.of),
            f"{_percent(low)} to {_percent(high)}",
        )
    emit("\n")
    show(proofs)


def _table(*columns: str) -> Table:
    from rich.table import Table

    return Table(*columns, box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %" if share < 0.01 else f"{100 * share:.1f} %"
