"""Every page of the suite as a browser prints it, visited once."""

import shutil
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT, SAMPLE
from tests.printed import wrong_on_paper
from tests.serve.conftest import Server

TOPICS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def server(sample_store, tmp_path_factory) -> Iterator[Server]:
    """The suite as it is shipped, with the sample."""
    folder = tmp_path_factory.mktemp("printed")
    shutil.copytree(SAMPLE, folder / "data", ignore=shutil.ignore_patterns(".clientops", "*.py"))
    shutil.copytree(sample_store, folder / "data" / ".clientops")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    server = Server(folder)
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_prints_whole_and_without_controls(tab, topic):
    tab.goto(f"/{topic}")
    tab.wait_for_selector("#cells:not([aria-busy]) .co-card")
    tab.wait_for_function("!document.querySelector('#loading')")
    wrong = wrong_on_paper(tab)
    assert not wrong, "\n".join(wrong)
