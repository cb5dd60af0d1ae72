"""What people write to explain a run, fit for logs, tables and pages of any kind."""

from __future__ import annotations

import unicodedata

#: Characters of a reason that are kept; the trigger form takes no more.
LIMIT = 500
#: Characters of a person's name.
MAX_ACTOR = 200


def tidy(text: str, limit: int = LIMIT) -> str:
    """``text`` as one line without what is not seen or turns others round (control and format
    characters), cut to ``limit``."""
    seen = (" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text[: 4 * limit])
    shown = "".join(one for one in seen if unicodedata.category(one) not in ("Cf", "Cs"))
    line = " ".join(shown.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
