"""The rules of a project that hold for one image: its policy, and the waivers of what it finds.

A file of rules that is broken is never passed over: whatever would be judged by it is not, and says why.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from golden_images.core.definition import Definition
from golden_images.core.policy.demand import PolicyDemand
from golden_images.core.policy.model import LONGEST_WAIVER_DAYS, Choice
from golden_images.core.policy.read import Sound, holding, named
from golden_images.core.waivers.model import Terms
from golden_images.core.waivers.read import Waivers, read
from golden_images.errors import DefinitionError
from golden_images.project import IMAGES, Project

WAIVERS = Path("include", "waivers")


def policy_of(project: Project, definition: Definition | None) -> PolicyDemand | None:
    """None if only the stages themselves judge; without a definition, the organisation's. Raises
    DefinitionError for a policy that is broken."""
    held = _held(project, definition.policy if definition else None)
    return demand(held) if held else None


def demand(sound: Sound) -> PolicyDemand:
    return PolicyDemand.of(sound.policy, sound.rego)


def waivers(project: Project, now: datetime) -> Waivers:
    """Those of all files, and what is wrong with them; how long one may last is asked of the policies of
    the images that were loaded."""
    longest = {}
    for name, definition in project.definitions.items():
        try:
            held = _held(project, definition.policy)
        except DefinitionError:
            held = None
        longest[name] = held.policy.longest_waiver_days if held else LONGEST_WAIVER_DAYS
    images = {path.stem for path in (project.root / IMAGES).glob("*.yaml")}
    return read(project.root / WAIVERS, images, longest, now)


def waivers_of(project: Project, image: str, now: datetime) -> tuple[Terms, ...]:
    """Those that hold for ``image``, ended ones among them. Raises DefinitionError if any file is broken:
    nobody knows whom it was about. One that lasts too long for other images alone is theirs."""
    found = waivers(project, now)
    if stopping := found.stopping(image):
        raise DefinitionError(stopping)
    return found.of(image)


def _held(project: Project, choice: Choice | None) -> Sound | None:
    default = project.organisation.defaults.policy
    name = named(choice, default)
    if name is not None and name in project.policies.broken:
        raise DefinitionError(project.policies.broken[name])
    return holding(choice, default, project.policies)
