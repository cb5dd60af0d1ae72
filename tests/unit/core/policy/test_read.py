"""Policy files, each fault at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden_images.core.policy.read import Policies, read
from tests.fakes.policy import TABLE


def files(folder: Path, **texts: str) -> Policies:
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return read(folder, TABLE)


def faults(folder: Path, text: str) -> list[str]:
    """``line: field: message``, of a file whose first two lines are sound."""
    found = files(folder, strict=f"schema: 1\nname: strict\n{text}")
    assert found.sound == {}
    return [
        f"{one.line}: {one.field}: {one.message}{one.suggestion and f' ({one.suggestion}?)'}"
        for one in found.problems
    ]


def test_sound_ones_and_what_a_broken_one_costs(tmp_path: Path) -> None:
    found = files(
        tmp_path, strict="schema: 1\nname: strict\n", broken="schema: 1\nname: broken\ncolour: red\n"
    )
    assert (set(found.sound), set(found.broken)) == ({"strict"}, {"broken"})
    assert found.names == ("broken", "strict")
    assert read(tmp_path / "none", TABLE) == Policies()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("vulnerabilites: []", "3: vulnerabilites: unknown key (vulnerabilities?)"),
        (
            "vulnerabilities:\n- severity: hgih",
            "4: vulnerabilities[0].severity: 'hgih' is not one of low, medium, high, critical (high?)",
        ),
        (
            "vulnerabilities: [{severity: high, action: deny}]",
            "3: vulnerabilities[0].action: 'deny' is not one of fail, warn",
        ),
        ("stages: [lint, tset]", "3: stages[1]: the pipeline has no stage 'tset' with evidence"),
        ("stages: [release]", "3: stages[0]: the pipeline has no stage 'release' with evidence"),
        (
            "scanners: [ovs]",
            "3: scanners[0]: 'ovs' is not one of distro, osv, grype, trivy, osv-scanner (osv?)",
        ),
        (
            "compliance: {minimum_score: 90}",
            "3: compliance: the pipeline has no stage that would check it",
        ),
        ("floors:\n  test: {minimun: 3}", "4: floors.test.minimun: the stage test has no option 'minimun'"),
        ("floors:\n  tests: {minimum: 3}", "4: floors.tests: the pipeline has no stage 'tests'"),
        ("floors: {lint: {fail_on: loud}}", "3: floors.lint.fail_on: is no fail_on"),
        ("floors: {lint: {fail_on: 1.5}}", "3: floors.lint.fail_on: is no value of an option"),
        ("rego: none.rego", "3: rego: none.rego cannot be read: No such file or directory"),
        ("rego: ../x.rego", "3: rego: '../x.rego' leaves its folder"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    (found,) = faults(tmp_path, text)
    assert found.startswith(told)


def test_floors_of_every_kind_are_read(tmp_path: Path) -> None:
    floors = "{test: {minimum: 3}, lint: {fail_on: warning, ignore: [DL3008]}, scan: {leave_out: []}}"
    found = files(tmp_path, strict=f"schema: 1\nname: strict\nfloors: {floors}\n")
    assert found.problems == ()
    assert found.sound["strict"].policy.floors == {
        "test": {"minimum": 3},
        "lint": {"fail_on": "warning", "ignore": ("DL3008",)},
        "scan": {"leave_out": ()},
    }


def test_compliance_may_wait_for_its_stage(tmp_path: Path) -> None:
    text = "schema: 1\nname: strict\ncompliance: {minimum_score: 90, optional: true}\n"
    assert set(files(tmp_path, strict=text).sound) == {"strict"}


def test_a_policy_is_called_as_its_file(tmp_path: Path) -> None:
    (found,) = files(tmp_path, strict="schema: 1\nname: strcit\n").problems
    assert (found.line, found.message) == (2, "'strcit' is not the file's name, 'strict'")
    (tmp_path / "strict.yml").write_text("schema: 1\nname: strict\n")
    assert "strict.yml, too" in read(tmp_path, TABLE).problems[0].message


def test_the_text_of_a_rego_file_comes_along(tmp_path: Path) -> None:
    (tmp_path / "own.rego").write_text("package golden_images\n")
    found = files(tmp_path, strict="schema: 1\nname: strict\nrego: own.rego\n")
    assert found.sound["strict"].rego == "package golden_images\n"


def test_a_link_leads_no_rego_file_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    (tmp_path / "secret.rego").write_text("package golden_images\n")
    (folder / "own.rego").symlink_to(tmp_path / "secret.rego")
    (found,) = faults(folder, "rego: own.rego")
    assert "leads out" in found


def test_a_rego_file_has_its_size_and_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "own.rego").write_bytes(b"#" * (256 * 1024 + 1))
    assert "larger than" in faults(tmp_path, "rego: own.rego")[0]
    (tmp_path / "own.rego").write_bytes(b"\xff")
    assert "is not UTF-8" in faults(tmp_path, "rego: own.rego")[0]
