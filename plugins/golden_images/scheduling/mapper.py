"""From a base's event to a child's partition: the same key, checked."""

from __future__ import annotations

from datetime import datetime

from airflow.partition_mappers.base import PartitionMapper

from golden_images.core.partition import PartitionKey


class BaseVersionMapper(PartitionMapper):
    """Children run for the very version that their base's event names."""

    def to_downstream(self, key: str) -> str | list[str]:
        """Raises ValueError on a malformed key, which Airflow shows in its audit log.

        A nightly key wakes nobody: Airflow gives an event without a key the key of the run that
        emitted it, and a parent's nightly tick names no version of it.
        """
        return key if PartitionKey.parse(key).digest else []

    def to_partition_date(self, downstream_key: str) -> datetime | None:
        return PartitionKey.parse(downstream_key).at
