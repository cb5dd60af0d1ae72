"""Whoever may write a definition may not choose a tool's options or write a line of its own.

Hostile texts are thrown at every free text of both schemas, found by walking the models, so that a new
field is thrown at, too. What is refused is well; what is accepted runs through the stages, and the
command lines of the tools are looked at.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from pydantic import BaseModel, ValidationError

from golden_images.adapters import process
from golden_images.adapters.debian import mmdebstrap, user_namespace
from golden_images.adapters.tools.hadolint import Hadolint
from golden_images.adapters.tools.syft import Syft
from golden_images.adapters.tools.testinfra import Testinfra
from golden_images.core.definition import Definition
from golden_images.core.digest import Digest
from golden_images.core.organisation import Organisation
from golden_images.errors import GoldenImagesError
from golden_images.pipeline import schema
from golden_images.ports import Descriptor, Manifest, Registry
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World
from tests.unit.hostile import KEY, VALUE, Loc, free, put, texts

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = b'{"os": "linux", "architecture": "amd64"}'
#: Whatever runs a program, by its port.
TOOLS: dict[str, Callable[[], Any]] = {
    "linter": Hadolint,
    "bootstrapper": mmdebstrap.Mmdebstrap,
    "sbom_generator": Syft,
    "test_runner": Testinfra,
}
#: Sound documents in which every field is given that a tool may hear of.
COMMON = {
    "schema": 1,
    "name": "image",
    "description": "An image.",
    "owner": "platform",
    "tags": ["one"],
    "schedule": {"nightly": "0 2 * * *", "timezone": "UTC"},
    "promote": {"automatic": ["dev"]},
    "labels": {"a.label": "value"},
    "stages": {"test": {"suite": "suite", "tmpfs": ["/tmp"]}},
}
BOOTSTRAP = {
    "bootstrap": {
        "suite": "bookworm",
        "components": ["main", "contrib"],
        "packages": ["curl", "jq"],
        "mirror": "http://mirror.test/debian",
    }
}
ROOT = {**COMMON, "base": BOOTSTRAP}
CHILD = {
    **COMMON,
    "base": {"reference": "other.test/debian:bookworm", "versions": {"tags": r"(?P<date>\d{8})"}},
    "build": {
        "context": "folder",
        "dockerfile": "Containerfile",
        "target": "final",
        "args": {"A": "1"},
        "platforms": ["linux/amd64"],
    },
    "stages": {"lint": {"ignore": ["DL3008"]}, "test": {"suite": "suite", "tmpfs": ["/tmp"]}},
}
OF_ANOTHER = {**CHILD, "base": {"image": "root"}}
ORGANISATION = {
    "schema": 1,
    "registry": {"connection": "registry", "namespace": "golden"},
    "registries": {"other.test": {"connection": "other"}},
    "engine": {"connection": "engine"},
    "catalog": {"connection": "catalog"},
    "channels": [{"name": "dev", "automatic": True}],
    "defaults": {"nightly": "0 2 * * *", "timezone": "UTC"},
}

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class Recorded(Exception):
    """In place of the tool."""


class Anything(FakeRegistry):
    """Knows every reference."""

    def resolve(self, repository: str, reference: str) -> Descriptor | None:
        return Descriptor(MANIFEST, Digest.of(b"base"), 4)

    def manifest(self, repository: str, reference: str) -> Manifest:
        content = b'{"config": {"digest": "%s"}}' % Digest.of(CONFIG).encode()
        return Manifest(Descriptor(MANIFEST, Digest.of(b"base"), 4), content)

    def blob(self, repository: str, digest: Digest) -> bytes:
        return CONFIG


class Everywhere(dict[str, Registry]):
    def __missing__(self, host: str) -> Registry:
        return Anything(host)


class Recorder:
    """A real tool up to its command line, and a fake from there on."""

    def __init__(self, real: Any, fake: Any, argv: list[str]) -> None:
        self._real, self._fake, self._argv = real, fake, argv

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            try:
                getattr(self._real, name)(*arguments, **named)
            except Recorded as recorded:
                self._argv[:] = recorded.args[0]
            return getattr(self._fake, name)(*arguments, **named)

        return call


class Laboratory:
    """Runs definitions through the stages and keeps each tool's command line."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        monkeypatch.setattr(process, "run", self._run)
        # Its probe is a command of its own, and its answer is kept beyond a test.
        monkeypatch.setattr(user_namespace, "available", lambda: True)
        (folder / "keyring.gpg").touch()
        monkeypatch.setattr(mmdebstrap, "KEYRING", folder / "keyring.gpg")

    @staticmethod
    def _run(argv: list[str], **_: Any) -> process.Outcome:
        raise Recorded(list(argv))

    def command_lines(self, definition: Definition, organisation: Organisation) -> dict[str, list[str]]:
        contexts = self._folder / "contexts"
        world = World(contexts=contexts, organisation=organisation)
        world.externals = Everywhere()
        found: dict[str, list[str]] = {tool: [] for tool in TOOLS}
        real: dict[str, Any] = {
            tool: _once(Recorder(make(), getattr(world, tool), found[tool])) for tool, make in TOOLS.items()
        }
        ports = replace(world.ports(), **real)
        try:
            _write_context(contexts / definition.context, definition)
            world.run(definition, ports=ports)
        except (GoldenImagesError, OSError):
            # A stage that refuses has told no further tool anything; nor has what no disk can hold.
            pass
        finally:
            shutil.rmtree(contexts, ignore_errors=True)
        return {tool: argv for tool, argv in found.items() if argv}


def _once(value: Any) -> Callable[[], Any]:
    return lambda: value


def _write_context(folder: Path, definition: Definition) -> None:
    suite = folder / str(getattr(definition.options("test"), "suite", "tests"))
    suite.mkdir(parents=True, exist_ok=True)
    (suite / "test_it.py").write_text("def test_it(host): pass\n")
    dockerfile = folder / definition.build.dockerfile
    dockerfile.parent.mkdir(parents=True, exist_ok=True)
    dockerfile.write_text("ARG BASE\nFROM ${BASE} AS final\nRUN true\n")


def options(argv: list[str]) -> list[str]:
    return [argument.partition("=")[0] for argument in argv[1:] if argument.startswith("-")]


def lines(argv: list[str]) -> list[int]:
    """The words of every line for a sources.list, and the packages."""
    shape = [len(argument.split(" ")) for argument in argv if argument.startswith("deb ")]
    return shape + [argument.count(",") for argument in argv if argument.startswith("--include=")]


FIELDS = [(Definition, loc) for loc in free(schema())] + [(Organisation, loc) for loc in free(Organisation)]


def document_for(loc: Loc) -> dict[str, Any]:
    if loc[:2] == ("base", "bootstrap"):
        return ROOT
    return OF_ANOTHER if loc == ("base", "image") else CHILD


def test_the_models_have_the_free_texts_that_are_known() -> None:
    """The walk reaches every kind of place: lists, keys and values of mappings, options of stages."""
    found = {loc for _, loc in FIELDS}
    for loc in (
        ("base", "bootstrap", "packages", 0),
        ("base", "bootstrap", "mirror"),
        ("build", "args", KEY),
        ("build", "args", VALUE),
        ("stages", "lint", "ignore", 0),
        ("stages", "test", "suite"),
        ("registries", KEY),
        ("registries", VALUE, "connection"),
    ):
        assert loc in found


@pytest.fixture(scope="module")
def sound() -> dict[str, list[str]]:
    """The command lines of the sound documents."""
    patch = pytest.MonkeyPatch()
    with tempfile.TemporaryDirectory() as folder:
        laboratory = Laboratory(Path(folder), patch)
        ours = Organisation.model_validate(ORGANISATION)
        found = [laboratory.command_lines(schema().model_validate(one), ours) for one in (ROOT, CHILD)]
    patch.undo()
    return {**found[1], **found[0]}


def test_every_tool_is_looked_at(sound: dict[str, list[str]]) -> None:
    assert set(sound) == set(TOOLS)
    assert "--include=curl,jq" in sound["bootstrapper"]
    assert sum(argument.startswith("deb ") for argument in sound["bootstrapper"]) == 3


@pytest.mark.parametrize(("model", "loc"), FIELDS, ids=str)
def test_no_text_becomes_an_option_or_a_line(
    model: type[BaseModel],
    loc: Loc,
    sound: dict[str, list[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laboratory = Laboratory(tmp_path, monkeypatch)
    for text in texts():
        document = ORGANISATION if model is Organisation else document_for(loc)
        _, stood = put(document, loc, "")
        for hostile in {text, stood + text}:
            made, _ = put(document, loc, hostile)
            try:
                if model is Organisation:
                    ours = Organisation.model_validate(made)
                    definition = schema().model_validate(CHILD)
                else:
                    ours = Organisation.model_validate(ORGANISATION)
                    definition = schema().model_validate(made)
            except ValidationError:
                continue
            for tool, argv in laboratory.command_lines(definition, ours).items():
                assert options(argv) == options(sound[tool]), (hostile, argv)
                assert lines(argv) == lines(sound[tool]), (hostile, argv)
                assert not CONTROL.search("".join(argv)), (hostile, argv)
                # apt decodes what it reads of a source.
                sources = [argument for argument in argv if argument.startswith("deb ")]
                assert sources == [unquote(source) for source in sources], (hostile, argv)
