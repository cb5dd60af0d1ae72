"""How bad an advisory says that it is: CVSS vectors, and words."""

from __future__ import annotations

from functools import lru_cache

from golden_images.core.findings import Level, Severity
from golden_images.core.osv.record import Scored

#: Of Debian, Ubuntu, Alpine and GitHub. Debian's ``unimportant``: what it ships cannot be attacked by it.
_WORDS = {
    "unimportant": Level.LOW,
    "negligible": Level.LOW,
    "low": Level.LOW,
    "medium": Level.MEDIUM,
    "moderate": Level.MEDIUM,
    "high": Level.HIGH,
    "important": Level.HIGH,
    "critical": Level.CRITICAL,
}
#: Who speaks, by how the advisory's name begins.
_SOURCES = {
    **dict.fromkeys(("DEBIAN", "DSA", "DLA", "DTSA"), "debian"),
    **dict.fromkeys(("UBUNTU", "USN", "LSN"), "ubuntu"),
    **{"GHSA": "github", "PYSEC": "pypa", "GO": "go", "ALPINE": "alpine", "MAL": "openssf"},
}


def source(advisory: str) -> str:
    first = advisory.partition("-")[0]
    return _SOURCES.get(first, first.lower() or "osv")


def severity(advisory: str, scores: tuple[Scored, ...], words: tuple[str, ...]) -> Severity:
    """The worst that it says; but a distribution's word that it is no matter stands. Unknown if it says
    nothing that can be read."""
    return _severity(source(advisory), scores, words)


@lru_cache(maxsize=1 << 14)
def _severity(source: str, scores: tuple[Scored, ...], words: tuple[str, ...]) -> Severity:
    rated = [one for one in (*map(_scored, scores), *map(_worded, words)) if one is not None]
    if dismissed := [one for one in rated if one[1] == "unimportant"]:
        rated = dismissed
    level, word = max(rated, key=lambda one: list(Level).index(one[0]), default=(Level.UNKNOWN, ""))
    return Severity(level=level, source=source, word=word or next(filter(None, words), ""))


def _worded(word: str) -> tuple[Level, str] | None:
    # Debian puts asterisks behind a word that was not given by hand.
    plain = word.rstrip("*").lower()
    return (_WORDS[plain], plain) if plain in _WORDS else None


def _scored(one: Scored) -> tuple[Level, str] | None:
    if not one.type.startswith("CVSS"):
        return _worded(one.score)
    return _cvss(one.type, one.score)


@lru_cache(maxsize=1 << 14)
def _cvss(kind: str, vector: str) -> tuple[Level, str] | None:
    from cvss import CVSS2, CVSS3, CVSS4
    from cvss.exceptions import CVSSError

    try:
        if kind == "CVSS_V4":
            score = float(CVSS4(vector).base_score)
        else:
            score = float((CVSS2 if kind == "CVSS_V2" else CVSS3)(vector).scores()[0])
    except CVSSError:
        return None
    level = next((level for least, level in _FROM if score >= least), Level.NONE)
    return level, f"{level} {score:.1f} ({kind.replace('_V', ' ')})"


#: CVSS 3.1 (5) and 4.0 (6), "Qualitative Severity Rating Scale".
_FROM = ((9.0, Level.CRITICAL), (7.0, Level.HIGH), (4.0, Level.MEDIUM), (0.1, Level.LOW))
