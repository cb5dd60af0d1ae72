"""What an SBOM tells of packages and licences."""

from __future__ import annotations

from typing import Any

from golden_images.core.policy.packages import packages


def component(name: str, licences: Any = None, **fields: Any) -> dict[str, Any]:
    purl = f"pkg:deb/debian/{name}@1"
    return {"type": "library", "name": name, "version": "1", "purl": purl, "licenses": licences, **fields}


def found(*components: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.name, one.licences) for one in packages({"components": list(components)})]


def test_licences_in_each_of_their_forms() -> None:
    entries = [{"license": {"id": "MIT"}}, {"license": {"name": "Ours"}}, {"expression": "A OR B"}]
    assert found(component("one", entries)) == [("one", ("MIT", "Ours", "A OR B"))]


def test_what_nobody_knows_is_no_licence() -> None:
    assert found(component("one"), component("two", [{"license": {"name": "NOASSERTION"}}, {}])) == [
        ("one", ()),
        ("two", ()),
    ]


def test_files_the_system_and_source_packages_are_no_packages() -> None:
    source = component("src", purl="pkg:deb/debian/src@1?arch=source")
    assert found(component("one"), component("os", type="operating-system"), source) == [("one", ())]


def test_a_package_without_a_name_has_that_of_its_url() -> None:
    assert found({"type": "library", "purl": "pkg:deb/debian/one@1"}) == [("one", ())]
    assert found({"type": "library"}) == [("", ())]
