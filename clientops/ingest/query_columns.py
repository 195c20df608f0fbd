"""Which columns of a query's files are identifiers and names: they stay as they are written.

Decided from the query as the engine understands it. Names that a query ties together (`a as b`,
`a.x = b.y`) are one family; a family with one of our text columns is kept as text, unless all its
columns in all files hold nothing but whole numbers, which mean the same either way. So is a family
of columns that are joined with each other, unless they are dates.
"""

from collections.abc import Iterator

from clientops import schema

# Functions whose result is as much an identifier as what goes in.
_KEEPING = frozenset(
    "trim ltrim rtrim upper lower coalesce concat || replace min max first any_value nullif ifnull "
    "lpad left right".split()
)


def kept_as_text(tree: object, table: schema.Table, kinds: dict[str, str]) -> set[str]:
    """The columns that stay text, in lower case.

    *kinds*: the columns of the files, and whether each holds "whole" numbers, "dates" or "others".
    """
    family: dict[str, str] = {}
    joined: set[str] = set()

    def head(name: str) -> str:
        while family.get(name, name) != name:
            name = family[name]
        return name

    for node in nodes(tree):
        if alias := node.get("alias"):
            for name in _carried(node):
                family[head(name)] = head(alias.lower())
        if node.get("type") == "COMPARE_EQUAL":
            sides = [name for side in ("left", "right") for name in _carried(node[side])]
            for name in sides[1:]:
                family[head(name)] = head(sides[0])
            joined |= {*sides} if len(sides) > 1 else set()
        joined |= {name.lower() for name in node.get("using_columns") or ()}
    ours = {head(c.name) for c in table.columns if c.type == "text"}
    values = {head(c.name) for c in table.columns if c.type != "text"}
    odd = {head(name) for name in kinds if head(name) in ours and kinds[name] != "whole"}
    odd |= {head(name) for name in joined & kinds.keys() if kinds[name] == "others"}
    return {name for name in kinds if head(name) in odd - values}


def nodes(tree: object) -> Iterator[dict]:
    """Every node of a query's tree."""
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from nodes(branch)


def _carried(node: object) -> list[str]:
    """The columns whose values a node hands on, as they are or as text."""
    if not isinstance(node, dict):
        return []
    if node.get("class") == "COLUMN_REF":
        return [node["column_names"][-1].lower()]
    if node.get("class") == "CAST":
        return _carried(node.get("child"))
    is_keeping = node.get("class") == "FUNCTION" and node.get("function_name") in _KEEPING
    if is_keeping or node.get("type") == "OPERATOR_COALESCE":
        return [name for child in node.get("children", []) for name in _carried(child)]
    return []
