"""What Airflow loads from golden_images: the timetable, the partition mapper, the webhook.

The only file of plugins/ that Airflow executes (``.airflowignore``), in every component and in every
task process: whatever is imported here is paid for by each of them. Operators carry their links
themselves, and Airflow keeps a link's address when its task ends, so none is registered here.
"""

from airflow.plugins_manager import AirflowPlugin

from golden_images.scheduling.mapper import BaseVersionMapper
from golden_images.scheduling.timetable import GoldenImageTimetable
from golden_images.web import URL_PREFIX, LazyApp


class GoldenImagesPlugin(AirflowPlugin):
    name = "golden_images"
    timetables = [GoldenImageTimetable]  # noqa: RUF012 - Airflow's contract
    partition_mappers = [BaseVersionMapper]  # noqa: RUF012
    fastapi_apps = [{"app": LazyApp(), "url_prefix": URL_PREFIX, "name": "golden images"}]  # noqa: RUF012
