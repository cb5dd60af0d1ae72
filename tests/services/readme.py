"""README's blocks, and its example of a stage put into a copy of the project."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text()


@dataclass(frozen=True)
class Block:
    language: str
    #: ``file=<path>`` or ``row``, or empty.
    note: str
    text: str

    @property
    def file(self) -> str:
        return self.note.removeprefix("file=") if self.note.startswith("file=") else ""


BLOCKS = [Block(*match) for match in re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", TEXT, re.M | re.S)]


def insert_row(project: Path, row: str) -> None:
    """As the page says: import the stage, the row before ``gate``, its name among the gate's needs."""
    table = project / "plugins/golden_images/pipeline.py"
    text = table.read_text()
    name = re.search(r'"(\w+)"', row)
    assert name is not None
    for pattern, new in (
        (r"(from golden_images\.stages import )(\(?\s*)", rf"\1\2{name[1]}, "),
        (r'(    Stage\(\n        name="gate",\n)', rf"{row}\1"),
        (r'(name="gate",\n(?:.*\n)*?        needs=\()', rf'\1"{name[1]}", '),
    ):
        text, count = re.subn(pattern, new, text, count=1)
        assert count == 1, f"the table has no place that looks like {pattern}"
    table.write_text(text)


def add_stage(project: Path) -> str:
    """The example of "Add a stage" in ``project``; the name of its task."""
    section = TEXT.split("## Add a stage", 1)[1].split("\n## ", 1)[0]
    for block in (block for block in BLOCKS if block.text in section):
        if block.file:
            (project / block.file).write_text(block.text)
        elif block.note == "row":
            insert_row(project, block.text)
    return "size"


def commands(program: str) -> list[str]:
    """What the page's console blocks tell people to type, of one program."""
    return re.findall(rf"^\$ ({program} .*)$", TEXT, re.M)
