"""Who is woken, and how, for the base versions that have settled.

An asset's event wakes every image that listens and is not paused: it is the way where that is exactly
who needs the version. A single image that missed it (its DAG was paused, it is new, its platform came
later) gets a run of its own. An image whose current release stands on the version needs nothing.

Airflow notices a changed definition late, and in parts: for a minute or two an image that left a base
still hears of it, and one that was put on another base does not hear of that one yet, or forgets what it
heard. Until then there are no events: each image that needs the version has a run of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from golden_images.core.watching import Needs, Wake, Watched
from golden_images.ports import Catalog
from golden_images.watching.stage_bases import stage_needs
from golden_images.watching.watch import Due, due


@dataclass
class Wakening:
    """``events``: one each wakes exactly its images. ``runs``: one each, for its only image; ``stages``:
    the same, for the base of a build stage."""

    events: list[Due] = field(default_factory=list)
    runs: list[Due] = field(default_factory=list)
    stages: list[Due] = field(default_factory=list)
    #: Built on the version already.
    current: list[Due] = field(default_factory=list)
    #: Images that are left for later.
    paused: list[str] = field(default_factory=list)


def plan(
    needs: Needs, catalog: Catalog, paused: Callable[[str], bool], images: Collection[str] = ()
) -> Wakening:
    """``paused``: whether an image's DAG would not start a run now; ``images`` may have build stages on
    bases of their own. Raises CatalogError."""
    wakening = Wakening()
    stages = stage_needs(needs, images, catalog)
    watched, woken = catalog.watched(), catalog.wakes()
    _plan_stages(wakening, stages, watched, catalog, paused)
    rows = {base: row for base, row in watched.items() if base in needs}
    leaving = _leaving(needs, stages, woken, catalog)
    heard = {(wake.image, wake.base) for wake in woken}
    known = {wake.image for wake in woken}
    dues = due(needs, rows, catalog)
    releases = catalog.currents(sorted({name for one in dues for name in one.images}))
    for one in dues:
        state = {name: paused(name) for name in needs[one.base]}
        missing, arrived = [], False
        for name in one.images:
            release = releases.get(name)
            if release is not None and release.base_digest == one.digest:
                wakening.current.append(_only(one, name))
            elif state[name]:
                wakening.paused.append(name)
            else:
                missing.append(name)
                arrived |= (name, one.base) not in heard and (name in known or release is not None)
        state |= {name: paused(name) for name in leaving.get(one.base, ())}
        if missing and not arrived and set(missing) == {name for name, sleeps in state.items() if not sleeps}:
            wakening.events.append(_only(one, *missing))
        else:
            wakening.runs.extend(_only(one, name) for name in missing)
    return wakening


def _plan_stages(
    wakening: Wakening,
    needs: Needs,
    rows: Mapping[str, Watched],
    catalog: Catalog,
    paused: Callable[[str], bool],
) -> None:
    """No asset of these bases wakes an image: each that needs the version has a run of its own."""
    dues = due(needs, rows, catalog)
    built_on = {
        (image, one.base): one.digest
        for image, bases in (catalog.stage_bases() if dues else {}).items()
        for one in bases
    }
    for one in dues:
        for name in one.images:
            if built_on.get((name, one.base)) == one.digest:
                wakening.current.append(_only(one, name))
            elif paused(name):
                wakening.paused.append(name)
            else:
                wakening.stages.append(_only(one, name))


def wakes(due: Due) -> list[Wake]:
    return [Wake(name, due.base, due.digest, due.at) for name in due.images]


def _only(due: Due, *images: str) -> Due:
    return Due(due.base, due.digest, due.at, images)


def _leaving(needs: Needs, stages: Needs, woken: Sequence[Wake], catalog: Catalog) -> dict[str, list[str]]:
    """By base, images that are not on it any more, and were woken for its newest version or the one
    before it: Airflow may know them still."""
    left: dict[str, list[Wake]] = {}
    for wake in woken:
        there = {*needs.get(wake.base, ()), *stages.get(wake.base, ())}
        if wake.base in needs and wake.image not in there:
            left.setdefault(wake.base, []).append(wake)
    recent = {
        base: [version.at for version in versions[-2:]]
        for base, versions in catalog.histories(list(left)).items()
    }
    return {base: [wake.image for wake in of if wake.at in recent[base]] for base, of in left.items()}
