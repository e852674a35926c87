"""What the Explain page shows: its sections keep the rest, each for itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class ExplainState:
    """The id of the open section, empty before the first choice; and whether the address was read."""

    section: str = ""
    link_read: bool = False
