"""The files below ``include/policies``, and the policy that holds for one image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from golden_images.core.closed import Closed
from golden_images.core.definition import Definition
from golden_images.core.draft import files
from golden_images.core.explain import validate
from golden_images.core.policy import floors, stricter
from golden_images.core.policy.model import Choice, Policy
from golden_images.core.problem import Problem, closest
from golden_images.core.source import MAX_BYTES, Source


@dataclass(frozen=True, slots=True)
class Table:
    """What of the pipeline's table a policy may speak of: all stages that make evidence, the options of
    those that have any, and whether one checks compliance."""

    stages: tuple[str, ...] = ()
    options: Mapping[str, type[Closed]] = field(default_factory=dict)
    compliance: bool = False


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound policy as it was read, with the text of its Rego file."""

    policy: Policy
    rego: str = ""

    def with_(self, choice: Choice | None) -> Sound:
        """Together with what an image asks for beyond it."""
        return replace(self, policy=stricter.together(self.policy, choice)) if choice else self


@dataclass(frozen=True, slots=True)
class Policies:
    """By name."""

    sound: Mapping[str, Sound] = field(default_factory=dict)
    broken: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted({*self.sound, *self.broken}))

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for name in sorted(self.broken) for problem in self.broken[name])


def read(folder: Path, table: Table) -> Policies:
    """Every policy; what is wrong with a file costs that policy alone."""
    sound: dict[str, Sound] = {}
    broken: dict[str, tuple[Problem, ...]] = {}
    for name, paths in files(folder).items():
        found = file(paths[0], table, beside=paths[1:])
        if isinstance(found, Sound):
            sound[name] = found
        else:
            broken[name] = found
    return Policies(sound, broken)


def file(path: Path, table: Table, beside: Sequence[Path] = ()) -> Sound | tuple[Problem, ...]:
    """One policy, or everything that is wrong with it; ``beside`` are other files of the same name."""
    source = Source.read(path)
    policy, wrong = validate(source, Policy)
    if beside:
        wrong.append(source.at(1, 1, f"there is {beside[0].name}, too; a policy has one file"))
    elif path.suffix != ".yaml":
        wrong.append(source.at(1, 1, f"is to be called {path.stem}.yaml"))
    rego = ""
    if policy is not None:
        wrong += _problems(source, policy, path.stem, table)
        rego, faults = _rego(source, policy, path.parent)
        wrong += faults
    if wrong or policy is None:
        return tuple(sorted(wrong, key=lambda one: (one.line, one.column)))
    return Sound(policy, rego)


def named(choice: Choice | None, default: str | None) -> str | None:
    """The name of the policy that holds for an image with this ``policy``; None if none does."""
    return (choice.name if choice else None) or default


def problems(
    source: Source, definition: Definition, default: str | None, policies: Policies, table: Table
) -> Iterator[Problem]:
    """What a definition asks less of than its policy does, and what is wrong with its ``policy``, in its
    file. A policy whose own file is broken is no fault of the definition."""
    if definition.policy is not None:
        yield from _choice(source, definition.policy, default, policies, table)
    name = named(definition.policy, default)
    if name is not None and name in policies.sound:
        yield from _floors(source, definition, policies.sound[name].policy, table)


def _choice(
    source: Source, choice: Choice, default: str | None, policies: Policies, table: Table
) -> Iterator[Problem]:
    name = choice.name or default
    if name is None:
        yield source.problem(("policy",), "names no policy, and the organisation has no default one")
    elif name not in policies.names:
        near, known = closest(name, policies.names), ", ".join(policies.names) or "none"
        message = f"there is no policy {name!r}; include/policies has {known}"
        yield source.problem(("policy", "name"), message, suggestion=near)
    elif name in policies.sound:
        for one in stricter.looser(policies.sound[name].policy, choice, table.options):
            yield source.problem(("policy", *one.loc), one.message)
    yield from _asked(source, choice, table, ("policy",))


def _floors(source: Source, definition: Definition, policy: Policy, table: Table) -> Iterator[Problem]:
    """Options that are looser than the policy's floors."""
    options = {stage: definition.options(stage) for stage in table.options}
    for stage, option, what in floors.below(policy.floors, options):
        message = f"{what}, by the policy {policy.name}"
        yield source.problem(("stages", stage, option), message)


def holding(choice: Choice | None, default: str | None, policies: Policies) -> Sound | None:
    """The policy with what an image asks for beyond it. Raises KeyError for one that is not sound."""
    name = named(choice, default)
    return policies.sound[name].with_(choice) if name is not None else None


def _problems(source: Source, policy: Policy, name: str, table: Table) -> Iterator[Problem]:
    if policy.name != name:
        yield source.problem(("name",), f"{policy.name!r} is not the file's name, {name!r}")
    yield from _asked(source, policy, table, ())


def _asked(source: Source, rules: Policy | Choice, table: Table, at: tuple[str, ...]) -> Iterator[Problem]:
    """What it asks of stages that the table does not have, or of options that can have no floor."""
    for index, stage in enumerate(rules.stages):
        if stage not in table.stages:
            yield _no_stage(source, (*at, "stages", index), stage, table)
    if rules.compliance and not rules.compliance.optional and not table.compliance:
        message = "the pipeline has no stage that would check it; say optional: true until it has"
        yield source.problem((*at, "compliance"), message, key=True)
    for stage, asked in rules.floors.items():
        if stage not in table.options:
            yield _no_stage(source, (*at, "floors", stage), stage, table, key=True)
            continue
        for option, floor in asked.items():
            message, near = floors.fault(stage, option, floor, table.options[stage])
            if message:
                key = option not in table.options[stage].model_fields
                yield source.problem((*at, "floors", stage, option), message, key=key, suggestion=near)


def _no_stage(
    source: Source, loc: tuple[str | int, ...], stage: str, table: Table, *, key: bool = False
) -> Problem:
    message = f"the pipeline has no stage {stage!r} with evidence; it has {', '.join(table.stages)}"
    return source.problem(loc, message, key=key, suggestion=closest(stage, table.stages))


def _rego(source: Source, policy: Policy, folder: Path) -> tuple[str, list[Problem]]:
    if policy.rego is None:
        return "", []
    path = folder / policy.rego
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ValueError("leads out of the policies' folder")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"is larger than {MAX_BYTES // 1024} KiB")
        return content.decode(), []
    except OSError as error:
        return "", [source.problem(("rego",), f"{policy.rego} cannot be read: {error.strerror}")]
    except ValueError as error:
        what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        return "", [source.problem(("rego",), f"{policy.rego} {what}")]
