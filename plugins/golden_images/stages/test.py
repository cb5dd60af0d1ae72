"""Test: the image's own pytest-testinfra suite, against a running container of this digest."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

from golden_images.core import media
from golden_images.core.closed import Closed
from golden_images.core.definition import CONTEXTS
from golden_images.core.digest import Digest
from golden_images.core.findings import Finding
from golden_images.core.judging import Case, Verdict
from golden_images.core.words import count
from golden_images.errors import InputError
from golden_images.evidence.examine import Made, examine
from golden_images.images import context, plan_artifact
from golden_images.job import Job, Report
from golden_images.ports import ContainerSpec, Ports, Registry, TestReport
from golden_images.stages.options import Test

#: A line of a trace: the file of the suite and the line in it.
_PLACE = re.compile(r"^(include/\S+:\d+): ", re.MULTILINE)
#: What pytest marks as the error itself.
_ERROR = re.compile(r"^E +(\S.*)$", re.MULTILINE)


def suite(options: Closed) -> str:
    """The folder of tests, which is no part of what the engine is sent."""
    assert isinstance(options, Test)
    return str(options.suite)


def run(job: Job, ports: Ports) -> Report:
    options = job.options(Test)
    registry, subject = ports.registry(), job.subject()

    def make() -> Made:
        report = _test(job, ports, registry, options)
        return Made({media.JUNIT: report.junit}, report.tool)

    remedy = f"mend the image, or its tests in {_origin(job, options)}"
    return examine(job, ports, subject, make, remedy=remedy)


def _test(job: Job, ports: Ports, registry: Registry, options: Test) -> TestReport:
    reference = str(job.reference(registry).at(job.subject().digest))
    engine = ports.engine()
    spec = ContainerSpec(
        image=reference,
        name=f"golden-images-test-{job.plan.build_id[:12]}-{Digest.of(job.owner.encode()).short}",
        labels=job.labels(),
        tmpfs=options.tmpfs,
    )
    with tempfile.TemporaryDirectory(prefix="golden-images-test-") as folder:
        with plan_artifact.open_context(registry, job.repository, job.plan_manifest) as archive:
            context.extract(archive, Path(folder))
        suite = Path(folder) / options.suite
        if not suite.is_dir():
            raise InputError(
                f"{job.definition.name}: there is no test suite {options.suite!r} in its context",
                remedy=f"write tests in {_origin(job, options)}",
            )
        engine.pull(reference, job.log)
        try:
            with engine.container(spec) as container:
                return ports.test_runner().run(
                    suite,
                    container,
                    engine.endpoint,
                    job.log,
                    options.timeout_minutes * 60,
                    origin=_origin(job, options),
                )
        finally:
            engine.remove_image(reference)


def _origin(job: Job, options: Test) -> PurePosixPath:
    """The suite's folder inside the project."""
    return PurePosixPath(CONTEXTS, job.definition.context, options.suite)


def judge(case: Case, reports: Mapping[str, bytes]) -> Verdict:
    least = case.options(Test).minimum
    content = reports[media.JUNIT]
    # JUnit needs no document type; one that has it wants to expand entities in our parser.
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return Verdict(problems=("the test report cannot be read: it declares entities",))
    try:
        cases = list(ElementTree.fromstring(content).iter("testcase"))  # noqa: S314 - see above
    except ElementTree.ParseError as error:
        return Verdict(problems=(f"the test report cannot be read: {error}",))
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len(cases) - len(failed) - skipped
    summary = f"{count(passed, 'test')} passed"
    failing = [_finding(case) for case in failed]
    if failed:
        named = ", ".join(one.id for one in failing[:5])
        summary = f"{len(failed)} of {count(len(cases), 'test')} failed: {named}"
    if passed < least:
        few = f"{count(passed, 'test')} passed, at least {least} are wanted"
        failing.append(Finding(id="few-tests", message=few))
    return Verdict(
        failing=tuple(failing),
        facts={"tests_passed": passed, "tests_skipped": skipped},
        summary=summary,
    )


def _finding(case: ElementTree.Element) -> Finding:
    """``include/contexts/web/tests/test_web.py:12: test_port: AssertionError: …``.

    The place is the last one of the suite in the trace. An error is what a fixture said, before the
    test or after it.
    """
    found = case.find("failure")
    element = found if found is not None else case.find("error")
    message, trace = ("", "") if element is None else (element.get("message", ""), element.text or "")
    places, errors = _PLACE.findall(trace), _ERROR.findall(trace)
    first = (errors or message.splitlines() or ["no message"])[0]
    when = ""
    if found is None:
        when = "in its teardown: " if message.startswith("failed on teardown") else "in its setup: "
    return Finding(
        id=case.get("name") or "?", where=places[-1] if places else "", message=f"{when}{first[:200]}"
    )
