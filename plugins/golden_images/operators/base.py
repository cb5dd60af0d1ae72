"""What all operators of ours share: errors as text, clean-up of what a killed try left, links."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from golden_images.operators.links import LINKS, EvidenceLink
from golden_images.operators.outcome import RetryWhatMayHelp, errors_as_text
from golden_images.operators.stopped import leave
from golden_images.operators.workspace import workspace

if TYPE_CHECKING:
    from airflow.sdk import Context

    from golden_images.core.organisation import Organisation, Services
    from golden_images.ports import Ports


class ImageOperator(BaseOperator):
    """``image`` is the definition's name, ``project`` the folder that has include/, ``services`` the
    Connections that the image's definition leads to.

    Nothing here touches the network or the disk before :meth:`execute`: a DAG file makes thousands.
    """

    # Not the image: each template field costs every DAG's serialising a reading of Airflow's configuration.
    template_fields: Sequence[str] = ()
    operator_extra_links = LINKS

    def __init__(
        self,
        *,
        image: str,
        project: str,
        services: Services,
        colour: str,
        owns_containers: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(retry_policy=RetryWhatMayHelp(), **kwargs)
        self.image = image
        self.project = project
        self.services = services
        self.ui_color = colour
        #: True where containers run on behalf of the task: they are removed when it is killed, and once
        #: more before the next try, for a kill that left no time.
        self.owns_containers = owns_containers
        #: Addresses of what the task made, by the link's name.
        self.made: dict[str, str] = {}
        self._owner = ""

    def execute(self, context: Context) -> dict[str, str]:
        ti = context["ti"]
        self._owner = f"{ti.dag_id}/{ti.run_id}/{ti.task_id}"
        told = leave(ti, lambda: self.made.get(EvidenceLink.name, ""))
        with workspace(self._owner), errors_as_text(self.log, told):
            organisation = self.organisation()
            ports = self.ports(organisation)
            self._reap(ports)
            return self.work(context, organisation, ports)

    @abstractmethod
    def work(self, context: Context, organisation: Organisation, ports: Ports) -> dict[str, str]:
        """The task itself; what it returns is for people, who find it in Airflow."""

    def on_kill(self) -> None:
        if self._owner:
            with errors_as_text(self.log):
                self._reap(self.ports(self.organisation()))

    def organisation(self) -> Organisation:
        """Read anew in every task: channels of now hold."""
        from golden_images.project import load_organisation

        return load_organisation(Path(self.project))

    def ports(self, organisation: Organisation) -> Ports:
        """Adapters from Airflow's Connections; only a running task may ask."""
        from golden_images.wiring import ports

        return ports(organisation, self.services)

    def say(self, line: str) -> None:
        """One line of progress into the task's log."""
        self.log.info("%s", line)

    def _reap(self, ports: Ports) -> None:
        if not self.owns_containers:
            return
        from golden_images.job import LABEL_OWNER

        for name in ports.engine().reap({LABEL_OWNER: self._owner}):
            self.log.warning("removed container %s, left by an earlier try", name)
