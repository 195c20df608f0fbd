"""The pictures of the README: real pages of the sample, in a real browser (make pictures)."""

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.conftest import ROOT, SAMPLE
from tests.serve.conftest import CHROMIUM, FLAGS, Server

FOLDER = ROOT / "notebooks" / "pictures"
PAGES = {
    "overview": (1280, 1000),
    "portfolio": (1280, 1000),
    "migration": (1280, 1000),
    "retention": (1280, 1000),
    "phone": (390, 844),
}


def take(tab: Page, address: str, path: Path) -> None:
    """One picture of what a reader sees without scrolling."""
    tab.goto(address)
    tab.wait_for_selector("#cells:not([aria-busy]) .co-card svg")
    tab.wait_for_timeout(2500)  # figures are drawn anew where the screen is no desk
    tab.screenshot(path=path)
    print(path.relative_to(ROOT))


def main() -> None:
    """All of them."""
    if CHROMIUM is None:
        sys.exit("no Chromium here; name one in $CHROMIUM")
    FOLDER.mkdir(exist_ok=True)
    server = Server(ROOT, data=SAMPLE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, (width, height) in PAGES.items():
            tab = browser.new_page(viewport={"width": width, "height": height})
            page = "overview" if name == "phone" else name
            take(tab, f"{server.address}/{page}", FOLDER / f"{name}.png")
            tab.close(run_before_unload=True)
        browser.close()
    server.stop()


if __name__ == "__main__":
    main()
