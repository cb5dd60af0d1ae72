"""The tools in memory: deterministic, told what to find, and keeping what they were asked."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import escape, quoteattr

from golden_images.core.digest import canonical_json
from golden_images.core.reference import Reference
from golden_images.core.versions.debian import newer
from golden_images.errors import GoldenImagesError
from golden_images.ports import BootstrapRequest, LintReport, Log, SbomRequest, Sboms, TestReport


@dataclass(slots=True)
class FakeBootstrapper:
    """A root of one file that holds the request and ``state`` (change it for "a package is newer")."""

    state: str = ""
    failure: GoldenImagesError | None = None
    requests: list[BootstrapRequest] = field(default_factory=list)

    def bootstrap(self, request: BootstrapRequest, target: Path, log: Log) -> None:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        log(f"I: bootstrapping {request.suite}")
        content = canonical_json([request.suite, request.variant, sorted(request.packages), self.state])
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
            member = tarfile.TarInfo("./etc/os-release")
            member.size, member.mtime = len(content), request.source_date_epoch
            tar.addfile(member, io.BytesIO(content))
        target.write_bytes(archive.getvalue())


@dataclass(slots=True)
class FakePackageArchive:
    """``versions``: newest version by package, the same for every suite."""

    versions: Mapping[str, str] = field(default_factory=dict)
    released: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    failure: GoldenImagesError | None = None
    asked: list[str] = field(default_factory=list)

    def release_time(self, suite: str, mirror: str = "") -> datetime:
        self._ask(suite)
        return self.released

    def candidates(
        self, suite: str, components: Sequence[str], architecture: str, mirror: str = ""
    ) -> Mapping[str, str]:
        self._ask(suite)
        return dict(self.versions)

    def newer(self, candidate: str, installed: str) -> bool:
        return newer(candidate, installed)

    def _ask(self, suite: str) -> None:
        self.asked.append(suite)
        if self.failure is not None:
            raise self.failure


@dataclass(slots=True)
class FakeSbomGenerator:
    """Debian packages by version, as an SBOM of a Debian ``release`` for amd64."""

    packages: Mapping[str, str] = field(default_factory=lambda: {"base-files": "12.4+deb12u5"})
    release: str = "12"
    failure: GoldenImagesError | None = None
    requests: list[SbomRequest] = field(default_factory=list)

    def generate(self, request: SbomRequest, log: Log) -> Sboms:
        self.requests.append(request)
        if self.failure is not None:
            raise self.failure
        log(f"cataloged {len(self.packages)} packages")
        components: list[dict[str, str]] = [
            {
                "type": "library",
                "name": name,
                "version": version,
                "purl": f"pkg:deb/debian/{name}@{version}?arch=amd64&distro=debian-{self.release}",
            }
            for name, version in sorted(self.packages.items())
        ]
        components.append({"type": "operating-system", "name": "debian", "version": self.release})
        reference = Reference.parse(request.reference)
        assert reference.digest is not None
        at = f"{request.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        image = {
            "type": "container",
            "name": reference.name,
            "version": reference.digest,
            "purl": reference.purl(reference.digest),
            "supplier": {"name": request.supplier},
        }
        cyclonedx = {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "metadata": {"timestamp": at, "component": image},
            "components": components,
        }
        spdx = {
            "spdxVersion": "SPDX-2.3",
            "name": reference.name,
            "creationInfo": {"created": at},
            "documentDescribes": [reference.digest],
            "packages": [
                {"SPDXID": f"SPDXRef-{package}", "name": package, "versionInfo": version}
                for package, version in sorted(self.packages.items())
            ],
        }
        return Sboms(canonical_json(cyclonedx), canonical_json(spdx), "syft 0.0.0")


@dataclass(slots=True)
class FakeLinter:
    """``findings``: ``(rule, level, line)`` with SARIF's levels."""

    findings: Sequence[tuple[str, str, int]] = ()
    failure: GoldenImagesError | None = None
    linted: list[str] = field(default_factory=list)

    def lint(self, dockerfile: Path, *, ignore: Sequence[str] = ()) -> LintReport:
        self.linted.append(dockerfile.read_text())
        if self.failure is not None:
            raise self.failure
        results = [
            {
                "ruleId": rule,
                "level": level,
                "message": {"text": f"{rule} is broken"},
                "locations": [
                    {
                        "physicalLocation": {
                            "artifactLocation": {"uri": "Dockerfile"},
                            "region": {"startLine": line},
                        }
                    }
                ],
            }
            for rule, level, line in self.findings
            if rule not in ignore
        ]
        run = {"tool": {"driver": {"name": "Hadolint"}}, "results": results}
        return LintReport(json.dumps({"version": "2.1.0", "runs": [run]}).encode(), "hadolint 0.0.0")


@dataclass(slots=True)
class FakeTestRunner:
    """``failures``: message by test; the rest of ``tests`` pass."""

    __test__ = False

    tests: Sequence[str] = ("test_it",)
    failures: Mapping[str, str] = field(default_factory=dict)
    failure: GoldenImagesError | None = None
    runs: list[tuple[str, str]] = field(default_factory=list)

    def run(
        self,
        suite: Path,
        container: str,
        endpoint: str,
        log: Log,
        timeout_seconds: int,
        *,
        origin: PurePosixPath,
    ) -> TestReport:
        self.runs.append((container, endpoint))
        if self.failure is not None:
            raise self.failure
        cases = []
        for name in self.tests:
            verdict = ""
            if name in self.failures:
                trace = f"{origin}/test_image.py:6: in {name}\nE   {self.failures[name]}"
                verdict = f"<failure message={quoteattr(self.failures[name])}>{escape(trace)}</failure>"
            log(f"test_image.py::{name} {'FAILED' if verdict else 'PASSED'}")
            module = ".".join((*origin.parts, "test_image"))
            cases.append(
                f'<testcase classname={quoteattr(module)} name={quoteattr(name)} time="0.0">'
                f"{verdict}</testcase>"
            )
        head = f'<testsuite name="pytest" tests="{len(cases)}" failures="{len(self.failures)}" errors="0">'
        junit = f'<?xml version="1.0"?><testsuites>{head}{"".join(cases)}</testsuite></testsuites>'
        return TestReport(junit.encode(), "pytest-testinfra 0.0.0")
