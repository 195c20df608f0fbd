// What a page does beside its widgets: shows when it is ready, notices what has become of its kernel
// and of its data, ends its kernel with itself.
"use strict";

const clientops = {
  every: 10000, // milliseconds between two looks at the kernel
  calm: 300000, // milliseconds in which a page reloads itself at most once

  // The kernel lives as long as the page does; where it ends before, the page begins anew.
  watch() {
    this.timer = setInterval(() => document.hidden || this.look(), this.every);
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    window.addEventListener("online", () => this.look());
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  },

  get cells() {
    return document.getElementById("cells");
  },

  get kernel() {
    return this.cells?.dataset.kernel;
  },

  async look() {
    let now;
    try {
      const answer = await fetch(`/alive/${this.kernel}`, { cache: "no-store" });
      now = answer.ok ? await answer.json() : { alive: false }; // 403: signed out
    } catch { // the server is gone, or the network: it may come back
      this.missed = (this.missed || 0) + 1;
      if (this.missed > 1) this.show("dead");
      return;
    }
    this.missed = 0;
    if (!now.alive) return this.revive();
    document.getElementById("dead").hidden = true;
    if (now.version !== this.cells.dataset.version) this.show("renewed");
  },

  // Begin anew from the address: once, then the reader decides, so that nothing turns in circles.
  revive() {
    clearInterval(this.timer);
    const last = Number(sessionStorage.getItem("clientops-revived"));
    if (Date.now() - last < this.calm) return this.show("dead");
    sessionStorage.setItem("clientops-revived", Date.now());
    location.reload();
  },

  show(banner) {
    document.getElementById(banner).hidden = false;
  },

  end() {
    if (!this.kernel) return;
    const form = new FormData();
    form.append("_xsrf", (document.cookie.match(/\b_xsrf=([^;]*)/) || ["", ""])[1]);
    navigator.sendBeacon(`/voila/api/shutdown/${this.kernel}`, form);
  },

  // What has come is shown at once; the skeleton goes when the last cell has come.
  ready() {
    if (!document.querySelector(".co-done")) return;
    document.getElementById("loading")?.remove();
    this.cells.removeAttribute("aria-busy");
    return true;
  },

  // What the controls stand at is the address: it can be sent on, and a reload comes back here.
  address() {
    const query = document.querySelector(".co-address")?.dataset.query;
    if (query !== undefined && query !== this.query) {
      this.query = query;
      history.replaceState(null, "", `${location.pathname}?${query}`);
    }
  },

  // Links to other pages keep what the controls have written into the address.
  follow(event) {
    if (event.target.closest(".co-broken a")) { // Jupyter takes links without a page for its own
      event.preventDefault();
      location.assign(location.pathname);
      return;
    }
    const link = event.target.closest("header nav a, a.company");
    if (!link) return;
    const now = new URLSearchParams(location.search);
    const there = new URL(link.href);
    for (const key of ["month", "manager_id"]) {
      if (now.has(key)) there.searchParams.set(key, now.get(key));
    }
    link.href = there.href;
  },
};

window.voila_heartbeat = () => {};
window.voila_finish = () => {}; // Voila's theme is ours: nothing waits for it

window.addEventListener("pagehide", () => clientops.end()); // also while the page still loads
document.addEventListener("click", (event) => clientops.follow(event), true);
document.addEventListener("DOMContentLoaded", () => {
  const cells = clientops.cells;
  clientops.watch();
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest" });
  for (const button of document.querySelectorAll(".banner button")) {
    button.addEventListener("click", () => location.reload());
  }
  new MutationObserver((changes, observer) => clientops.ready() && observer.disconnect()).observe(
    cells, { childList: true, subtree: true },
  );
  new MutationObserver(() => clientops.address()).observe(cells, { childList: true, subtree: true });
});
