// What a reader clicks on cards goes to the kernel as a line of one hidden text field.
"use strict";

const cards = {
  asked: 0,

  ask(text) {
    const field = document.querySelector(".co-ask input");
    if (!field) return false;
    field.value = `${++this.asked} ${text}`; // a number before it: the same may be asked twice
    field.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  },

  clicked(event) {
    const link = event.target.closest("a.co-client");
    if (link) this.remember(link);
    const at = event.target.closest("[data-cell], [data-sort], [data-excel], [data-own], [data-client], [data-tick], .co-fold, .co-more");
    if (!at) return;
    const { cell, sort, excel, own, client, tick } = at.dataset;
    if (tick !== undefined) this.ask(`tick ${tick}`);
    if (client) location.assign(this.client(client));
    if (own) {
      this.picked = at.closest(".co-picker")?.querySelector("input");
      this.picked?.focus(); // what was found goes
      if (this.picked) { // what was typed last, and is not told yet, must not come behind the choice
        this.picked.value = at.textContent;
        this.picked.dispatchEvent(new Event("input", { bubbles: true }));
      }
      this.ask(`own ${own}`);
    }
    if (at.matches(".co-fold")) at.closest(".co-controls").classList.toggle("co-open");
    if (at.matches(".co-more")) this.box(at).classList.toggle("co-open");
    this.folded();
    if (cell) this.ask(`cell ${cell}`);
    if (sort) this.ask(`sort ${at.closest("section").dataset.table} ${sort}`);
    if (excel) this.ask(`excel ${excel}`);
  },

  // The address of a client's page, with what goes along.
  client(whom) {
    const kept = new URLSearchParams(location.search);
    const known = document.querySelector("header nav").dataset.carried.split(" ");
    for (const key of [...kept.keys()]) if (!known.includes(key)) kept.delete(key);
    const rest = kept.toString();
    return `/client?${whom}${rest && `&${rest}`}`;
  },

  // Previous and next among the clients of the list one came from.
  remember(link) {
    const table = link.closest("section")?.querySelector("[data-clients]");
    if (table) sessionStorage.setItem("co_clients", table.dataset.clients);
  },

  walk(place) {
    const query = new URLSearchParams(location.search);
    const all = (sessionStorage.getItem("co_clients") || "").split(" ").map(decodeURIComponent);
    const at = all.indexOf(query.get("client_id"));
    for (const [link, step] of [[place.firstElementChild, -1], [place.lastElementChild, 1]]) {
      const id = at < 0 ? undefined : all[at + step];
      link.hidden = !id;
      query.set("client_id", id);
      link.href = `?${query}`;
    }
  },

  // What holds a card, and stays when the card is drawn anew.
  box(part) {
    return part.closest(".co-box, .co-wide-box");
  },

  // Filters, and on a phone most of the cards, are folded away until they are asked for.
  folded() {
    for (const fold of document.querySelectorAll(".co-fold, .co-more")) {
      const is = String(Boolean(fold.closest(".co-open")));
      if (fold.getAttribute("aria-expanded") !== is) fold.setAttribute("aria-expanded", is);
    }
  },

  // In a picker the arrows lead through what was found; Enter in its field takes the first.
  pressed(event) {
    const picker = event.target.closest(".co-picker");
    if (!picker) return;
    const stops = [...picker.querySelectorAll("input, [data-own]")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) stops[stops.indexOf(event.target) + step]?.focus();
    else if (event.key === "Enter" && event.target.matches("input")) stops[1]?.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  },

  // A workbook that the kernel has left is saved at once; the list of a clicked cell is shown.
  changed() {
    const file = document.querySelector(".co-hidden a.co-excel");
    if (file && file.href !== this.saved) {
      this.saved = file.href;
      file.click();
      document.dispatchEvent(new CustomEvent("co-saved", { detail: file.download }));
    }
    const walk = document.querySelector(".co-walk");
    if (walk) this.walk(walk);
    const filter = document.querySelector(".co-filter");
    if (filter && filter.dataset.cell !== this.filter) {
      this.box(filter).classList.add("co-open");
      filter.closest("section").scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
    this.filter = filter?.dataset.cell;
    this.folded();
    if (this.picked && !this.picked.closest(".co-picker").querySelector("[data-own]")) {
      this.picked.select(); // what is typed next takes its place
      this.picked = undefined;
    }
    this.draw();
    const top = document.querySelector(".top")?.offsetHeight || 0; // controls stick below the header
    document.documentElement.style.setProperty("--top", `${top}px`);
  },

  // Figures are drawn for the screen they are on; the kernel begins with what the cookie says.
  draw() {
    const width = document.documentElement.clientWidth;
    const screen = width >= 1100 ? "desk" : width > 500 ? "tablet" : "phone";
    if (screen === this.screen || !document.querySelector(".co-ask input")) return;
    const first = this.screen === undefined;
    this.screen = screen;
    const drawn = document.body.dataset.screen || "desk";
    if (!first || screen !== drawn) this.ask(`screen ${screen}`);
    document.cookie = `co_screen=${screen}; path=/; samesite=strict`;
  },
};

document.addEventListener("click", (event) => cards.clicked(event));
document.addEventListener("keydown", (event) => cards.pressed(event), true);
document.addEventListener("focusin", (event) =>
  event.target.closest(".co-picker") && event.target.select?.());
window.addEventListener("resize", () => cards.draw());
document.addEventListener("DOMContentLoaded", () => {
  // Classes too: a widget has none yet when it comes.
  new MutationObserver(() => cards.changed()).observe(document.getElementById("cells") || document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["class"],
  });
});
