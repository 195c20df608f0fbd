"""Who looks at a book, and what that person may see."""

import dataclasses
import os
from collections.abc import Collection
from typing import Literal

import msgspec
import pandas as pd

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.schema import EVERYONE


@dataclasses.dataclass(frozen=True)
class Viewer:
    """Who looks: a lead sees the managers of the *teams*, a manager the own *manager_ids*."""

    name: str = ""
    role: Literal["director", "analyst", "lead", "manager"] = "analyst"
    manager_ids: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is hidden from this viewer."""
        return self.role in ("director", "analyst")


def viewer_of_environment() -> Viewer | None:
    """The viewer a server names in $CLIENTOPS_VIEWER (JSON of a Viewer); None outside a server.

    Raises ClientOpsError where a server names none that can be read: nobody sees anything then.
    """
    text = os.environ.get("CLIENTOPS_VIEWER")
    if text is None and "QUERY_STRING" not in os.environ:
        return None
    try:
        return msgspec.json.decode(text or "", type=Viewer)
    except msgspec.MsgspecError as error:
        raise ClientOpsError("nobody is signed in") from error


def is_shown(table: pd.DataFrame, about: schema.About, managers: Collection[str]) -> pd.Series:
    """Which rows tell of these managers (`*`: the company), where rows tell of managers at all.

    Of a table with dimensions that the build stores, rows that name no manager are the company's.
    """
    if "manager_id" in table:
        return table["manager_id"].isin(managers)
    if "dimension" in table and about.stored:
        own = (table["dimension"] == "manager") & table["key"].isin(managers)
        return own | ((table["dimension"] != "manager") & (EVERYONE in managers))
    return pd.Series(True, index=table.index)
