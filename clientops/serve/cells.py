"""A notebook's cells, run in a page's kernel while the browser still loads what shows them."""

import asyncio
import contextlib
import queue
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.utils import ensure_async
from nbclient.exceptions import CellExecutionError, DeadKernelError
from voila.execute import VoilaExecutor

LEFT_OUT = {"workbench"}  # tags of cells that are for analysts
STARTING = 60  # seconds a kernel may take until it answers
DONE = '<span class="co-done" hidden></span>'  # page.js waits for it


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    """The cells of a notebook that a page runs. Raises ValueError for a file that is none."""
    notebook = nbformat.read(path, as_version=4)
    return [
        cell
        for cell in notebook.cells
        if cell.cell_type == "code" and not LEFT_OUT & set(cell.metadata.get("tags", []))
    ]


async def _client(manager: Any) -> Any:
    """A client of a kernel, once it answers and its outputs arrive.

    Jupyter's own wait ends with a fifth of a second in which nothing may come; nothing depends on
    that here, for outputs are told apart by the cell they belong to.
    """
    client = manager.client()
    client.start_channels(hb=False)  # the manager knows whether it lives: no thread asks
    client.allow_stdin = False
    try:
        for _ in range(STARTING):
            client.kernel_info()
            with contextlib.suppress(queue.Empty):
                await ensure_async(client.shell_channel.get_msg(timeout=1))
                await ensure_async(client.iopub_channel.get_msg(timeout=0.2))
                return client
            if not await ensure_async(manager.is_alive()):
                break
        raise DeadKernelError("the kernel did not start")
    except BaseException:
        client.stop_channels()
        raise


class Cells:
    """The cells of one open page, and what they have shown so far."""

    def __init__(self, cells: list[nbformat.NotebookNode], failed: str) -> None:
        """*failed*: the HTML that stands for a cell of which nothing else can be said."""
        self._notebook = nbformat.v4.new_notebook(cells=cells)
        self._failed = nbformat.v4.new_output("display_data", {"text/html": failed})
        self._shown: list[list[nbformat.NotebookNode]] = []
        self.states: dict[str, dict[str, Any]] = {}  # of the widgets, by the ids of their models
        self._more = asyncio.Event()

    def __len__(self) -> int:
        """How many outputs there will be: the last one says that it was the last."""
        return len(self._notebook.cells) + 1

    async def run(self, manager: Any, config: Any, log: Any) -> bool:
        """Run them one after the other in the kernel of *manager*, up to the first that fails.
        Whether none did."""
        executor = VoilaExecutor(self._notebook, km=manager, config=config)
        self.states = executor.widget_state
        last = [nbformat.v4.new_output("display_data", {"text/html": DONE})]
        is_whole = False
        try:
            executor.kc = await _client(manager)
            for number, cell in enumerate(self._notebook.cells):
                await executor.execute_cell(cell, None, number, store_history=False)
                self._show(self._clean(cell.outputs))
            is_whole = True
        except CellExecutionError:  # its sentence is among the outputs, the log has the rest
            self._show(self._clean(cell.outputs, failed=True))
        except DeadKernelError:  # mostly because its tab was closed
            last.insert(0, self._failed)
        except Exception:
            log.exception("the cells of a page were not run to their end")
            last.insert(0, self._failed)
        finally:
            if getattr(executor, "kc", None) is not None:
                executor.kc.stop_channels()
        for _ in range(len(self._notebook.cells) - len(self._shown)):
            self._show([])
        self._show(last)
        return is_whole

    @property
    def is_done(self) -> bool:
        """Whether all have been shown."""
        return len(self._shown) == len(self)

    @property
    def outputs(self) -> list[list[nbformat.NotebookNode]]:
        """What each cell has shown so far."""
        return self._shown[: len(self._notebook.cells)]

    def _clean(self, outputs: list, failed: bool = False) -> list[nbformat.NotebookNode]:
        """What a reader may see: neither warnings nor tracebacks."""
        shown = [
            output
            for output in outputs
            if output.output_type != "error" and output.get("name") != "stderr"
        ]
        return [*shown, self._failed] if failed and not shown else shown

    def _show(self, outputs: list[nbformat.NotebookNode]) -> None:
        self._shown.append(outputs)
        self._more.set()
        self._more = asyncio.Event()

    async def shown(self) -> AsyncIterator[tuple[int, list[nbformat.NotebookNode]]]:
        """The outputs of each cell, as soon as it has run."""
        for number in range(len(self)):
            while len(self._shown) <= number:
                await self._more.wait()
            yield number, self._shown[number]
