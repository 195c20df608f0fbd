"""What a table says, in one to three sentences that can be repeated in a meeting.

Every number is in the frame (clients of cells that make up a class are added up). Where there is
too little data, the sentence says what is missing and from when on there will be an answer. A frame
is a table of `metrics/`; whom its sentence speaks of is `words.subject()`: the company (rows with
the manager_id `*`), a manager, or nobody where several stand side by side without a sum.

`findings.<name>` is the public function of that name of whichever module here has it: nothing is
registered. A table that has no sentence of its own says `findings.default`.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable

_SHARED = "phrases"  # parts of sentences, none of which is one


def _sentences(module: str) -> dict[str, Callable[..., str]]:
    """The public functions that a module of this room defines."""
    found = importlib.import_module(f"{__name__}.{module}")
    return {
        name: function
        for name, function in inspect.getmembers(found, inspect.isfunction)
        if function.__module__ == found.__name__ and not name.startswith("_")
    }


for _each in pkgutil.iter_modules(__path__):
    if _each.name != _SHARED:
        globals().update(_sentences(_each.name))
