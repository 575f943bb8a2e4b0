"""Web pages as files: the look that all pages of the project share, and the explorer of the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Final

NODE_NAME: Final = "hivegate"
"""What the node that shows the explorer calls itself."""

EXPLORER_PATH: Final = "/explorer"
"""Where on its port the node shows it."""

LOOK: Final = Path(__file__).parent / "look"
"""Stylesheet, icon and small parts for pages; served by whoever serves a page."""

EXPLORER: Final = Path(__file__).parent / "explorer"
"""The page of ``chain.node.explorer``."""

SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
}
"""Pages load nothing from elsewhere, and nobody frames them."""
