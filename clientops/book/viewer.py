"""Who looks at a book, and what that person may see."""

import dataclasses
import os
from typing import Literal

import msgspec

from clientops.errors import ClientOpsError


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
