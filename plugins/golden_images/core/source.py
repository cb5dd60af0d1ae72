"""YAML with positions: a file becomes plain data, and every part of it can be found again.

Read by libyaml through PyYAML's composer, so that 1,000 files cost a fraction of a second; positions
are looked up only for what turns out to be wrong. What a value is: :mod:`golden_images.core.plain`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from golden_images.core.plain import MAX_DEPTH, Fault, Loc, Plain, field_name, kind
from golden_images.core.problem import Problem

#: Way above any definition written by people; keeps a stray file from costing memory and time.
MAX_BYTES = 256 * 1024
#: Making room for the largest file takes longer than reading one of these.
_USUAL = 8 * 1024
#: libyaml's composer recurses on the C stack and kills the process at some ten thousand levels. A file
#: with fewer openings than this cannot get there; one with more has its depth counted first.
_SAFE_OPENINGS = 3_000


class Source:
    """One YAML file. ``data`` is plain data, or None if ``problems`` say that there is none."""

    def __init__(self, path: Path, content: bytes) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.data: dict[str, Any] | None = None
        #: True for a file that was removed after it had been found.
        self.gone = False
        self._text = ""
        self._root: yaml.Node | None = None
        self._parse(content)

    @classmethod
    def read(cls, path: Path) -> Source:
        """Never raises for what the file is; a file that cannot be read is a problem like others."""
        try:
            with path.open("rb") as file:
                content = file.read(_USUAL)
                if len(content) == _USUAL:
                    content += file.read(MAX_BYTES + 1 - _USUAL)
                return cls(path, content)
        except OSError as error:
            source = cls(path, b"unreadable: true")
            source.data = None
            source._text = ""
            source.problems = [source.at(1, 1, f"cannot be read: {error.strerror}")]
            source.gone = isinstance(error, FileNotFoundError) and not path.is_symlink()
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
            self.problems.append(self.problem((), f"expected keys and values, found {kind(self._root)}"))
        else:
            plain = Plain(self._root)
            self.data = plain.data
            self.problems += [self._fault(fault) for fault in plain.faults]

    def _fault(self, fault: Fault) -> Problem:
        if fault.node is None:
            return self.problem(fault.loc, fault.message)
        mark = fault.node.start_mark
        return self.at(mark.line + 1, mark.column + 1, fault.message, field_name(fault.loc))

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
