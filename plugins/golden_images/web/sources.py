"""What is asked for an image's page: the organisation, its registry and its catalog."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from golden_images.adapters.registry.client import RegistryClient
from golden_images.core.organisation import Organisation
from golden_images.ports import Catalog, Registry


@dataclass(frozen=True, slots=True)
class Sources:
    """``images`` are those with a definition."""

    organisation: Organisation
    images: frozenset[str]
    registry: Registry
    catalog: Catalog

    def knows(self, image: str) -> bool:
        """Whether it is an image of the project, now or once. Nothing else of the registry is shown."""
        return image in self.images or self.catalog.current(image) is not None

    def close(self) -> None:
        """The registry's connections; a server makes one of these for each request."""
        if isinstance(self.registry, RegistryClient):
            self.registry.close()


def sources() -> Sources:
    """From the project beside Airflow's DAG folder: its organisation's file names the Connections."""
    from airflow.configuration import conf

    from golden_images import wiring
    from golden_images.core.draft import files
    from golden_images.project import IMAGES, load_organisation

    root = Path(conf.get_mandatory_value("core", "dags_folder")).resolve().parent
    organisation = load_organisation(root)
    return Sources(
        organisation,
        frozenset(files(root / IMAGES)),
        wiring.registry(organisation.registry.connection, quick=True),
        wiring.catalog(organisation.catalog.connection),
    )
