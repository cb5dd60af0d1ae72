"""What the version before left behind, read into a world of today: tests/fixtures/before/README.md."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import yaml

from golden_images.adapters.catalog import SqlCatalog
from golden_images.core.definition import Definition
from golden_images.core.digest import canonical_json
from golden_images.core.organisation import Organisation
from golden_images.pipeline import schema
from golden_images.ports import Registry
from tests.fakes.registry import FakeRegistry
from tests.fakes.world import World

FOLDER = Path(__file__).parents[1] / "fixtures" / "before"
BASE = "hub.test/team/base:1"


def database(path: Path) -> SqlCatalog:
    """The catalog as it was left, its schema still that of then."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / "catalog.sql").read_text())
    return SqlCatalog.from_url(f"sqlite:///{path}")


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """What the database itself says, whoever reads it."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.execute(query))


def push(registry: Registry, name: str) -> None:
    """All of ``<name>.jsonl``, as the version before left it."""
    for text in (FOLDER / f"{name}.jsonl").read_text().splitlines():
        line = json.loads(text)
        repository = line["in"]
        if "tags" in line:
            for tag, digest in line["tags"].items():
                held = registry.manifest(repository, digest)
                registry.put_manifest(repository, held.content, held.descriptor.media_type, tag=tag)
        elif "manifest" in line:
            registry.put_manifest(repository, _content(line), line["manifest"])
        else:
            registry.push_blob(repository, _content(line))


def world(folder: Path) -> World:
    """Its catalog is ``folder/catalog.db``, migrated; its archive holds the packages that the images have."""
    shutil.copytree(FOLDER / "include", folder / "include")
    catalog = database(folder / "catalog.db")
    catalog.migrate()
    external = FakeRegistry(BASE.partition("/")[0])
    found = World(
        contexts=folder / "include" / "contexts", catalog=catalog, externals={external.host: external}
    )
    found.organisation = organisation()
    found.archive.versions = found.sbom_generator.packages = {"base-files": "12.4+deb12u6"}
    found.bootstrapper.state = "newer"
    push(found.registry, "registry")
    push(external, "external")
    return found


def organisation() -> Organisation:
    return Organisation.model_validate(
        yaml.safe_load((FOLDER / "include" / "golden_images.yaml").read_text())
    )


def definitions() -> dict[str, Definition]:
    names = sorted(path.stem for path in (FOLDER / "include" / "images").glob("*.yaml"))
    return {name: definition(name) for name in names}


def definition(name: str, **fields: object) -> Definition:
    """As it was left; ``fields`` replace or add keys."""
    content = yaml.safe_load((FOLDER / "include" / "images" / f"{name}.yaml").read_text())
    return schema().model_validate({**content, **fields})


def _content(line: dict[str, object]) -> bytes:
    if "json" in line:
        return canonical_json(line["json"])
    if "text" in line:
        return str(line["text"]).encode()
    return zlib.decompress(base64.b64decode(str(line["zlib"])))
