// What a page does beside its widgets: shows when it is ready, notices what has become of its kernel
// and of its data, ends its kernel with itself.
"use strict";

const clientops = {
  every: 10000, // milliseconds between two looks at the kernel
  moment: 500, // milliseconds from the end of the connection to a look at the kernel
  calm: 30000, // milliseconds a page must have lived to reload itself without being asked
  patience: 5000, // milliseconds the widgets may take to show what the last cell has given
  kernel: document.currentScript.dataset.kernel,

  // A connection of its own tells the server that this tab is there, from the first moment on: it
  // breaks when the tab is closed, however busy that is, and ends when the kernel does.
  here() {
    this.line = new WebSocket(`${location.origin.replace("http", "ws")}/here/${this.kernel}`);
    // It breaks too where the reader goes on to another page: this one is gone a moment later.
    this.line.addEventListener("close", () =>
      setTimeout(() => document.hidden || this.look(), this.moment));
  },

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
    if (this.left) return; // a reload would hold the reader back
    if (!now.alive) return this.revive();
    if (this.line.readyState > WebSocket.OPEN) this.here();
    document.getElementById("dead").hidden = true;
    if (now.version !== this.cells.dataset.version) this.show("renewed");
  },

  // Begin anew from the address; a page that ends soon after it began asks first, so that nothing
  // turns in circles.
  revive() {
    clearInterval(this.timer);
    if (performance.now() < this.calm && sessionStorage.getItem("clientops-revived")) {
      return this.show("dead");
    }
    sessionStorage.setItem("clientops-revived", "yes");
    location.reload();
  },

  show(banner) {
    document.getElementById(banner).hidden = false;
  },

  end() {
    this.left = true;
    const form = new FormData();
    form.append("_xsrf", (document.cookie.match(/\b_xsrf=([^;]*)/) || ["", ""])[1]);
    navigator.sendBeacon(`/voila/api/shutdown/${this.kernel}`, form);
  },

  // What has come is shown at once, and the skeleton goes when the last cell has come; a prerendered
  // page goes when all that it shows is there to take its place.
  ready() {
    if (!document.querySelector(".co-done")) return;
    const prerendered = document.getElementById("prerendered");
    if (prerendered && !this.isWhole(prerendered)) {
      this.hurry ??= setTimeout(() => this.swap(prerendered), this.patience);
      return;
    }
    this.swap(prerendered);
    return true;
  },

  isWhole(prerendered) {
    return ["section", ".widget-dropdown"].every((kind) =>
      this.cells.querySelectorAll(kind).length >= prerendered.querySelectorAll(kind).length);
  },

  // The card that is read keeps its place on the screen; what was unfolded stays so. A control that
  // is in use, whose list may be open, is left to the reader: it works.
  swap(prerendered) {
    clearTimeout(this.hurry);
    const used = prerendered?.querySelector("select:focus");
    if (used) {
      used.onblur = () => this.swap(prerendered);
      return;
    }
    const [old, alive] = [prerendered, this.cells].map((part) =>
      [...(part?.querySelectorAll("section") || [])]);
    const at = Math.max(0, old.findIndex((card) => card.getBoundingClientRect().bottom > 0));
    const before = old[at]?.getBoundingClientRect().top;
    old.forEach((card, number) => {
      const how = alive[number]?.querySelector("details");
      if (how && card.querySelector("details[open]")) how.open = true;
      if (how && cards.box(card)?.matches(".co-open")) cards.box(how)?.classList.add("co-open");
    });
    prerendered?.remove();
    document.getElementById("loading")?.remove();
    this.cells.removeAttribute("aria-busy");
    if (alive[at] && before !== undefined && window.scrollY > 0) {
      window.scrollBy(0, alive[at].getBoundingClientRect().top - before);
    }
  },

  // What the controls stand at is the address: it can be sent on, a reload comes back here, and Back
  // undoes the last choice.
  address() {
    const now = document.querySelector(".co-address");
    if (!now || now === this.stood) return;
    this.stood = now;
    const { query, back } = now.dataset;
    if (back === undefined && `?${query}` !== location.search) {
      history.pushState(null, "", `?${query}`);
    }
  },

  // The browser went back or forward among the choices: the kernel follows.
  gone() {
    if (!cards.ask(`address ${location.search.slice(1)}`)) location.reload();
  },

  // What is typed into the header's field finds clients while one types.
  find(event) {
    const field = event.target.closest?.(".find input");
    if (!field) return;
    clearTimeout(this.finding);
    this.finding = setTimeout(async () => {
      const query = new URLSearchParams(location.search);
      query.delete("client_id");
      query.set("q", field.value);
      query.set("part", "1");
      const answer = await fetch(`${field.form.getAttribute("action")}?${query}`);
      if (answer.ok) field.form.querySelector("[role=status]").innerHTML = await answer.text();
    }, 150);
  },

  // The arrows lead through what was found.
  pressed(event) {
    const form = event.target.closest?.(".find");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!form || !step) return;
    const stops = [...form.querySelectorAll("input, a")];
    stops[stops.indexOf(event.target) + step]?.focus();
    event.preventDefault();
  },

  // A control of the prerendered page leads to the address of what is chosen.
  chosen(event) {
    const field = event.target.closest?.("#prerendered select");
    if (!field) return;
    const query = new URLSearchParams(location.search);
    query.set(field.dataset.name, field.value);
    if (!field.value) query.delete(field.dataset.name);
    location.assign(`?${query}`);
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
    for (const key of document.querySelector("header nav").dataset.carried.split(" ")) {
      there.searchParams.delete(key);
      if (now.has(key)) there.searchParams.set(key, now.get(key));
    }
    link.href = there.href;
  },
};

window.voila_heartbeat = () => {};
window.voila_finish = () => {}; // Voila's theme is ours: nothing waits for it

clientops.here();
window.addEventListener("popstate", () => clientops.gone());
window.addEventListener("pagehide", () => clientops.end()); // also while the page still loads
document.addEventListener("click", (event) => clientops.follow(event), true);
document.addEventListener("change", (event) => clientops.chosen(event));
document.addEventListener("input", (event) => clientops.find(event));
document.addEventListener("keydown", (event) => clientops.pressed(event));
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
