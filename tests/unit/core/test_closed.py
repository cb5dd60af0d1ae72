from __future__ import annotations

import pytest
from pydantic import ValidationError

from golden_images.core.closed import Closed


class Options(Closed):
    version: str = ""
    size: int = 1


def test_an_unknown_key_is_an_error() -> None:
    with pytest.raises(ValidationError, match="sise"):
        Options.model_validate({"sise": 3})


def test_no_number_becomes_text() -> None:
    """3.10 would become "3.1"."""
    with pytest.raises(ValidationError, match="version"):
        Options.model_validate({"version": 3.10})


def test_nobody_changes_it() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Options().size = 2  # type: ignore[misc]
