"""What a timetable of ours needs of the core's: one asset that wakes, its encoding, and keys checked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from airflow.exceptions import InvalidPartitionKeyError
from airflow.serialization.definitions.assets import SerializedAssetAll
from airflow.serialization.encoders import ensure_serialized_asset
from airflow.timetables.simple import AssetTriggeredTimetable


class _Only(SerializedAssetAll):
    """The one asset that wakes. Where an expression over assets is stored, Airflow's UI shows "Asset
    Triggered" in place of the timetable's summary, and nobody sees when a run is due."""

    def as_expression(self) -> None:
        return None


class WokenByOne(AssetTriggeredTimetable):
    """``asset`` wakes the DAG; None: nothing does."""

    def __init__(self, asset: Any) -> None:
        super().__init__(assets=_Only([ensure_serialized_asset(asset)] if asset is not None else []))

    def date_of(self, partition_key: str) -> datetime:
        """Raises ValueError for a key that is wrong."""
        raise NotImplementedError

    def _decode_partition_date(self, partition_key: str) -> datetime | None:
        """Airflow also checks the key of a manual run by this, and answers the text with status 400."""
        try:
            return self.date_of(partition_key)
        except ValueError as error:
            raise InvalidPartitionKeyError(str(error)) from None


def encode_asset(asset: Any) -> Any:
    from airflow.serialization.encoders import encode_asset_like

    return encode_asset_like(asset)


def decode_asset(encoded: Any) -> Any:
    from airflow.serialization.decoders import decode_asset_like

    return decode_asset_like(encoded)
