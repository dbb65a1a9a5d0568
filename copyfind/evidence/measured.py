"""How often proofs are found, and how often they are wrong, as measured on the benchmarks.

Nothing was fitted to the edits; the levels of the decision were chosen on them and on the
lookalikes, so that other collections may give a little less (docs/decisions.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_DEVIATIONS = 1.96  # of a normal distribution, within which 95 % of it lie


@dataclass(frozen=True, slots=True)
class Measured:
    """How many of some pairs something is said of."""

    what: str
    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Within which the share lies with 95 % confidence (Wilson, JASA 1927)."""
        share, z = self.count / self.of, _DEVIATIONS**2 / self.of
        middle = share + z / 2
        reach = _DEVIATIONS * math.sqrt(share * (1 - share) / self.of + z / (4 * self.of))
        low, high = ((middle + side * reach) / (1 + z) for side in (-1, 1))
        return max(low, 0.0), min(high, 1.0)


# The whole of `dupes` on 1,500 pictures with 600 edited copies, and on 701 with lookalikes and
# copies that real programs made.
PROVEN = (
    Measured("light edits, proven", 177, 180),
    Measured("strong edits, proven", 195, 200),
    Measured("stacked edits, proven", 173, 220),
    Measured("light edits, proven or likely", 179, 180),
    Measured("strong edits, proven or likely", 199, 200),
    Measured("stacked edits, proven or likely", 196, 220),
    Measured("of real programs, proven or likely", 162, 164),
    Measured("lookalikes, proven falsely", 6, 2_174),
    Measured("edits, proven falsely", 3, 1_873),
)
