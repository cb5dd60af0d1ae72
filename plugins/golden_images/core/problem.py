"""One thing that is wrong with a file, at its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from golden_images.core.words import VISIBLE


@dataclass(frozen=True, slots=True)
class Problem:
    """``line`` and ``column`` count from 1, in characters; ``source`` is the text of that line."""

    path: Path
    line: int
    column: int
    #: Dotted path of the value, such as ``base.image`` or ``build.platforms[0]``; empty: the whole file.
    field: str
    message: str
    source: str
    #: What was probably meant; empty if nothing comes near.
    suggestion: str = ""

    def __str__(self) -> str:
        return self.text(self.path)

    def text(self, path: Path) -> str:
        """The problem for people; ``path`` is how the file is to be named (clickable in terminals)."""
        what = f"{self.field}: {self.message}" if self.field else self.message
        lines = [f"{path}:{self.line}:{self.column}: {what}"]
        if self.source.strip():
            before = self.source[: self.column - 1]
            pad = "".join("\t" if character == "\t" else " " for character in before)
            lines += [f"    {self.source}", f"    {pad}^"]
        if self.suggestion:
            lines.append(f"    did you mean {self.suggestion}?")
        return "\n".join(line.translate(VISIBLE) for line in lines)

    def as_json(self, path: Path) -> dict[str, Any]:
        return {
            "path": str(path),
            "line": self.line,
            "column": self.column,
            "field": self.field,
            "message": self.message,
            "source": self.source,
            "suggestion": self.suggestion,
        }


def closest(word: str, known: Iterable[str]) -> str:
    """The known word nearest to ``word`` (difflib, ratio 0.6 and more); empty if none is near."""
    by_lower = {candidate.lower(): candidate for candidate in sorted(known)}
    found = get_close_matches(word.lower(), by_lower, n=1)
    return by_lower[found[0]] if found else ""
