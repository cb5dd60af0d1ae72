"""A small client of Airflow's REST API (Airflow 3, ``/api/v2``)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

#: States in which a DAG run has ended.
FINISHED = ("success", "failed")
_TRIES = 4


class NoAnswer(Exception):
    """The API server did not answer, or not as it should; ``status`` is 0 without an answer."""

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class Airflow:
    def __init__(self, url: str, user: str, password: str) -> None:
        self.url = url
        self._login = {"username": user, "password": password}
        self._token = ""
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def close(self) -> None:
        self._http.close()

    def health(self) -> dict[str, str]:
        """Status by component: metadatabase, scheduler, triggerer, dag_processor."""
        answer = self._send("GET", "/api/v2/monitor/health", tries=1, authorized=False)
        return {name: str(part.get("status")) for name, part in answer.items() if isinstance(part, dict)}

    def token(self) -> str:
        answer = self._send("POST", "/auth/token", json=self._login, authorized=False)
        return str(answer["access_token"])

    def dags(self) -> dict[str, dict[str, Any]]:
        """Every DAG by id."""
        return {dag["dag_id"]: dag for dag in self._pages("/api/v2/dags", "dags", {})}

    def import_errors(self) -> list[dict[str, Any]]:
        return self._pages("/api/v2/importErrors", "import_errors", {})

    def trigger(
        self, dag_id: str, conf: Mapping[str, Any] | None = None, partition_key: str | None = None
    ) -> str:
        """The new run's id. Not repeated without an answer: a second run could be the result."""
        body: dict[str, Any] = {"logical_date": None, "conf": dict(conf or {})}
        if partition_key is not None:
            body["partition_key"] = partition_key
        return str(self._send("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body, tries=1)["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        return self._send("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")

    def runs(self, dag_id: str, states: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Newest first, the latest fifty."""
        query: dict[str, Any] = {"order_by": "-id", "limit": 50}
        if states:
            query["state"] = list(states)
        runs = self._send("GET", f"/api/v2/dags/{dag_id}/dagRuns", params=query)["dag_runs"]
        return list(runs)

    def wait(self, dag_id: str, run_id: str, timeout: float = 600) -> dict[str, Any]:
        """The finished run. Raises TimeoutError naming what its tasks are doing."""
        deadline = time.monotonic() + timeout
        while True:
            run = self.run(dag_id, run_id)
            if run["state"] in FINISHED:
                return run
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"{dag_id} {run_id} is {run['state']} after {timeout:.0f} s: "
                    f"{self.task_states(dag_id, run_id)}"
                )
            time.sleep(0.5)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self._pages(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances", "task_instances", {})

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """State by task id; ``none`` for one that waits."""
        return {task["task_id"]: task["state"] or "none" for task in self.tasks(dag_id, run_id)}

    def task_log(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> list[str]:
        """The lines of one try, as people read them."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        answer = self._send(
            "GET", path, params={"full_content": "true"}, headers={"Accept": "application/json"}
        )
        return [_line(entry) for entry in answer.get("content", [])]

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self._send("GET", path, params={"deserialize": "true"})["value"]

    def pause(self, dag_id: str, *, paused: bool = True) -> None:
        self._send("PATCH", f"/api/v2/dags/{dag_id}", json={"is_paused": paused})

    def pool(self, name: str, slots: int, description: str) -> None:
        """Makes the pool if there is none; one that exists keeps the slots somebody gave it."""
        body = {"name": name, "slots": slots, "description": description}
        self._send("POST", "/api/v2/pools", json=body, accept=(409,))

    def _pages(self, path: str, key: str, query: Mapping[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._send("GET", path, params={**query, "limit": 100, "offset": len(found)})
            found += page[key]
            if not page[key] or len(found) >= page["total_entries"]:
                return found

    def _send(
        self,
        method: str,
        path: str,
        *,
        tries: int = _TRIES,
        authorized: bool = True,
        accept: Sequence[int] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Bounded retries for no answer and for 5xx; a token that ran out is renewed once."""
        where, problem, status = f"{method} {self.url}{path}", "", 0
        renewed = False
        for attempt in range(tries + 1):
            if authorized and not self._token:
                self._token = self.token()
            sent = {**(headers or {}), **({"Authorization": f"Bearer {self._token}"} if authorized else {})}
            try:
                answer = self._http.request(method, path, headers=sent, **more)
            except httpx.HTTPError as error:
                problem, status = str(error) or type(error).__name__, 0
            else:
                problem, status = answer.text[:1000], answer.status_code
                if answer.is_success or status in accept:
                    return dict(answer.json() or {}) if answer.content else {}
                if status == 401 and authorized and not renewed:
                    self._token, renewed = "", True
                    continue
                if status < 500:
                    break
            if attempt + 1 >= tries:
                break
            time.sleep(0.3 * 2**attempt)
        raise NoAnswer(f"{where}: {status or 'no answer'}: {problem}", status)


def _line(entry: Any) -> str:
    """An entry of a task log is a structured event, or plain text."""
    if not isinstance(entry, dict):
        return str(entry)
    error = entry.get("error_detail")
    detail = "".join(f"\n{part.get('exc_type')}: {part.get('exc_value')}" for part in error) if error else ""
    return f"{entry.get('event', '')}{detail}"
