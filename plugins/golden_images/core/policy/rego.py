"""Rules in Rego, for those who have the library: the same input, as JSON.

The module is of the package ``golden_images`` and has the sets ``deny`` and, if it likes, ``warn``, of
sentences: ``deny contains sentence if …``. A module that cannot be asked has not passed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from golden_images.core.policy.input import PolicyInput
from golden_images.core.policy.outcome import plain, unknown
from golden_images.core.policy.verdict import Held, RuleOutcome
from golden_images.core.words import one_line

_QUERY = "data.golden_images"
#: The library raises the whole tree of its errors.
_ERROR = re.compile(r"\(errormsg \d+:([^)]+)\)")


def judged(file: str, module: str, seen: PolicyInput) -> Iterator[RuleOutcome]:
    try:
        from regopy import Interpreter, LogLevel
    except ImportError:
        remedy = "install regopy on every worker (pip install 'golden-images[rego]'), or take rego out"
        yield unknown(file, "the library regopy, which would judge it, is not there", remedy)
        return
    try:
        interpreter = Interpreter()
        interpreter.log_level = LogLevel.NONE  # it would print what it raises, too
        answer = _asked(interpreter, file, module, seen)
    except Exception as error:  # whatever the library raises: it has not said yes
        yield unknown(file, f"it cannot be judged: {_cause(error)}", f"mend include/policies/{file}")
        return
    for name, action in (("deny", "fail"), ("warn", "warn")):
        said = answer.get(name, [] if name == "warn" else None)
        if not isinstance(said, list) or not all(isinstance(one, str) for one in said):
            remedy = f"give it a set of sentences {name} in the package golden_images"
            yield unknown(f"{file}: {name}", "it says neither yes nor no", remedy)
            continue
        held = [Held(what=one, remedy=f"see {file}: {one}") for one in sorted(said)]
        yield plain(f"{file}: {name}", f"{len(held) or 'no'} sentences", held, action)


def _asked(interpreter: Any, file: str, module: str, seen: PolicyInput) -> dict[str, Any]:
    interpreter.add_module(file, module)
    interpreter.set_input(json.loads(seen.model_dump_json()))
    output = interpreter.query(_QUERY)
    if not output.ok():
        raise ValueError(str(output))
    document = json.loads(str(output))
    (found,) = document["expressions"]
    return found if isinstance(found, dict) else {}


def _cause(error: Exception) -> str:
    found = list(dict.fromkeys(_ERROR.findall(str(error))))
    return one_line("; ".join(found) or str(error) or type(error).__name__)[:300]
