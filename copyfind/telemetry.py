"""Nothing leaves this machine: what libraries would send is switched off before any is loaded.

ONNX Runtime, from 1.32 on, writes a device id into the user's cache when it is imported, and sends
it to its maker after some ten seconds. What else is named here sends nothing as copyfind uses it;
the names are those under which it would be asked not to.
"""

from __future__ import annotations

import os

_ASKED = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",  # timm loads huggingface_hub
    "RAY_USAGE_STATS_ENABLED": "0",
    "DO_NOT_TRACK": "1",
}


def switch_off() -> None:
    """Ask every library that is loaded from now on, in this process and in those it starts, to send
    nothing."""
    os.environ.update(_ASKED)
