"""What Airflow loads from golden_images: the timetable, the partition mapper, the webhook.

The only file of plugins/ that Airflow executes (``.airflowignore``), in every component. A worker
forks its task processes: what is imported here each task has for nothing, and it is what every task
needs. Operators carry their links themselves, and Airflow keeps a link's address when its task ends,
so none is registered here.
"""

from airflow.plugins_manager import AirflowPlugin

import golden_images.adapters.catalog
import golden_images.adapters.registry
import golden_images.factory
import golden_images.stages.resolve
import golden_images.wiring  # noqa: F401 - see above
from golden_images.runs import notes
from golden_images.scheduling.invalid import InvalidTimetable
from golden_images.scheduling.mapper import BaseVersionMapper
from golden_images.scheduling.timetable import GoldenImageTimetable
from golden_images.web import URL_PREFIX, LazyApp


class GoldenImagesPlugin(AirflowPlugin):
    name = "golden_images"
    timetables = [GoldenImageTimetable, InvalidTimetable]  # noqa: RUF012 - Airflow's contract
    partition_mappers = [BaseVersionMapper]  # noqa: RUF012
    listeners = [notes]  # noqa: RUF012
    fastapi_apps = [{"app": LazyApp(), "url_prefix": URL_PREFIX, "name": "golden images"}]  # noqa: RUF012
