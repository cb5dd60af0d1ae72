"""What Airflow loads from golden_images: the timetable and the partition mapper.

The only file of plugins/ that Airflow executes (``.airflowignore``), in every component and in every
task process: whatever is imported here is paid for by each of them. Operators carry their links
themselves, and Airflow keeps a link's address when its task ends, so none is registered here.
"""

from airflow.plugins_manager import AirflowPlugin

from golden_images.scheduling.mapper import BaseVersionMapper
from golden_images.scheduling.timetable import GoldenImageTimetable


class GoldenImagesPlugin(AirflowPlugin):
    name = "golden_images"
    timetables = [GoldenImageTimetable]  # noqa: RUF012 - Airflow's contract
    partition_mappers = [BaseVersionMapper]  # noqa: RUF012
