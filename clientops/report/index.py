"""The page that leads to all packs of a month, made of the run record."""

import datetime
import html
import urllib.parse
from typing import Any

from clientops import periods, words
from clientops.report.document import STYLE
from clientops.words import _

FILE = "index.html"
_KINDS = {"company": 0, "team": 1, "manager": 2}


def page(kept: dict[str, Any]) -> str:
    """The page: a line per pack with its files; those that failed with the reason."""
    with words.using(kept["language"], kept["currency"]):
        month = words.long_month(periods.parse_month(kept["month"]))
        title = html.escape(f"{kept['company']} · {month}")
        until = datetime.date.fromisoformat(kept["data_until"])
        said = html.escape(_("Data up to {day}").format(day=words.date(until)))
        partial = (
            f"<p class='partial'>{html.escape(kept['partial'])}</p>" if kept["partial"] else ""
        )
        packs = sorted(kept["packs"].items(), key=lambda item: _order(item[1]))
        rows = "".join(_row(entry) for _key, entry in packs)
        heads = "".join(f"<th scope='col'>{html.escape(head)}</th>"
                        for head in (_("For"), "", _("Pack"), _("Made")))  # fmt: skip
        return (
            f"<!doctype html>\n<html lang='{kept['language']}'><head><meta charset='utf-8'>"
            f"<title>{title}</title>"
            "<meta name='viewport' content='width=device-width, initial-scale=1'>"
            f"<style>{STYLE.read_text(encoding='utf-8')}</style></head>"
            f"<body>{partial}<main><header class='cover'><h1>{title}</h1>"
            f"<p class='until'>{said}</p></header><div class='scroll'><table><thead><tr>{heads}"
            f"</tr></thead><tbody>{rows}</tbody></table></div></main></body></html>\n"
        )


def _order(entry: dict[str, Any]) -> tuple[int, str, str]:
    return _KINDS[entry["kind"]], entry["name"], entry["id"]


def _row(entry: dict[str, Any]) -> str:
    kinds = {"company": _("company"), "team": _("team"), "manager": _("manager")}
    links = " · ".join(
        f"<a href='{urllib.parse.quote(entry['files'][name]['name'])}'>{name.upper()}</a>"
        for name in ("html", "pdf", "xlsx")
        if name in entry["files"]
    )
    if entry["problem"]:
        links += f" <span class='bad'>{html.escape(entry['problem'])}</span>"
    made = html.escape(entry.get("made", "")[:16].replace("T", " "))
    return (
        f"<tr><td>{html.escape(entry['name'])}</td><td>{kinds[entry['kind']]}</td>"
        f"<td>{links}</td><td>{made}</td></tr>"
    )
