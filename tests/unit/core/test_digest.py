from __future__ import annotations

import hashlib
import json

import pytest

from golden_images.core.digest import Digest, canonical_json
from golden_images.errors import IntegrityError

HELLO = f"sha256:{hashlib.sha256(b'hello').hexdigest()}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sha256:",
        HELLO[7:],
        HELLO.upper(),
        f"sha512:{HELLO[7:]}",
        HELLO[:-1],
        f"{HELLO}0",
        f"{HELLO}\n",
        f" {HELLO}",
        HELLO.replace("2", "g", 1),
        f"sha256:{'g' * 64}",
    ],
)
def test_every_other_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a sha256 digest"):
        Digest(text)


def test_a_digest_is_its_text_wherever_it_goes() -> None:
    digest = Digest.of(b"hello")
    assert digest == HELLO
    assert json.dumps(digest) == f'"{HELLO}"'
    assert (digest.hex, digest.short) == (HELLO[7:], HELLO[7:19])


def test_content_that_has_the_digest_is_given_back() -> None:
    assert Digest.of(b"hello").check(b"hello", "blob of web") == b"hello"


def test_content_that_was_altered_names_what_it_is_and_both_digests() -> None:
    with pytest.raises(IntegrityError, match="blob of web: the content does not match") as caught:
        Digest.of(b"hello").check(b"hullo", "blob of web")
    assert HELLO in caught.value.cause
    assert Digest.of(b"hullo") in caught.value.cause
    assert "(5 bytes)" in caught.value.cause
    assert not caught.value.retryable


def test_one_value_has_one_text() -> None:
    """Digests stand in registries for years: the text is compared with what it has always been."""
    assert canonical_json({"b": [1, 2.5, None, True], "a": "ä"}) == '{"a":"ä","b":[1,2.5,null,true]}'.encode()
    assert canonical_json({"a": 1, "b": 2}) == canonical_json({"b": 2, "a": 1})
    assert canonical_json([1, 2]) != canonical_json([2, 1])
