"""Which of the first rows of an export is its header, and what its columns are called."""

import itertools
from collections.abc import Callable

HEAD = 40  # rows among which the header is looked for: titles and filters stand above it
STACK = 6  # rows that a header may have

# How many cells a row needs under a header, where it is one of the table; else None.
Fits = Callable[[list[str]], int | None]


def found(head: list[list[str]], fits: Fits | None) -> tuple[int, list[str]]:
    """Which of the first rows is the header, and its cells.

    One that *fits*, alone or together with rows above it; else the first that is not blank, or
    the first below a title of one cell.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in head]
    for at in range(len(head)):
        if fits and filled[at]:
            for first in range(at, max(at - STACK, -1), -1):
                for cells in stacked(head[first : at + 1]):
                    if fits(names(cells)):
                        return at, cells
    first = next((at for at, cells in enumerate(filled) if cells), 0)
    wide = [at for at, cells in enumerate(filled) if cells > 1]
    at = wide[0] if len(wide) > 1 and not fits and filled[first] == 1 else first
    return at, head[at] if head else []


def stacked(rows: list[list[str]]) -> list[list[str]]:
    """What rows of header may mean: in each column the lowest name there is; of two rows, both.

    The upper name of merged cells stands in the first of them. Of more rows, 1C writes the levels
    of a report below each other.
    """
    if len(rows) != 2:
        columns = itertools.zip_longest(*rows, fillvalue="")
        return [[next(filter(None, map(str.strip, reversed(cells))), "") for cells in columns]]
    pairs, upper = [], ""
    for over, under in itertools.zip_longest(*rows, fillvalue=""):
        upper = over.strip() or (upper if under.strip() else "")
        pairs.append((upper, under.strip()))
    both = [f"{over} {under}".strip() if over != under else over for over, under in pairs]
    return [[under or over for over, under in pairs], both]


def names(cells: list[str]) -> list[str]:
    """Column names without blanks around them; empty and repeated ones get a number."""
    result: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        base = " ".join(cell.replace("\ufeff", "").split()) or f"column{number}"
        name = base
        for copy in itertools.count(2):
            if name.lower() not in taken:  # SQL does not tell upper from lower case
                break
            name = repeated(base, copy)
        taken.add(name.lower())
        result.append(name)
    return result


def repeated(name: str, copy: int = 2) -> str:
    """What the second column of a name is called."""
    return f"{name} ({copy})"
