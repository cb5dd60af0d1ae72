"""YAML with positions: a file becomes plain data, and every part of it can be found again.

Read by libyaml through PyYAML's composer, so that 1,000 files cost a fraction of a second; positions
are looked up only for what turns out to be wrong. Scalars are read by YAML 1.2's core schema where
1.1 surprises: ``1:30``, ``0x1f``, ``1_000`` and ``012`` (10 to some readers, 12 to others) are text, and
the message for a number's field says so; ``yes``, ``no``, ``on`` and ``off`` stay booleans, and the
message for a text field says so.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from golden_images.core.problem import Problem

#: Way above any definition written by people; keeps a stray file from costing memory and time.
MAX_BYTES = 256 * 1024
#: Values after aliases are expanded, which is where an alias bomb shows.
MAX_VALUES = 20_000
MAX_DEPTH = 32
#: libyaml's composer recurses on the C stack and kills the process at some ten thousand levels. A file
#: with fewer openings than this cannot get there; one with more has its depth counted first.
_SAFE_OPENINGS = 3_000

Loc = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_TRUE = frozenset({"yes", "true", "on"})
_TEXT_TAGS = frozenset({f"{_TAG}str", f"{_TAG}timestamp", f"{_TAG}value", f"{_TAG}merge"})


def field_name(loc: Loc) -> str:
    """``("build", "platforms", 0)`` is ``build.platforms[0]``."""
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


class Source:
    """One YAML file. ``data`` is plain data, or None if ``problems`` say that there is none."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.data: dict[str, Any] | None = None
        self._text = ""
        self._root: yaml.Node | None = None
        self._values = 0
        self._parse(content)

    @classmethod
    def read(cls, path: Path) -> Source:
        """Never raises for what the file is; a file that cannot be read is a problem like others."""
        try:
            with path.open("rb") as file:
                return cls(path, file.read(MAX_BYTES + 1))
        except OSError as error:
            source = cls(path, b"unreadable: true")
            source.data = None
            source._text = ""
            source.problems = [source.at(1, 1, f"cannot be read: {error.strerror}")]
            return source

    def at(self, line: int, column: int, message: str, field: str = "", suggestion: str = "") -> Problem:
        lines = self._text.split("\n")
        text = lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""
        return Problem(self.path, line, column, field, message, text, suggestion)

    def problem(self, loc: Loc, message: str, *, key: bool = False, suggestion: str = "") -> Problem:
        """A problem at the value of ``loc`` (or at its key); at the nearest part that exists."""
        line, column = self._locate(loc, key=key)
        return self.at(line, column, message, field_name(loc), suggestion)

    def scalar(self, loc: Loc) -> str | None:
        """The text of a scalar as it was written, without quotes; None for anything else."""
        node = self._node(loc)
        return node.value if isinstance(node, yaml.ScalarNode) else None

    def _parse(self, content: bytes) -> None:
        text = self._decode(content)
        if text is None:
            return
        self._text = text
        try:
            if sum(text.count(opening) for opening in "[{-?") > _SAFE_OPENINGS and self._too_deep(text):
                return
            self._root = yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            self.problems.append(self._syntax(error))
            return
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            self.problems.append(self.at(line, 1, "holds a character that YAML does not allow"))
            return
        if self._root is None:
            self.problems.append(self.at(1, 1, "the file is empty"))
        elif not isinstance(self._root, yaml.MappingNode):
            self.problems.append(self.problem((), f"expected keys and values, found {_kind(self._root)}"))
        else:
            data = self._value(self._root, (), 0)
            self.data = data if isinstance(data, dict) and self._values <= MAX_VALUES else None

    def _too_deep(self, text: str) -> bool:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                mark = event.start_mark
                self.problems.append(self.at(mark.line + 1, mark.column + 1, "nested too deeply"))
                return True
        return False

    def _decode(self, content: bytes) -> str | None:
        if len(content) > MAX_BYTES:
            self.problems.append(self.at(1, 1, f"the file is larger than {MAX_BYTES // 1024} KiB"))
            return None
        if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            message = "begins with a byte order mark; save the file as UTF-8 without one"
            self.problems.append(self.at(1, 1, message))
            return None
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            before = content[: error.start]
            line_start = before.rfind(b"\n") + 1
            self._text = content.decode(errors="replace")
            column = len(before[line_start:].decode()) + 1
            message = f"is not UTF-8: byte 0x{content[error.start]:02x}"
            self.problems.append(self.at(before.count(b"\n") + 1, column, message))
            return None

    def _syntax(self, error: yaml.MarkedYAMLError) -> Problem:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = error.problem or "is no YAML"
        if "but found another document" in message:
            message = "a second document begins here; a file holds one"
        elif "\t" in (before := self.at(line, column, "").source[:column]):
            column = before.index("\t") + 1
            message = "a tab; YAML is indented with spaces"
        return self.at(line, column, message)

    def _value(self, node: yaml.Node, loc: Loc, depth: int) -> Any:
        self._values += 1
        if self._values > MAX_VALUES or depth > MAX_DEPTH:
            if self._values < MAX_VALUES * 2:
                self._values = MAX_VALUES * 2  # said once
                what = "nested too deeply" if depth > MAX_DEPTH else "too many values"
                self.problems.append(self.problem(loc[:1], f"{what} (aliases count where they are used)"))
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, loc)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self._value(child, (*loc, index), depth + 1) for index, child in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, loc, depth)
        self._tagged(node, loc)
        return None

    def _mapping(self, node: yaml.MappingNode, loc: Loc, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key, child in node.value:
            line, column = key.start_mark.line + 1, key.start_mark.column + 1
            if not isinstance(key, yaml.ScalarNode):
                message = f"a key is text, not {_kind(key)}"
                self.problems.append(self.at(line, column, message, field_name(loc)))
            elif key.tag == f"{_TAG}merge":
                message = "merge keys are not supported; write the values out"
                self.problems.append(self.at(line, column, message, field_name((*loc, "<<"))))
            elif key.value in result:
                message = f"duplicate key; the first is in line {first[key.value]}"
                self.problems.append(self.at(line, column, message, field_name((*loc, key.value))))
            else:
                first[key.value] = line
                result[key.value] = self._value(child, (*loc, key.value), depth + 1)
        return result

    def _scalar(self, node: yaml.ScalarNode, loc: Loc) -> Any:
        tag, text = node.tag, node.value
        if tag in _TEXT_TAGS:
            return text
        if tag == f"{_TAG}null":
            return None
        if tag == f"{_TAG}bool":
            return text.lower() in _TRUE
        if tag == f"{_TAG}int":
            return int(text) if _INTEGER.fullmatch(text) else text
        if tag == f"{_TAG}float":
            return float(text) if _FLOAT.fullmatch(text) else text
        self._tagged(node, loc)
        return None

    def _tagged(self, node: yaml.Node, loc: Loc) -> None:
        tag = node.tag.replace(_TAG, "!!")
        self.problems.append(self.problem(loc, f"the tag {tag} is not supported"))

    def _node(self, loc: Loc) -> yaml.Node | None:
        node = self._root
        for part in loc:
            _, node = _child(node, part)
        return node

    def _locate(self, loc: Loc, *, key: bool) -> tuple[int, int]:
        node, found_key = self._root, None
        for part in loc:
            next_key, child = _child(node, part)
            if child is None:
                found_key = None
                break
            node, found_key = child, next_key
        target = found_key if key and found_key is not None else node
        if target is None:
            return 1, 1
        return target.start_mark.line + 1, target.start_mark.column + 1


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The key's and the value's node below ``node``; (None, None) if there is none."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == part:
                return key, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return None, node.value[part]
    return None, None


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "keys and values" if isinstance(node, yaml.MappingNode) else "a single value"
