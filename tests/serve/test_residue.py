"""What a killed server leaves beside its kernels is removed by the next one, and nothing else."""

import multiprocessing
import tempfile
from pathlib import Path

from clientops.serve import residue


def _hold(folder: str, ready) -> None:
    _lock = residue.hold(Path(folder))
    ready.set()
    multiprocessing.Event().wait()


def test_only_folders_of_servers_that_have_ended_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folders = {name: tmp_path / f"voila_{name}" for name in ("killed", "running", "strange")}
    for folder in folders.values():
        folder.mkdir()
        (folder / "rows.html").write_text("a client")
    context, children = multiprocessing.get_context("spawn"), {}
    for name in ("killed", "running"):
        ready = context.Event()
        children[name] = context.Process(target=_hold, args=(str(folders[name]), ready))
        children[name].start()
        assert ready.wait(60)
    try:
        children["killed"].kill()
        children["killed"].join()
        residue.sweep()
        assert {path.name for path in tmp_path.iterdir()} == {"voila_running", "voila_strange"}
    finally:
        for child in children.values():
            child.kill()
            child.join()
    residue.sweep()
    assert {path.name for path in tmp_path.iterdir()} == {"voila_strange"}
