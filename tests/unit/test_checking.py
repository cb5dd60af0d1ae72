from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.checking import check
from tests.fakes.policy import NOW

DOCKERFILE = "ARG BASE\nFROM ${BASE}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one sound image and its context."""
    include = tmp_path / "project" / "include"
    (include / "images").mkdir(parents=True)
    (include / "golden_images.yaml").write_text("schema: 1\n")
    define(include.parent)
    tests = include / "contexts" / "web" / "tests"
    tests.mkdir(parents=True)
    (tests / "test_web.py").write_text("")
    (tests.parent / "Dockerfile").write_text(DOCKERFILE)
    return include.parent


def define(root: Path, more: str = "", base: str = "reference: debian") -> None:
    text = f"schema: 1\nname: web\ndescription: An image.\nowner: platform\nbase: {{{base}}}\n{more}"
    (root / "include" / "images" / "web.yaml").write_text(text)


def context(root: Path) -> Path:
    return root / "include" / "contexts" / "web"


def found(root: Path) -> list[tuple[int, str]]:
    return [(problem.line, problem.message) for problem in check(root, NOW).problems]


def test_a_sound_project_has_no_problems(root: Path) -> None:
    assert found(root) == []
    assert check(root, NOW).definitions == 1


def test_a_missing_context_is_found_where_it_is_named(root: Path) -> None:
    define(root, "build: {context: elsewhere}\n")
    assert found(root)[0] == (6, "there is no build context include/contexts/elsewhere")
    define(root)
    context(root).rename(root / "away")
    assert found(root) == [(2, "there is no build context include/contexts/web")]


def test_a_context_that_is_a_link_to_elsewhere_is_refused(root: Path) -> None:
    outside = root.parent / "outside"
    context(root).rename(outside)
    context(root).symlink_to(outside)
    assert found(root) == [
        (2, "the build context include/contexts/web is a link that leaves include/contexts")
    ]


@pytest.mark.parametrize("target", ["/etc/passwd", "../../golden_images.yaml", "a/../../nginx"])
def test_links_that_leave_the_context_are_refused(root: Path, target: str) -> None:
    (context(root) / "sub").mkdir()
    (context(root) / "sub" / "link").symlink_to(f"../{target}" if target[0] != "/" else target)
    ((_, message),) = found(root)
    assert message.startswith("the link include/contexts/web/sub/link leaves the build context, to ")


def test_links_inside_the_context_are_fine(root: Path) -> None:
    (context(root) / "link").symlink_to("Dockerfile")
    (context(root) / "tests" / "up").symlink_to("../Dockerfile")
    assert found(root) == []


def test_a_ring_of_links_is_found(root: Path) -> None:
    (context(root) / "ring").symlink_to("ring")
    assert found(root) == [(2, "the link include/contexts/web/ring leads to itself")]


def test_a_missing_dockerfile(root: Path) -> None:
    define(root, "build:\n  dockerfile: docker/Dockerfile\n")
    assert found(root) == [(7, "there is no Dockerfile include/contexts/web/docker/Dockerfile")]


def test_a_dockerfile_that_cannot_be_pinned_is_shown_at_its_own_line(root: Path) -> None:
    (context(root) / "Dockerfile").write_text("# a\nFROM debian:bookworm\n")
    (problem,) = check(root, NOW).problems
    assert problem.path == context(root).resolve() / "Dockerfile"
    assert (problem.line, problem.source, problem.suggestion) == (2, "FROM debian:bookworm", "FROM ${BASE}")


def test_everything_against_a_dockerfile_is_said_at_once(root: Path) -> None:
    (context(root) / "app.conf").write_text("")
    (context(root) / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nCOPPY a /a\nCOPY tests app.cnf /\n")
    problems = check(root, NOW).problems
    assert [(one.line, one.column, one.message, one.suggestion) for one in problems] == [
        (3, 1, "there is no instruction COPPY", "COPY"),
        (4, 6, "tests cannot be copied: a build is not sent the tests", ""),
        (4, 12, "there is no include/contexts/web/app.cnf to copy", "app.conf"),
    ]


def test_a_test_file_that_is_no_python(root: Path) -> None:
    broken = context(root) / "tests" / "sub" / "conftest.py"
    broken.parent.mkdir()
    broken.write_text("def sound() -> None:\n    pass\n\ndef broken(:\n")
    (problem,) = check(root, NOW).problems
    assert (problem.path, problem.line, problem.column) == (broken.resolve(), 4, 12)
    assert problem.message.startswith("is no Python: ")
    assert problem.source == "def broken(:"
    broken.write_bytes(b"a = 0\0")
    assert found(root)[0][1].startswith("is no Python: ")


def test_a_context_that_no_definition_names(root: Path) -> None:
    contexts = root / "include" / "contexts"
    (contexts / "web-old").mkdir()
    define(root, "build: {context: shared/web}\n")
    (contexts / "shared").mkdir()
    context(root).rename(contexts / "shared" / "web")
    assert found(root) == [(1, "no definition names the build context include/contexts/web-old")]
    assert check(root, NOW, {root / "include" / "images" / "web.yaml"}).problems == ()
    (root / "include" / "images" / "web-old.yaml").write_text("broken: true\n")
    assert {problem.path.name for problem in check(root, NOW).problems} == {"web-old.yaml"}


def test_a_root_base_needs_no_dockerfile_but_tests(root: Path) -> None:
    define(root, base="bootstrap: {suite: bookworm}")
    (context(root) / "Dockerfile").unlink()
    assert found(root) == []
    (context(root) / "tests" / "test_web.py").unlink()
    assert found(root) == [(2, "the test suite include/contexts/web/tests has no test_*.py")]


@pytest.mark.parametrize(
    ("suite", "message"),
    [
        ("checks", "there is no test suite include/contexts/web/checks"),
        ("../nginx", "leaves"),
        ("/tests", "not a relative path|leaves"),
    ],
)
def test_a_test_suite_that_is_not_there(root: Path, suite: str, message: str) -> None:
    define(root, f"stages:\n  test:\n    suite: {suite}\n")
    ((line, text),) = found(root)
    assert line == 8
    assert any(one in text for one in message.split("|"))


def test_a_broken_organisation_hides_nothing(root: Path) -> None:
    (root / "include" / "golden_images.yaml").write_text("schema: 1\ncolour: red\n")
    define(root, "colour: red\npromote: {automatic: [dev, another]}\n")
    assert [problem.path.name for problem in check(root, NOW).problems] == ["golden_images.yaml", "web.yaml"]


def test_only_the_files_asked_for_are_checked(root: Path) -> None:
    other = root / "include" / "images" / "other.yaml"
    other.write_text("schema: 1\n")
    assert {problem.path for problem in check(root, NOW, {other.resolve()}).problems} == {other.resolve()}
    assert check(root, NOW, {other.resolve()}).definitions == 1


def test_a_right_image_on_a_broken_base_is_a_note(root: Path) -> None:
    define(root, base="image: base")
    (root / "include" / "images" / "base.yaml").write_text("schema: 1\nname: base\n")
    checked = check(root, NOW)
    assert checked.notes == ("web is right, but its base base is broken",)
    assert {problem.path.name for problem in checked.problems} == {"base.yaml"}


POLICY = "schema: 1\nname: strict\n"
WAIVER = """schema: 1
waivers:
  - finding: CVE-2026-1
    images: [web]
    status: under_investigation
    owner: platform
    reason: It is looked at.
    expires: 2026-12-01
"""


def rules(root: Path, policy: str = POLICY, waiver: str = WAIVER) -> tuple[Path, Path]:
    found = []
    for folder, text in (("policies", policy), ("waivers", waiver)):
        (root / "include" / folder).mkdir(exist_ok=True)
        path = root / "include" / folder / "strict.yaml"
        path.write_text(text)
        found.append(path.resolve())
    return found[0], found[1]


def test_policies_and_waivers_are_checked_too(root: Path) -> None:
    policy, waiver = rules(root, f"{POLICY}colour: red\n", WAIVER.replace("[web]", "[wbe]"))
    assert [(one.path, one.line, one.suggestion) for one in check(root, NOW).problems] == [
        (policy, 3, ""),
        (waiver, 4, "web"),
    ]
    assert [one.path for one in check(root, NOW, {policy}).problems] == [policy]
    assert [one.path for one in check(root, NOW, {waiver}).problems] == [waiver]
    assert check(root, NOW, {root / "include" / "images" / "web.yaml"}).problems == ()


def test_an_image_that_no_policy_holds_for_is_told(root: Path) -> None:
    assert check(root, NOW).notes == ()
    rules(root, waiver=WAIVER.replace("2026-12-01", "2026-12-31"))
    (note,) = check(root, NOW).notes
    assert note.startswith("no policy holds for web: only their stages judge; see defaults.policy")
    define(root, "policy: {name: strict}\n")
    assert check(root, NOW).notes == ()


def test_a_waiver_that_ends_is_told(root: Path) -> None:
    rules(root)
    define(root, "policy: {name: strict}\n")
    checked = check(root, NOW)
    assert checked.problems == ()
    assert checked.notes == (
        "the waiver for CVE-2026-1 ends in 6 days, at 2026-12-01T00:00:00Z: platform answers for it",
    )
