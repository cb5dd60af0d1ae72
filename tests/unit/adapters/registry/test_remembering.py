"""A manifest by digest is asked for once; tags are asked for every time."""

from __future__ import annotations

import pytest

from golden_images.adapters.registry.remembering import remembering
from golden_images.core import media
from golden_images.errors import RegistryError
from tests.fakes.counting import Counting
from tests.fakes.registry import FakeRegistry


@pytest.fixture
def counting() -> Counting:
    return Counting(FakeRegistry())


def test_a_manifest_by_digest_is_asked_for_once(counting: Counting) -> None:
    made = counting.registry.put_manifest("golden/x", b"{}", media.MANIFEST, tag="dev")
    registry = remembering(counting.registry)
    counting.calls.clear()
    for reference in ("dev", made.digest, made.digest):
        assert registry.manifest("golden/x", reference).content == b"{}"
    assert counting.calls == {"manifest": 1}
    with pytest.raises(RegistryError):
        registry.manifest("golden/y", made.digest)


def test_what_was_put_is_known(counting: Counting) -> None:
    registry = remembering(counting.registry)
    made = registry.put_manifest("golden/x", b"{}", media.MANIFEST)
    assert registry.manifest("golden/x", made.digest).content == b"{}"
    assert counting.calls == {"put_manifest": 1}


def test_a_tag_that_moves_is_seen(counting: Counting) -> None:
    registry = remembering(counting.registry)
    for content in (b"{}", b'{"a": 1}'):
        counting.registry.put_manifest("golden/x", content, media.MANIFEST, tag="dev")
        assert registry.manifest("golden/x", "dev").content == content


def test_what_was_deleted_is_gone(counting: Counting) -> None:
    registry = remembering(counting.registry)
    made = registry.put_manifest("golden/x", b"{}", media.MANIFEST)
    registry.delete_manifest("golden/x", made.digest)
    with pytest.raises(RegistryError):
        registry.manifest("golden/x", made.digest)


def test_a_huge_manifest_is_not_kept(counting: Counting) -> None:
    registry = remembering(counting.registry)
    content = b'{"x": "' + b" " * 2_000_000 + b'"}'
    made = registry.put_manifest("golden/x", content, media.MANIFEST)
    for _ in range(2):
        registry.manifest("golden/x", made.digest)
    assert counting.calls["manifest"] == 2


def test_no_more_is_kept_than_a_task_needs(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("golden_images.adapters.registry.remembering._MOST", 1)
    registry = remembering(counting.registry)
    kept, more = (registry.put_manifest("golden/x", text, media.MANIFEST) for text in (b"{}", b'{"a": 1}'))
    for made in (kept, more, more):
        registry.manifest("golden/x", made.digest)
    assert counting.calls["manifest"] == 2
