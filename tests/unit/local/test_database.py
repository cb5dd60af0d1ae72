from __future__ import annotations

import os
import pwd

import pytest

from local.console import LocalError
from local.stack import database


def passwd(*users: tuple[str, int]) -> list[pwd.struct_passwd]:
    return [pwd.struct_passwd((name, "x", uid, uid, "", "/", "/bin/sh")) for name, uid in users]


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


@pytest.mark.parametrize(
    ("users", "uid"),
    [
        ([("root", 0), ("daemon", 1), ("nobody", 65534)], 65534),
        ([("root", 0), ("nobody", 65534), ("postgres", 101)], 101),
        ([("root", 0), ("toor", 0), ("somebody", 1000)], 1000),
    ],
)
def test_root_runs_postgresql_as_a_user_that_exists(
    root, monkeypatch: pytest.MonkeyPatch, users: list[tuple[str, int]], uid: int
) -> None:
    monkeypatch.setattr(pwd, "getpwall", lambda: passwd(*users))

    assert f"--reuid={uid}" in database.as_user()
    assert not {"unshare", "--user"} & set(database.as_user()), "user namespaces may be forbidden"


def test_where_root_is_alone_the_remedy_is_named(root, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pwd, "getpwall", lambda: passwd(("root", 0)))

    with pytest.raises(LocalError, match="useradd"):
        database.as_user()


def test_an_ordinary_user_runs_it_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert database.as_user() == []
