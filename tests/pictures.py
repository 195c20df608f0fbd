"""The pictures of the READMEs: real pages of the sample, in a real browser (make pictures)."""

import os
import re
import subprocess
import sys
import tempfile

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import CHROMIUM, FLAGS, ROOT, SAMPLE

FOLDER = ROOT / "notebooks" / "pictures"
DESK, PHONE = {"width": 1280, "height": 1000}, {"width": 390, "height": 844}
PAGES = {"overview": DESK, "portfolio": DESK, "migration": DESK, "retention": DESK}


def take(browser: Browser, address: str, name: str, screen: dict[str, int]) -> None:
    """One picture of what a reader sees without scrolling."""
    tab = browser.new_page(viewport=screen)
    tab.goto(address)
    tab.wait_for_selector("#cells:not([aria-busy]) .co-card svg")
    tab.wait_for_timeout(2500)  # figures are drawn anew where the screen is no desk
    tab.screenshot(path=FOLDER / f"{name}.png")
    tab.close(run_before_unload=True)
    print(FOLDER / f"{name}.png")


def main() -> None:
    """All of them."""
    if CHROMIUM is None:
        sys.exit("no Chromium here; name one in $CHROMIUM")
    FOLDER.mkdir(exist_ok=True)
    command = [sys.executable, "-c", "from clientops.cli import main; main()", "serve",
               "--port", "0", "--data", str(SAMPLE)]  # fmt: skip
    with (
        tempfile.TemporaryDirectory() as nobody,  # no users: the pages are open
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
            env={k: v for k, v in os.environ.items() if k != "CLIENTOPS_USERS"}
            | {"XDG_CONFIG_HOME": nobody},
        ) as server,
        sync_playwright() as playwright,
    ):  # fmt: skip
        lines = iter(server.stdout.readline, "")
        address = next(found[0] for line in lines if (found := re.search(r"http://[^\s/]+", line)))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, screen in PAGES.items():
            take(browser, f"{address}/{name}", name, screen)
        take(browser, f"{address}/overview", "phone", PHONE)
        browser.close()
        server.terminate()


if __name__ == "__main__":
    main()
