"""Media types stand in one place."""

from __future__ import annotations

from pathlib import Path

from golden_images.core import media

PACKAGE = Path(media.__file__).parents[1]


def test_no_other_module_writes_one_out() -> None:
    types = {value for name, value in vars(media).items() if name.isupper() and isinstance(value, str)}
    again = [
        f"{path.relative_to(PACKAGE)}: {one}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != Path(media.__file__)
        for one in types
        if f'"{one}"' in path.read_text() and one != media.OCTETS
    ]
    assert again == []
