"""Text in Airflow's pages. Its Markdown runs the lines of a fenced block together (3.3.2), so whatever
has lines is a paragraph of code spans with a break after each."""

from __future__ import annotations

import re


def code(text: str) -> str:
    """One line, as it is: a fence longer than any inside, so that no text ends it. Leading blanks stay."""
    fence = "`"
    while fence in text:
        fence += "`"
    rest = text.lstrip(" ")
    indented = "\N{NO-BREAK SPACE}" * (len(text) - len(rest)) + rest
    pad = " " if rest.startswith("`") or rest.endswith("`") else ""
    return f"{fence}{pad}{indented}{pad}{fence}"


def lines(text: str) -> str:
    """A paragraph, with the lines that ``text`` has; empty ones are left out."""
    return "\\\n".join(code(line) for line in text.splitlines() if line.strip())


def escaped(text: str) -> str:
    """Plain text inside a paragraph or a table's cell: what Markdown or HTML would take is text."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", text)


def link(text: str, address: str) -> str:
    """``text`` alone where there is no address; one of ours, which has no bracket."""
    return f"[{escaped(text)}]({address})" if address else escaped(text)
