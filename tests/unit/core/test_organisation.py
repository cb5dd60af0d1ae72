from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from golden_images.core.organisation import Organisation
from tests.fakes.world import root


def organisation(**fields: Any) -> Organisation:
    return Organisation.model_validate({"schema": 1, **fields})


@pytest.mark.parametrize(
    "name",
    ["build-1", "sha256-abc", "2026.11.23-1a2b3c4d", "dev.move", "1.release", "1.plan", "Dev", "a b", ""],
)
def test_channel_names_that_would_be_another_tag_of_ours_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        organisation(channels=[{"name": name}])


@pytest.mark.parametrize("name", ["dev", "latest", "prod-eu", "build", "2026"])
def test_other_channel_names_are_free(name: str) -> None:
    assert organisation(channels=[{"name": name}]).channels[0].name == name


def test_two_channels_of_one_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="the channel 'dev' is named twice"):
        organisation(channels=[{"name": "dev"}, {"name": "dev"}])


@pytest.mark.parametrize(
    "fields",
    [
        {"registries": {"docker.io/library": {"connection": "x"}}},
        {"registry": {"namespace": "Golden"}},
        {"registry": {"namespace": "/golden"}},
        {"defaults": {"nightly": "every night"}},
        {"defaults": {"nightly": "0 0 2 * * *"}},
        {"defaults": {"timezone": "../../etc/passwd"}},
        {"defaults": {"max_age_days": 0}},
    ],
)
def test_the_organisation_is_checked_like_a_definition(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        organisation(**fields)


def test_a_definition_without_schedule_takes_the_organisations() -> None:
    ours = organisation(defaults={"nightly": "0 3 * * *", "timezone": "Europe/Berlin", "max_age_days": 30})
    own = {"nightly": None, "timezone": "UTC", "max_age_days": None}
    assert ours.nightly(root()) == "0 3 * * *"
    assert ours.nightly(root(schedule=own)) is None
    assert ours.timezone(root()) == "Europe/Berlin"
    assert ours.timezone(root(schedule=own)) == "UTC"
    assert ours.max_age_days(root()) == 30
    assert ours.max_age_days(root(schedule=own)) is None


def test_automatic_channels_of_a_definition_replace_the_organisations() -> None:
    ours = organisation(channels=[{"name": "dev", "automatic": True}, {"name": "prod"}])
    assert ours.automatic_channels(root()) == ("dev",)
    assert ours.automatic_channels(root(promote={"automatic": []})) == ()
    assert ours.automatic_channels(root(promote={"automatic": ["prod"]})) == ("prod",)


OSV = {"name": "osv", "ecosystem": "Debian", "url": "https://host.test/Debian/all.zip"}


class TestAdvisories:
    def test_sources_are_known_by_what_they_are(self) -> None:
        trivy = {"name": "trivy", "reference": "ghcr.io/aquasecurity/trivy-db:2"}
        found = organisation(advisories={"sources": [OSV, {**OSV, "ecosystem": "PyPI"}, trivy]}).advisories
        assert [source.key for source in found.sources] == ["osv Debian", "osv PyPI", "trivy"]
        assert [source.address for source in found.sources][1:] == [OSV["url"], trivy["reference"]]
        assert found.nightly == "0 1 * * *"

    @pytest.mark.parametrize(
        "url", ["http://127.0.0.1:8000/all.zip", "http://localhost/a", "http://[::1]:1/a"]
    )
    def test_plain_http_is_for_this_machine(self, url: str) -> None:
        assert organisation(advisories={"sources": [{**OSV, "url": url}]}).advisories.sources[0].url == url

    @pytest.mark.parametrize(
        "source",
        [
            {**OSV, "reference": "host.test/db:1"},
            {"name": "osv", "ecosystem": "Debian"},
            {"name": "osv", "url": OSV["url"]},
            {"name": "kev", "ecosystem": "Debian", "url": OSV["url"]},
            {**OSV, "name": "nvd"},
            {**OSV, "ecosystem": "Debian:12"},
            {**OSV, "ecosystem": "../x"},
            {**OSV, "url": "http://host.test/all.zip"},
            {**OSV, "url": "https://user:secret@host.test/all.zip"},
            {**OSV, "url": "https://host.test"},
            {**OSV, "url": "file:///etc/passwd"},
            {"name": "trivy", "reference": "Not A Reference"},
        ],
        ids=repr,
    )
    def test_a_source_that_is_none_is_refused(self, source: dict[str, str]) -> None:
        with pytest.raises(ValidationError):
            organisation(advisories={"sources": [source]})

    def test_two_of_one_kind_are_refused(self) -> None:
        with pytest.raises(ValidationError, match="two sources of osv Debian"):
            organisation(advisories={"sources": [OSV, {**OSV, "url": "https://other.test/all.zip"}]})
