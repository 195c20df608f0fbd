// What a page does beside its widgets: shows when it is ready, notices a dead kernel, ends its own.
"use strict";

const clientops = {
  every: 10000, // milliseconds between two looks at the kernel

  // The kernel lives as long as the page does; where it ends before, the reader is told.
  watch(kernel) {
    this.kernel = kernel;
    this.timer = setInterval(() => this.look(), this.every);
    document.addEventListener("visibilitychange", () => document.hidden || this.look());
    window.addEventListener("pagehide", () => this.end());
    window.addEventListener("pageshow", (event) => event.persisted && location.reload());
  },

  async look() {
    try {
      const answer = await fetch(`/alive/${this.kernel}`, { cache: "no-store" });
      if ((await answer.json()).alive) return;
    } catch {} // the server is gone
    clearInterval(this.timer);
    document.getElementById("dead").hidden = false;
  },

  end() {
    const form = new FormData();
    form.append("_xsrf", (document.cookie.match(/\b_xsrf=([^;]*)/) || ["", ""])[1]);
    navigator.sendBeacon(`/voila/api/shutdown/${this.kernel}`, form);
  },

  // The skeleton goes when no output waits to be drawn.
  ready() {
    if (document.querySelector('script[type="application/vnd.voila.cell-output+json"]')) return;
    document.getElementById("loading")?.remove();
    document.getElementById("cells").removeAttribute("aria-busy");
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

document.addEventListener("click", (event) => clientops.follow(event), true);
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest" });
  document.querySelector("#dead button").addEventListener("click", () => location.reload());
  const waiting = new MutationObserver(() => clientops.ready() && waiting.disconnect());
  waiting.observe(document.body, { childList: true, subtree: true });
  if (clientops.ready()) waiting.disconnect();
  new MutationObserver(() => clientops.address()).observe(document.getElementById("cells"), {
    childList: true, subtree: true,
  });
});
