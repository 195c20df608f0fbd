"""The tables. A public function of a topic's module *is* the table of that name.

Its positional parameters are frames of the book, named as there; the rest is keyword-only. Nothing
is registered: `tables()` reads the modules.
"""

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable

import pandas as pd

MetricTable = Callable[..., pd.DataFrame]


def topics() -> list[str]:
    """The names of all topic modules, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


@functools.cache
def tables() -> dict[str, MetricTable]:
    """Every table by name, topic by topic, in the order in which the modules define them."""
    found: dict[str, MetricTable] = {}
    for topic in topics():
        module = importlib.import_module(f"{__name__}.{topic}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and not name.startswith("_"):
                found[name] = function
    return dict(sorted(found.items(), key=lambda item: (item[1].__module__, _line(item[1]))))


def _line(function: MetricTable) -> int:
    return inspect.unwrap(function).__code__.co_firstlineno
