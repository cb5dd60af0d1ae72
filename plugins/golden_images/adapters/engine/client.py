"""ports.Engine over the Docker Engine API."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from golden_images.adapters.engine import containers
from golden_images.adapters.engine.buildkit import Progress
from golden_images.adapters.engine.transport import Transport
from golden_images.core import media
from golden_images.core.digest import Digest, canonical_json
from golden_images.core.reference import Reference
from golden_images.errors import EngineError, InputError
from golden_images.ports import BuildRequest, ContainerSpec, Log

if TYPE_CHECKING:
    from docker import APIClient

#: Seconds for a push or a pull of one image.
TRANSFER_SECONDS = 1800
#: Shown per layer; everything between is progress bars.
_LAYER_ENDS = ("Pushed", "Layer already exists", "Mounted from", "Pull complete", "Already exists")
_NO_RIGHTS = ("denied", "unauthorized", "authentication required", "credentials", "forbidden")


class DockerEngine:
    """``connect`` makes a ``docker.APIClient`` for ``endpoint``, such as a DockerHook's ``get_conn``.

    ``login`` says, for a registry's host, with which login and password to push there and pull from
    there; they travel in a header of the engine's API and nowhere else. Empty ones are nobody's. None
    says besides that BuildKit may fetch a base from there by itself, which it does as nobody, and with
    the certificates of public authorities alone.
    """

    def __init__(
        self,
        connect: Callable[[], APIClient],
        endpoint: str,
        *,
        login: Callable[[str], tuple[str, str] | None] = lambda host: None,  # noqa: ARG005 - for all
    ) -> None:
        self._transport = Transport(connect, endpoint)
        self._login = login

    @property
    def endpoint(self) -> str:
        return self._transport.endpoint

    def ping(self) -> None:
        """Raises EngineError unless the engine answers and has BuildKit (API 1.39)."""
        self._transport.call("the engine does not answer", lambda c: c.ping())
        version = self._transport.client().api_version
        if tuple(map(int, version.split("."))) < (1, 39):
            raise self._transport.error(
                "the engine has no BuildKit",
                cause=f"its API is {version}, 1.39 is needed",
                remedy="use Docker Engine 20.10 or newer",
                retryable=False,
            )

    def build(self, request: BuildRequest, log: Log) -> str:
        """See the port. BuildKit's cache is the engine's own; nothing of a failed build is tagged."""
        self.ping()
        what = f"build of {request.tag} failed"
        dockerfile = _dockerfile(request)
        for base in request.bases:
            if self._login(_host(base)) is not None:
                # What the engine holds by digest BuildKit takes as it is.
                self.pull(base, log)
        # What a killed try left under this tag would stay behind without a name.
        self.remove_image(request.tag)
        progress = Progress(log)
        params = {
            # 2 is BuildKit. No session is offered: the context is the body.
            "version": "2",
            "dockerfile": request.dockerfile,
            "t": request.tag,
            "platform": request.platform,
            "target": request.target,
            "buildargs": canonical_json(dict(request.args)).decode(),
            "labels": canonical_json(dict(request.labels)).decode(),
            "nocache": "1" if request.no_cache else "0",
            "rm": "1",
            "forcerm": "1",
        }
        with self._transport.stream(
            what,
            "/build",
            params=params,
            headers={"Content-Type": media.TAR},
            body=request.context,
            timeout_seconds=request.timeout_seconds,
        ) as messages:
            try:
                for message in messages:
                    progress.feed(message)
            finally:
                progress.close()
        if progress.message:
            raise progress.failure(self._transport, what, dockerfile)
        if not progress.image_id:
            raise self._transport.error(what, cause="the engine ended the build without an image id")
        return progress.image_id

    def push(self, tag: str, log: Log) -> Digest:
        name, _, version = tag.rpartition(":")
        what = f"push of {tag} failed"
        messages = self._transfer(what, f"/images/{name}/push", {"tag": version}, tag, log)
        digests = [m["aux"]["Digest"] for m in messages if "Digest" in (m.get("aux") or {})]
        if not digests:
            raise self._transport.error(what, cause="the engine reported no digest")
        return Digest(digests[-1])

    def pull(self, reference: str, log: Log) -> None:
        what = f"pull of {reference} failed"
        self._transfer(what, "/images/create", {"fromImage": reference}, reference, log)

    def container(self, spec: ContainerSpec) -> AbstractContextManager[str]:
        return containers.running(self._transport, spec)

    def remove_image(self, tag: str) -> None:
        def do(client: APIClient) -> None:
            from docker.errors import NotFound

            try:
                client.remove_image(tag, force=True)
            except NotFound:
                return

        self._transport.call(f"image {tag} was not removed", do)

    def reap(self, labels: Mapping[str, str]) -> list[str]:
        return containers.reap(self._transport, labels)

    def _auth(self, reference: str) -> dict[str, str]:
        """For the registry of ``reference``; empty where none is known."""
        login, password = self._login(_host(reference)) or ("", "")
        return {"username": login, "password": password} if login else {}

    def _transfer(
        self, what: str, path: str, params: dict[str, str], reference: str, log: Log
    ) -> list[dict[str, Any]]:
        """A push or pull of ``reference``; the messages that are no layer's progress."""
        from docker.auth import encode_header

        self.ping()
        auth = encode_header(self._auth(reference))
        with self._transport.stream(
            what,
            path,
            params=params,
            headers={"X-Registry-Auth": auth.decode() if isinstance(auth, bytes) else auth},
            timeout_seconds=TRANSFER_SECONDS,
        ) as messages:
            return _condense(messages, log, lambda text: self._refused(what, text))

    def _refused(self, what: str, text: str) -> EngineError:
        low = text.lower()
        if any(sign in low for sign in _NO_RIGHTS):
            remedy, retryable = "check login, password and rights in the registry's Connection", False
        elif "http response to https client" in low or "x509" in low or "tls" in low:
            remedy = (
                "give the engine the registry's certificate, or name the registry under insecure-registries"
            )
            retryable = False
        elif "not found" in low or "manifest unknown" in low or "does not exist" in low:
            remedy, retryable = "check the name; the registry or the engine does not have it", False
        elif "no space left" in low:
            remedy, retryable = "free space where the engine or the registry keeps its data", False
        else:
            remedy, retryable = "check that the engine reaches this registry", True
        return self._transport.error(what, cause=text.strip(), remedy=remedy, retryable=retryable)


def _host(reference: str) -> str:
    return Reference.parse(reference).registry


def _condense(
    messages: Iterable[dict[str, Any]], log: Log, refused: Callable[[str], EngineError]
) -> list[dict[str, Any]]:
    """One line when a layer is done, none for the bars between; returns the rest of the messages."""
    rest: list[dict[str, Any]] = []
    ended: set[tuple[str, str]] = set()
    for message in messages:
        if "error" in message or "errorDetail" in message:
            raise refused((message.get("errorDetail") or {}).get("message") or str(message.get("error")))
        status, layer = str(message.get("status", "")), str(message.get("id", ""))
        if layer and status.startswith(_LAYER_ENDS):
            if (layer, status) not in ended:
                ended.add((layer, status))
                log(f"{layer}: {status}")
        elif status and not layer:
            log(status)
        if not layer:
            rest.append(message)
    return rest


def _dockerfile(request: BuildRequest) -> str:
    """The Dockerfile's text out of the context, which is left where it was."""
    start = request.context.tell()
    try:
        with tarfile.open(fileobj=request.context, mode="r:") as archive:
            wanted = request.dockerfile.removeprefix("./")
            for member in archive:
                if member.name.removeprefix("./") == wanted and member.isfile():
                    content = archive.extractfile(member) or io.BytesIO()
                    return content.read().decode(errors="replace")
    except tarfile.TarError as error:
        raise InputError("the build context is no tar archive", cause=str(error)) from error
    finally:
        request.context.seek(start)
    raise InputError(
        f"the build context has no {request.dockerfile}",
        remedy="add the file, or name the right one under build.dockerfile",
    )
