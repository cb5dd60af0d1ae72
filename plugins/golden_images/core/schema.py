"""JSON schemas of the YAML files, for editors. Generated from the models; a test watches for drift.

Source: JSON Schema 2020-12, of which editors understand the part used here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_BASE_KINDS = ("image", "reference", "bootstrap")


def json_schema(model: type[BaseModel], stages: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The schema of ``model``. ``stages`` gives a line of documentation by stage."""
    schema = model.model_json_schema(by_alias=True)
    definitions: dict[str, Any] = schema.get("$defs", {})
    for name, text in (stages or {}).items():
        _name_options(schema, name, text)
    if "Base" in definitions:
        definitions["Base"]["oneOf"] = [{"required": [kind]} for kind in _BASE_KINDS]
    cleaned = _clean(schema)
    assert isinstance(cleaned, dict)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Golden images: {model.__name__.removesuffix('File').lower()}",
        **{key: cleaned[key] for key in sorted(cleaned)},
    }


def _name_options(schema: dict[str, Any], stage: str, text: str) -> None:
    """The options' classes all have one name: each definition is called after its stage here."""
    definitions = schema["$defs"]
    entry = definitions["Stages"]["properties"].get(stage)
    if entry is None or "$ref" not in entry:
        return
    old = entry["$ref"].rpartition("/")[2]
    new = f"{stage.capitalize()}Options"
    definitions[new] = {**definitions.pop(old), "description": text}
    entry["$ref"] = f"#/$defs/{new}"


def _clean(node: Any, *, names: bool = False) -> Any:
    """Without titles (they repeat the names) and without whole mappings as defaults. ``names`` tells
    that the keys are the author's words, not JSON schema's."""
    if isinstance(node, list):
        return [_clean(item) for item in node]
    if not isinstance(node, dict):
        return node.replace("``", "`") if isinstance(node, str) else node
    return {
        key: _clean(value, names=not names and key in {"properties", "$defs"})
        for key, value in node.items()
        if names or not (key == "title" or (key == "default" and isinstance(value, dict)))
    }
