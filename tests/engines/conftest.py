"""Servers that run as long as the tests do, and the same companies in each of them."""

from collections.abc import Iterator

import pytest

from clientops.build import told
from clientops.store import engines
from tests.engines import companies, servers


@pytest.fixture(scope="session")
def owner() -> Iterator[str]:
    """The address of a PostgreSQL server's owner; all companies are there."""
    with servers.postgres() as address, pytest.MonkeyPatch.context() as patched:
        patched.setenv(engines.PASSWORD, servers.PASSWORD)
        for name, data in companies.FOLDERS.items():
            servers.load(address, data, name)
        yield address


@pytest.fixture(scope="session")
def reader(owner) -> str:
    """The address of somebody who may only read there."""
    return servers.of_reader(owner)


@pytest.fixture
def facts_only(monkeypatch) -> None:
    """Builds end with the facts: what comes after them is the same for the same facts."""
    monkeypatch.setattr(told, "add", lambda new, copy, progress, wait: wait())
