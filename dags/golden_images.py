"""Every image definition in include/images becomes an Airflow DAG, ``golden_images.<name>``."""

from golden_images.factory import golden_images_dags

globals().update(golden_images_dags(__file__))
