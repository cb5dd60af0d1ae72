"""Absent or altered is lost; silent is not."""

from __future__ import annotations

import pytest

from golden_images.errors import IntegrityError, RegistryError
from golden_images.images.lost import absent_is_lost


def test_what_is_not_there_is_lost() -> None:
    with pytest.raises(IntegrityError, match="the registry has lost it"), absent_is_lost():
        raise RegistryError("no such manifest", status=404)


def test_what_is_altered_says_so_itself() -> None:
    with pytest.raises(IntegrityError, match="altered"), absent_is_lost():
        raise IntegrityError("altered")


@pytest.mark.parametrize("status", [0, 401, 500])
def test_a_registry_that_does_not_answer_has_lost_nothing(status: int) -> None:
    with pytest.raises(RegistryError, match="down"), absent_is_lost():
        raise RegistryError("down", status=status)
