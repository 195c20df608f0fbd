"""What stands above the cards: header, controls, or what is wrong with the address."""

import html
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.display import HTML

from clientops import words
from clientops.page import subtitle

if TYPE_CHECKING:
    from clientops.page.state import Page

STYLE = Path(__file__).parent / "page.css"


def show(page: "Page") -> None:
    """Show the header and, where the page lives, its controls."""
    header = "" if page.is_served else _line(page)  # the server has its own
    page.show(HTML(f"<style>{STYLE.read_text(encoding='utf-8')}</style>{header}"))
    if page.book.sees_nobody:
        _say_nobody(page)
    elif page.broken:
        say_broken(page)
    elif page._controls:
        with page.words():
            page.show(page._controls.build())


def say_broken(page: "Page") -> None:
    """What is wrong with the parameters, and a way back."""
    with page.words():
        back = html.escape(words._("Show the page as it opens"))
        text = html.escape(page.broken) + ("" if page.broken.endswith("?") else ".")
        page.show(HTML(f"<p class='co-broken'>{text} <a href='?'>{back}</a></p>"))


def _say_nobody(page: "Page") -> None:
    """The viewer owns no client and sold nothing: nothing of the company's stands for that."""
    with page.words():
        text = words._("There are no clients and no sales of {name} in these data, so there is "
                       "nothing to show.")  # fmt: skip
        page.broken = text.format(name=subtitle.whom(page.book, page.choices))
        page.show(HTML(f"<p class='co-broken'>{html.escape(page.broken)}</p>"))


def _line(page: "Page") -> str:
    with page.words():
        until = words._("data up to {day}").format(day=words.date(page.book.data_until))
        until += words.lost(page.book.lost_share)
        parts = [f"<strong>{html.escape(page.book.company.name)}</strong>", html.escape(until)]
        if page.is_static:
            parts.append(html.escape(subtitle.in_words(page.book, page.choices)))
        return f"<div class='co-header'>{' · '.join(parts)}</div>"
