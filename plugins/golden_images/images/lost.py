"""What a registry does not have any more, and what it has altered, is lost: the same to whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from golden_images.errors import IntegrityError, RegistryError


@contextmanager
def absent_is_lost() -> Iterator[None]:
    """Raises IntegrityError also for what the registry says is not there; one that does not answer still
    raises RegistryError."""
    try:
        yield
    except RegistryError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        raise IntegrityError("the registry has lost it") from None
