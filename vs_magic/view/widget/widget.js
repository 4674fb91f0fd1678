// The candidate widget's view. It shows what Python's traits hold and sends Python what is wanted;
// it owns only how things are looked at: sorting, filtering, folding, the tail's slider.
//
// Every question to Python has an answer (`_receive` in widget.py). `h`, `say` and other small tools
// are those of shared.js.

const HUES = 8; // more candidates than this, and colours would say less than they cost
const LABELLED = 0.03; // narrower segments of the strip carry no number
const STOPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
  0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1];
const PATIENCE = 700; // milliseconds without an answer before the kernel is said to be busy
const UNASKED = ["price", "look", "find"]; // nobody waits for these
const KEYS = [
  ["↑ ↓ Home End", "move between candidates"],
  ["Enter", "unfold or fold the candidate"],
  ["c", "copy the candidate"],
  ["p", "pin it, or let it go"],
  ["r", "show its reply's reasoning, where there is one"],
  ["d", "draw one by weight"],
  ["x", "draw a hundred"],
  ["/", "filter the texts"],
  ["[ ]", "the ask before, the next one"],
  ["Esc", "leave a field; stop an ask that runs"],
  ["?", "show or hide this list"],
];

// ---- questions to Python ----------------------------------------------------------------------

/** Return `ask(what, details)`, a promise of Python's answer; `slow(yes)` tells of a wait. */
function correspondence(model, signal, slow) {
  const mine = Math.random().toString(36).slice(2);
  const waiting = new Map();
  let number = 0;
  const hear = (answer) => {
    const asked = answer && waiting.get(answer.n);
    if (!asked) return;
    waiting.delete(answer.n);
    clearTimeout(asked.timer);
    if (asked.timer) slow(false);
    asked.resolve(answer);
  };
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", hear);
    for (const { timer } of waiting.values()) clearTimeout(timer);
  });
  return (what, details = {}) => new Promise((resolve) => {
    const n = `${mine}:${number += 1}`;
    const timer = UNASKED.includes(what) ? 0 : setTimeout(() => slow(true), PATIENCE);
    waiting.set(n, { resolve, timer });
    model.send({ do: what, n, ...details });
  });
}

// ---- one candidate ----------------------------------------------------------------------------

class RowView {
  constructor(view, row, extra) {
    this.view = view;
    this.open = false;
    this.whole = null;
    this.chip = h("span", { class: "vsw-chip", "aria-hidden": "true" });
    this.number = h("b");
    this.kind = h("span", { class: "vsw-hidden" });
    this.weight = h("span");
    this.fill = h("u");
    this.tick = h("s");
    this.tallyFill = h("u");
    this.tallyText = h("span", { class: "vsw-drawn" });
    this.tally = h("div", { class: "vsw-tally", hidden: true }, this.tallyFill);
    this.text = h("div", { class: "vsw-text", dir: "auto" });
    this.marks = h("div", { class: "vsw-marks" });
    this.why = h("div", { class: "vsw-why", hidden: true });
    this.foldButton = this.button("", () => this.unfold());
    this.whyButton = this.button("Reasoning", () => this.reason());
    this.whyButton.setAttribute("aria-expanded", "false");
    this.copyButton = this.button("Copy", () => this.copy());
    this.pinButton = this.button("Pin", () => this.pin());
    this.acts = h("div", { class: "vsw-acts" }, this.whyButton, this.pinButton, this.copyButton);
    this.node = h("li", { class: `vsw-row ${extra || ""}`, tabindex: "-1" },
      h("div", { class: "vsw-meter" },
        h("div", { class: "vsw-n" }, this.chip, this.kind, this.number, this.weight),
        h("div", { class: "vsw-bars" }, h("div", { class: "vsw-bar" }, this.fill), this.tally,
          this.tick),
        this.tallyText),
      h("div", { class: "vsw-body" }, this.text, this.foldButton, this.marks, this.why),
      this.acts);
    this.node.addEventListener("focusin", () => view.activate(this));
    this.update(row);
  }

  button(name, act) {
    return h("button", { type: "button", class: "vsw-quiet", tabindex: "-1", onclick: act }, name);
  }

  update(row) {
    const drawn = JSON.stringify(row);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.row = row;
    this.failed = row.error !== undefined;
    this.node.classList.toggle("vsw-failed", this.failed);
    say(this.chip, this.failed ? "!" : String(row.rank ?? row.at + 1));
    if (this.failed) {
      say(this.number, "failed");
      say(this.weight, `call ${row.call}`);
      say(this.text, row.error);
    } else {
      const said = row.p !== undefined;
      say(this.kind, said ? "stated probability " : "weight ");
      say(this.number, said ? stated(row.p) : percent(row.w));
      say(this.weight, said ? `weight ${percent(row.w)}` : "weight");
      this.tick.hidden = !said || row.w === undefined;
      say(this.text, this.open && this.whole !== null ? this.whole : this.headText());
    }
    this.marks.replaceChildren(...row.marks.map(([kind, words]) =>
      h("span", { class: `vsw-mark vsw-mark-${kind}` }, words)));
    this.whyButton.hidden = !row.why;
    this.copyButton.hidden = this.pinButton.hidden = this.failed;
    this.foldButton.hidden = !row.long;
    this.fold();
  }

  headText() { return this.row.cut ? `${this.row.text} …` : this.row.text; }

  fold() {
    this.text.classList.toggle("vsw-folded", Boolean(this.row.long) && !this.open);
    if (this.open) this.text.tabIndex = 0; // it may scroll, and has to be reached
    else this.text.removeAttribute("tabindex");
    const all = `Show all ${this.row.chars?.toLocaleString("en")} characters`;
    say(this.foldButton, this.open ? "Fold" : all);
    this.foldButton.setAttribute("aria-expanded", String(this.open));
  }

  async unfold() {
    if (!this.row.long) return;
    this.open = !this.open;
    this.fold();
    if (this.open && this.row.cut && this.whole === null) {
      this.text.setAttribute("aria-busy", "true");
      this.whole = (await this.view.ask("text", { id: this.row.id })).text;
      this.text.removeAttribute("aria-busy");
    }
    say(this.text, this.open && this.whole !== null ? this.whole : this.headText());
  }

  async copy() {
    if (this.failed) return;
    const { text } = await this.view.ask("copy", { ids: [this.row.id] });
    this.view.copied(this.copyButton, await toClipboard(text, this.view.root), "1 candidate");
  }

  pin() {
    if (!this.failed) this.view.ask("pin", { id: this.row.id, on: !this.pinned });
  }

  async reason() {
    if (!this.row.why) return;
    const open = this.why.hidden;
    this.whyButton.setAttribute("aria-expanded", String(open));
    if (open && !this.why.textContent) {
      const { text } = await this.view.ask("why", { id: this.row.id });
      this.why.replaceChildren(h("b", {}, "The reply's reasoning"),
        h("div", { class: "vsw-text", dir: "auto" }, text));
    }
    this.why.hidden = !open;
  }

  paintPin(pins) {
    this.pinned = pins.includes(this.row.id);
    say(this.pinButton, this.pinned ? "Pinned" : "Pin");
    this.pinButton.setAttribute("aria-pressed", String(this.pinned));
    this.node.classList.toggle("vsw-pinned", this.pinned);
  }

  /** Put the bars on the scale that the list shares. */
  paintScale(scale) {
    if (this.failed) return;
    const said = this.row.p !== undefined;
    this.fill.style.width = width((said ? this.row.p : this.row.w ?? 0) / scale);
    this.tick.style.left = width((this.row.w ?? 0) / scale);
  }

  /** Return the candidate's segment of the strip. */
  paintSegment() {
    const { w } = this.row;
    if (!this.segment) this.segment = h("i", {}, h("span"));
    say(this.segment.firstChild, w >= LABELLED ? String(Math.round(100 * w)) : "");
    this.segment.style.flexGrow = String(w);
    this.segment.dataset.hue = this.node.dataset.hue;
    this.segment.classList.toggle("vsw-out", this.away);
    return this.segment;
  }

  paintTally(count, total, scale, isLast) {
    const shown = total > 0 && !this.failed;
    this.tally.hidden = !shown;
    if (shown) this.tallyFill.style.width = width(count / total / scale);
    const share = total >= 10 ? ` · ${percent(count / total)}` : "";
    say(this.tallyText, shown ? `drawn ${count} of ${total}${share}` : "");
    this.node.classList.toggle("vsw-on", isLast);
  }
}

// ---- the whole --------------------------------------------------------------------------------

class WidgetView {
  constructor(model, signal) {
    this.model = model;
    this.rows = new Map();
    this.active = null;
    this.found = null;
    this.tallied = { counts: {}, total: 0, last: null };
    this.playing = 0;
    this.look = { sort: null, back: false, query: "", tail: 1, only: false,
      ...this.model.get("look") };
    this.ask = correspondence(model, signal, (yes) => { this.slow.hidden = !yes; });
    this.build();
    this.listen(signal);
    for (const part of Object.keys(PAINT)) this[PAINT[part]]();
    this.reprice();
  }

  get = (name) => this.model.get(name) || {};

  // -- building: once --

  build() {
    this.task = h("p", { class: "vsw-task", dir: "auto" });
    this.meta = h("p", { class: "vsw-facts1" });
    this.bound = h("p", { class: "vsw-bound", role: "status" });
    this.strip = h("div", { class: "vsw-strip", role: "img" });
    this.sum = h("p", { class: "vsw-sum" });
    this.note = h("p", { class: "vsw-note" });
    this.list = h("ol", { class: "vsw-list", "aria-label": "Candidates" });
    this.list.addEventListener("keydown", (event) => this.listKey(event));
    this.empty = h("p", { class: "vsw-empty" });
    this.kept = h("div", { class: "vsw-kept", hidden: true });
    this.status = h("p", { class: "vsw-say", role: "status", "aria-live": "polite" });
    this.slow = h("p", { class: "vsw-say", role: "status", hidden: true },
      "No answer yet: the kernel is busy with a cell (this follows when it ends), or not running.");
    this.trouble = h("div", { class: "vsw-trouble", role: "alert", hidden: true });
    this.printed = h("div", { class: "vsw-printed", hidden: true });
    this.root = h("section", { class: "vsw", "aria-label": "Candidates" },
      h("header", { class: "vsw-head" },
        h("div", { class: "vsw-title" }, this.task, this.buildPast()),
        h("div", { class: "vsw-meta" }, this.meta, this.bound)),
      this.strip, h("div", { class: "vsw-under" }, this.sum, this.buildLegend()), this.note,
      this.buildTools(), this.list, this.empty, this.kept, this.buildFoot(), this.trouble,
      this.printed, this.buildBottom());
  }

  buildPast() {
    const to = (step) => () => this.step(step);
    this.before = h("button", { type: "button", class: "vsw-quiet vsw-square", onclick: to(-1),
      "aria-label": "The ask before" }, "‹");
    this.after = h("button", { type: "button", class: "vsw-quiet vsw-square", onclick: to(1),
      "aria-label": "The next ask" }, "›");
    this.where = h("span", { role: "status" });
    this.pool = h("button", { type: "button", class: "vsw-toggle", "aria-pressed": "false",
      onclick: () => this.ask("pool", { on: !this.get("past").pooled }) }, "Pool");
    this.past = h("div", { class: "vsw-past", role: "group", "aria-label": "Asks so far" },
      this.before, this.where, this.after, this.pool);
    return this.past;
  }

  buildLegend() {
    const key = (name) => h("span", {}, h("i", { class: `vsw-key-${name}` }), name);
    this.legendDrawn = key("drawn");
    this.legendStated = key("stated");
    this.legendWeight = key("weight");
    this.axis = h("span");
    this.legend = h("p", { class: "vsw-legend" }, this.legendStated, this.legendWeight,
      this.legendDrawn, this.axis);
    return this.legend;
  }

  buildTools() {
    const option = ([value, name]) => h("option", { value }, name);
    this.sort = h("select", { onchange: () => this.see({ sort: this.sort.value }) },
      ...[["probability", "probability"], ["order", "order"], ["length", "length"]].map(option));
    this.back = h("button", { type: "button", class: "vsw-quiet vsw-square", "aria-pressed": "false",
      "aria-label": "Reverse the order", onclick: () => this.see({ back: !this.look.back }) }, "↓");
    this.query = h("input", { type: "search", placeholder: "Filter the texts",
      "aria-label": "Filter the texts", oninput: () => this.filter() });
    this.query.value = this.look.query;
    this.left = h("span", { class: "vsw-left", role: "status" });
    this.tail = h("input", { type: "range", min: "0", step: "1",
      oninput: () => this.see({ tail: this.stops[Number(this.tail.value)] }) });
    this.tailText = h("output", {});
    this.only = h("input", { type: "checkbox",
      onchange: () => this.see({ only: this.only.checked }) });
    this.onlyLabel = h("label", { class: "vsw-check", hidden: true }, this.only, "only these");
    this.tailGroup = h("div", { class: "vsw-group vsw-tailgroup" },
      h("label", {}, "tail ", this.tail), this.tailText, this.onlyLabel);
    this.tools = h("div", { class: "vsw-tools", role: "group", "aria-label": "How to look" },
      h("div", { class: "vsw-group" }, h("label", {}, "sort by ", this.sort), this.back),
      h("div", { class: "vsw-group vsw-grow" }, this.query, this.left), this.tailGroup);
    return this.tools;
  }

  buildFoot() {
    const draw = (times) => () => this.draw(times);
    this.drawOne = h("button", { type: "button", class: "vsw-main", onclick: draw(1) }, "Draw");
    this.drawMany = h("button", { type: "button", class: "vsw-second", onclick: draw(100),
      "aria-label": "Draw 100 times" }, "×100");
    this.seed = h("input", { type: "number", step: "1", placeholder: "none", class: "vsw-seed",
      onchange: () => this.ask("reseed", { seed: this.seed.value }) });
    this.clear = h("button", { type: "button", class: "vsw-quiet", hidden: true,
      onclick: () => this.ask("reseed", { seed: this.seed.value }) }, "Clear");
    const drawing = h("div", { class: "vsw-group vsw-drawing", role: "group",
      "aria-label": "Draw by weight" }, this.drawOne, this.drawMany,
    h("label", {}, "seed ", this.seed), this.clear);
    this.bar = h("div", { class: "vsw-progress", role: "progressbar", hidden: true,
      "aria-label": "Progress of the ask" }, h("u"));
    return h("footer", { class: "vsw-foot" }, this.bar,
      h("div", { class: "vsw-line" }, drawing, h("div", { class: "vsw-says" }, this.status, this.slow)),
      this.buildAgain());
  }

  buildAgain() {
    const priced = { oninput: () => this.repriceSoon(), onchange: () => this.repriceSoon() };
    const field = (name, input, title) => h("label", { title }, `${name} `, input);
    this.method = h("select", priced);
    this.k = h("input", { type: "number", min: "1", step: "1", class: "vsw-short", ...priced });
    this.below = h("input", { type: "number", min: "0", max: "1", step: "0.05", placeholder: "off",
      class: "vsw-short", ...priced });
    this.heat = h("input", { type: "number", min: "0", step: "0.1", placeholder: "auto",
      class: "vsw-short", ...priced });
    this.again = h("button", { type: "button", class: "vsw-second vsw-again",
      onclick: () => (this.busy ? this.stop() : this.askAgain()) }, "Ask again");
    this.price = h("span", { class: "vsw-price", role: "status" });
    this.seconds = h("span", { class: "vsw-price", role: "timer", hidden: true });
    this.asks = h("div", { class: "vsw-group vsw-asking", role: "group", "aria-label": "Ask again" },
      field("method", this.method, "How the model is asked"),
      field("k", this.k, "Candidates asked for in one call"),
      field("below", this.below, "Ask for the tail: each stated probability below this; empty: off"),
      field("T", this.heat, "Temperature; empty: the endpoint's own"),
      this.again, this.price, this.seconds);
    return this.asks;
  }

  buildBottom() {
    this.details = h("div", { class: "vsw-call", id: `vsw-${Math.random().toString(36).slice(2)}`,
      hidden: true });
    this.detailsButton = h("button", { type: "button", class: "vsw-quiet", "aria-expanded": "false",
      "aria-controls": this.details.id, onclick: () => this.lift() }, "▸ Call details");
    this.keys = h("ul", { class: "vsw-keys", hidden: true },
      ...KEYS.map(([key, what]) => h("li", {}, h("kbd", {}, key), h("span", {}, what))));
    this.keysButton = h("button", { type: "button", class: "vsw-quiet", "aria-expanded": "false",
      onclick: () => this.showKeys() }, "Keys");
    this.copyAll = h("button", { type: "button", class: "vsw-quiet",
      onclick: () => this.copyShown() }, "Copy all");
    this.form = h("select", {},
      ...[["csv", "CSV"], ["jsonl", "JSON lines"], ["markdown", "Markdown"]].map(
        ([value, name]) => h("option", { value }, name)));
    this.onlyPins = h("input", { type: "checkbox" });
    this.onlyPinsLabel = h("label", { class: "vsw-check", hidden: true }, this.onlyPins, "pinned only");
    this.save = h("button", { type: "button", class: "vsw-quiet",
      onclick: () => this.export(false) }, "Download");
    this.take = h("button", { type: "button", class: "vsw-quiet", "aria-label": "Copy the export",
      onclick: () => this.export(true) }, "Copy");
    return h("div", { class: "vsw-bottom" }, h("div", { class: "vsw-bar2" },
      this.detailsButton, this.keysButton, h("span", { class: "vsw-grow" }), this.copyAll,
      h("div", { class: "vsw-group", role: "group", "aria-label": "Export" },
        h("label", {}, "export as ", this.form), this.onlyPinsLabel, this.save, this.take)),
    this.keys, this.details);
  }

  // -- listening --

  listen(signal) {
    const stale = new Set();
    const paint = () => {
      const parts = [...stale];
      stale.clear();
      for (const part of Object.keys(PAINT)) if (parts.includes(part)) this[PAINT[part]]();
    };
    for (const part of Object.keys(PAINT)) {
      const mark = () => {
        if (!stale.size) queueMicrotask(paint);
        stale.add(part);
      };
      this.model.on(`change:${part}`, mark);
      signal.addEventListener("abort", () => this.model.off(`change:${part}`, mark));
    }
    this.root.addEventListener("keydown", (event) => this.key(event));
    keepKeys(this.root, signal);
    signal.addEventListener("abort", () => { this.playing += 1; clearInterval(this.clock); });
  }

  /** Keys that mean something here. */
  key(event) {
    const field = inField(event.target);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const row = this.active && !this.active.node.hidden ? this.active.node : this.drawOne;
      if (field) row.focus();
      else if (this.busy) this.stop();
      return;
    }
    if (field) return;
    const act = {
      d: () => this.draw(1), x: () => this.draw(100), "/": () => this.query.focus(),
      "[": () => this.step(-1), "]": () => this.step(1), "?": () => this.showKeys(),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  listKey(event) {
    if (inField(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    const nodes = [...this.list.children].filter((node) => !node.hidden);
    const at = nodes.indexOf(event.target.closest(".vsw-row"));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: nodes.length - 1 }[event.key];
    const row = this.active;
    const onRow = row && event.target === row.node;
    if (to !== undefined) nodes[Math.max(0, Math.min(to, nodes.length - 1))]?.focus();
    else if (onRow && (event.key === "Enter" || event.key === " ")) row.unfold();
    else if (row && event.key === "c") row.copy();
    else if (row && event.key === "p") row.pin();
    else if (row && event.key === "r") row.reason();
    else return;
    event.preventDefault();
  }

  /** One row is in the tab order, and its buttons with it; arrows move to the others. */
  activate(row) {
    if (this.active === row) return;
    const reach = (of, index) => {
      for (const node of [of.node, ...of.node.querySelectorAll("button")]) node.tabIndex = index;
    };
    if (this.active) reach(this.active, -1);
    this.active = row;
    if (row) reach(row, 0);
  }

  // -- painting: from the traits --

  paintAbout() {
    const { task = "", method = "", facts = [], sum = {}, note = "", empty = "" } = this.get("about");
    say(this.task, task);
    this.task.removeAttribute("tabindex");
    if (task.length > 300) this.task.tabIndex = 0; // it may scroll, and has to be reached
    this.root.setAttribute("aria-label", `Candidates: ${task.slice(0, 80)}`);
    this.meta.replaceChildren(h("b", {}, method), ...facts.map((fact) => h("span", {}, fact)));
    this.sum.replaceChildren(
      sum.value ? h("span", { class: sum.far ? "vsw-far" : "vsw-near" }, sum.value) : "",
      sum.words || "");
    say(this.note, note);
    say(this.empty, empty);
    this.empty.hidden = !empty;
    if (!this.details.hidden) this.showCall(1);
  }

  paintRows() {
    const rows = this.model.get("rows");
    const wanted = new Set(rows.map((row) => row.id));
    for (const [id, view] of this.rows) {
      if (wanted.has(id)) continue;
      if (this.active === view) this.activate(null);
      view.node.remove();
      this.rows.delete(id);
    }
    const arriving = this.rows.size > 0 && this.busy;
    for (const row of rows) {
      const view = this.rows.get(row.id);
      if (view) view.update(row);
      else this.rows.set(row.id, new RowView(this, row, arriving ? "vsw-new" : ""));
    }
    const known = rows.flatMap((row) => [row.p, row.w]).filter((v) => v !== undefined);
    const most = Math.max(0, ...known);
    this.scale = [0.1, 0.2, 0.5].find((end) => most <= end) || 1;
    this.hasStated = rows.some((row) => row.p !== undefined);
    for (const view of this.rows.values()) view.paintScale(this.scale);
    say(this.axis, `bars: 0 to ${this.scale}`);
    this.legend.hidden = !rows.some((row) => row.error === undefined);
    this.legendStated.hidden = !this.hasStated;
    this.legendWeight.firstChild.className = this.hasStated ? "vsw-key-weight" : "vsw-key-stated";
    if (!this.active || !this.rows.has(this.active.row.id)) {
      this.activate(this.rows.values().next().value || null);
    }
    this.found = null;
    this.paintLook();
    this.paintPins();
    this.paintDraws();
    if (this.look.query) this.findWhole();
  }

  /** Sort, filter and tail: order the list and the strip, and count. */
  paintLook() {
    const { query, tail, only, back } = this.look;
    const sort = this.look.sort || (this.hasStated ? "probability" : "order");
    const key = { probability: (r) => -(r.p ?? r.w ?? -1), order: (r) => r.at,
      length: (r) => r.chars ?? Infinity }[sort];
    const turn = back ? -1 : 1;
    const views = [...this.rows.values()].sort((a, b) => (a.failed - b.failed)
      || turn * (key(a.row) - key(b.row)) || a.row.at - b.row.at);
    const needle = query.toLowerCase();
    const all = tail >= 1;
    let shown = 0;
    let below = 0;
    let mass = 0;
    views.forEach((view, at) => {
      const { row, node } = view;
      const inTail = all || (row.p !== undefined && row.p < tail);
      const matches = !needle || (row.text ?? row.error).toLowerCase().includes(needle)
        || Boolean(this.found?.has(row.id));
      node.hidden = !matches || (!all && only && !inTail);
      node.classList.toggle("vsw-out", !inTail);
      view.away = node.hidden || !inTail;
      node.dataset.hue = this.rows.size <= HUES ? (row.rank ?? row.at + 1) : at % 2 ? "b" : "a";
      shown += !node.hidden;
      if (!all && inTail && !view.failed) { below += 1; mass += row.w ?? 0; }
    });
    this.order(views.map((view) => view.node));
    this.list.classList.toggle("vsw-tall", views.length > 12);
    this.list.classList.toggle("vsw-tailing", !all);
    this.list.style.setProperty("--tail", width(tail / this.scale));
    this.paintTools({ sort, shown, below, mass, all });
    this.paintStrip(views);
  }

  /** Put the rows in order; a row that holds the focus is left where it is, the others move. */
  order(nodes) {
    const now = this.list.children;
    if (now.length === nodes.length && nodes.every((node, at) => node === now[at])) return;
    if (!this.list.contains(this.root.getRootNode().activeElement)) this.list.replaceChildren(...nodes);
    else {
      const held = nodes.findIndex((node) => node.contains(this.root.getRootNode().activeElement));
      nodes[held].before(...nodes.slice(0, held));
      nodes[held].after(...nodes.slice(held + 1));
    }
  }

  paintTools({ sort, shown, below, mass, all }) {
    const count = this.rows.size;
    this.tools.hidden = count < 2;
    this.sort.value = sort;
    this.back.setAttribute("aria-pressed", String(this.look.back));
    say(this.back, this.look.back ? "↑" : "↓");
    say(this.left, shown < count ? `${shown} of ${count} shown` : "");
    this.tailGroup.hidden = !this.hasStated;
    this.stops = [...new Set([...STOPS, this.look.tail])].sort((a, b) => a - b);
    this.tail.max = String(this.stops.length - 1);
    this.tail.value = String(this.stops.indexOf(this.look.tail));
    const words = all ? "off" : `below ${this.look.tail}: ${below} of ${count}, ${percent(mass)} of the weight`;
    this.tail.setAttribute("aria-valuetext", words);
    say(this.tailText, words);
    this.onlyLabel.hidden = all;
  }

  paintStrip(views) {
    const parts = views.filter((view) => view.row.w !== undefined);
    this.strip.hidden = parts.length < 2;
    this.strip.style.gap = parts.length <= 24 ? "2px" : parts.length <= 80 ? "1px" : "0";
    this.strip.replaceChildren(...parts.map((view) => view.paintSegment()));
    const said = parts.slice(0, 12).map((view) => Math.round(100 * view.row.w)).join(", ");
    const more = parts.length > 12 ? ` and ${parts.length - 12} more` : "";
    this.strip.setAttribute("aria-label", `Weights in the order shown, in percent: ${said}${more}`);
  }

  paintPins() {
    const pins = this.model.get("pins") || [];
    for (const view of this.rows.values()) view.paintPin(pins);
    const kept = this.model.get("kept") || [];
    this.kept.hidden = !kept.length;
    this.kept.replaceChildren(h("p", { class: "vsw-keptname" }, "Pinned from other asks"),
      h("ul", {}, ...kept.map((row) => h("li", {},
        h("span", { class: "vsw-n" }, h("b", {}, row.p === undefined ? percent(row.w) : stated(row.p)),
          `ask ${row.id.split(".")[0]}`),
        h("span", { class: "vsw-text", dir: "auto" }, row.cut ? `${row.text} …` : row.text),
        h("button", { type: "button", class: "vsw-quiet",
          onclick: () => this.ask("pin", { id: row.id, on: false }) }, "Unpin")))));
    this.onlyPinsLabel.hidden = !pins.length;
    if (!pins.length) this.onlyPins.checked = false;
  }

  paintDraws() {
    const draws = this.get("draws");
    if (document.activeElement !== this.seed) this.seed.value = draws.seed ?? "";
    if (!this.playing) this.tallyUp(draws);
  }

  tallyUp({ counts = {}, total = 0, last = null }) {
    this.tallied = { counts, total, last };
    for (const [id, view] of this.rows) {
      view.paintTally(counts[id] || 0, total, this.scale, id === last);
    }
    this.lightUp(last);
    this.clear.hidden = this.legendDrawn.hidden = !total;
  }

  lightUp(id) {
    for (const view of this.rows.values()) view.segment?.classList.toggle("vsw-on", view.row.id === id);
  }

  paintPast() {
    const { at = 0, count = 1, pooled = false } = this.get("past");
    this.past.hidden = count < 2;
    say(this.where, pooled ? `all ${count} asks` : `ask ${at + 1} of ${count}`);
    off(this.before, !pooled && at === 0);
    off(this.after, !pooled && at === count - 1);
    this.pool.setAttribute("aria-pressed", String(pooled));
  }

  paintControls() {
    const { can_ask: can, methods = [], method, k, threshold, temperature } = this.get("controls");
    this.asks.hidden = !can;
    this.method.replaceChildren(...methods.map(([value, name]) => h("option", { value }, name)));
    this.method.value = method;
    this.k.value = k ?? "";
    this.below.value = threshold ?? "";
    this.heat.value = temperature ?? "";
  }

  paintPrice() {
    const { text = "", error = "" } = this.get("price");
    say(this.price, error || text);
    this.price.classList.toggle("vsw-bad", Boolean(error));
    if (!this.busy) off(this.again, error);
  }

  paintAsking() {
    const { state = "idle", done = 0, total = 0, arrived = 0, note = "", outcome = "", error = "",
      title = "", detail = "" } = this.get("asking");
    const was = this.busy;
    this.busy = state === "asking" || state === "stopping";
    if (this.busy && !was) this.startClock();
    if (!this.busy) clearInterval(this.clock);
    this.root.classList.toggle("vsw-busy", this.busy);
    say(this.again, state === "stopping" ? "Stopping" : this.busy ? "Stop" : "Ask again");
    off(this.again, state === "stopping");
    for (const input of [this.method, this.k, this.below, this.heat]) input.disabled = this.busy;
    for (const button of [this.drawOne, this.drawMany]) off(button, this.busy && arrived > 0);
    this.bar.hidden = this.seconds.hidden = !this.busy;
    this.price.hidden = this.busy;
    this.bar.classList.toggle("vsw-unknown", !(total > 1));
    if (total > 1) this.bar.setAttribute("aria-valuenow", String(Math.round((100 * done) / total)));
    else this.bar.removeAttribute("aria-valuenow");
    this.bar.firstChild.style.width = total > 1 ? width(done / total) : "";
    const calls = total > 1 ? `${done} of ${total} calls` : "asking";
    const came = arrived ? `${arrived} candidate${arrived === 1 ? "" : "s"} so far` : "";
    if (this.busy) say(this.status, [calls, came, note].filter(Boolean).join(" · "));
    else if (outcome) say(this.status, outcome);
    this.showTrouble(error, title, detail);
    if (!this.busy) this.paintPrice();
  }

  showTrouble(error, title, detail) {
    this.trouble.hidden = !error;
    const dismiss = h("button", { type: "button", class: "vsw-quiet",
      onclick: () => this.ask("hush") }, "Dismiss");
    this.trouble.replaceChildren(...(error ? [h("p", {}, error), dismiss] : []),
      ...(detail ? [h("details", {}, h("summary", {}, title),
        h("pre", { tabindex: "0", dir: "auto" }, detail))] : []));
  }

  paintBound() {
    const { text = "", error = "" } = this.get("bound");
    say(this.bound, error || text);
    this.bound.classList.toggle("vsw-bad", Boolean(error));
  }

  paintPrinted() {
    const text = this.model.get("printed") || "";
    this.printed.hidden = !text;
    this.printed.replaceChildren(h("p", {}, "Printed while asking"),
      h("button", { type: "button", class: "vsw-quiet", onclick: () => this.ask("hush") }, "Dismiss"),
      h("pre", { tabindex: "0", dir: "auto" }, text));
  }

  // -- acting --

  see(change) {
    Object.assign(this.look, change);
    this.paintLook();
    clearTimeout(this.lookTimer);
    const { sort, back, query, tail } = this.look;
    this.lookTimer = setTimeout(() => this.ask("look", { back, query, tail, ...(sort && { sort }) }), 300);
  }

  filter() {
    this.found = null;
    this.see({ query: this.query.value });
    this.findWhole();
  }

  /** Where a text was cut, Python looks through the whole of it. */
  async findWhole() {
    const { query } = this.look;
    if (!query || ![...this.rows.values()].some((view) => view.row.cut)) return;
    const { ids } = await this.ask("find", { query });
    if (query !== this.look.query) return;
    this.found = new Set(ids);
    this.paintLook();
  }

  async draw(times) {
    if (isOff(this.drawOne)) return;
    const turn = this.playing = this.turns = (this.turns || 0) + 1;
    const { drawn } = await this.ask("draw", { times });
    if (turn === this.playing) await this.play(drawn, turn);
    if (turn !== this.playing) return;
    this.playing = 0;
    this.paintDraws();
    const view = this.rows.get(this.get("draws").last);
    if (!drawn.length) say(this.status, "There is nothing to draw from.");
    else if (view) {
      const { counts, total } = this.get("draws");
      const text = view.row.text.length > 90 ? `${view.row.text.slice(0, 90)} …` : view.row.text;
      say(this.status, times === 1 ? `Drew “${text}”, ${counts[view.row.id]} of ${total}.`
        : `Drew ${times}: ${total} draws in all.`);
      if (times === 1) this.reveal(view.node);
    }
  }

  /** Let a class see the tally grow: one draw a step, the drawn candidate lit. */
  play(drawn, turn) {
    const counts = { ...this.tallied.counts };
    let { total } = this.tallied;
    if (drawn.length < 2 || still()) return null;
    const long = 1600;
    return new Promise((resolve) => {
      const begun = performance.now();
      let at = 0;
      const step = (now) => {
        const until = Math.min(drawn.length, Math.ceil(((now - begun) / long) * drawn.length));
        for (; at < until; at += 1) {
          counts[drawn[at]] = (counts[drawn[at]] || 0) + 1;
          total += 1;
        }
        if (at) this.tallyUp({ counts: { ...counts }, total, last: drawn[at - 1] });
        if (at >= drawn.length || turn !== this.playing) resolve();
        else requestAnimationFrame(step);
      };
      requestAnimationFrame(step);
    });
  }

  /** Bring a row into the list's own window; the page stays where it is. */
  reveal(node) {
    const top = node.offsetTop - this.list.offsetTop;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop || top + node.offsetHeight > scrollTop + clientHeight) {
      this.list.scrollTo({ top: top - clientHeight / 3, behavior: still() ? "auto" : "smooth" });
    }
  }

  step(by) {
    const { at = 0, count = 1, pooled } = this.get("past");
    const to = pooled ? at : at + by;
    if (to >= 0 && to < count) this.ask("step", { to });
  }

  wanted() {
    const value = (input) => (input.validity.badInput ? "no number" : input.value);
    return { method: this.method.value, k: value(this.k), threshold: value(this.below),
      temperature: value(this.heat) };
  }

  repriceSoon() {
    clearTimeout(this.priceTimer);
    this.priceTimer = setTimeout(() => this.reprice(), 200);
  }

  reprice() {
    if (this.get("controls").can_ask) this.ask("price", this.wanted());
  }

  askAgain() {
    if (!isOff(this.again)) this.ask("ask", this.wanted());
  }

  stop() { this.ask("stop"); }

  /** Seconds go by: shown, and kept out of the live region, which would read each of them. */
  startClock() {
    const begun = performance.now();
    const show = () => say(this.seconds, `${((performance.now() - begun) / 1000).toFixed(0)} s`);
    clearInterval(this.clock);
    this.clock = setInterval(show, 1000);
    show();
  }

  copied(button, done, what) {
    const name = button.dataset.name || (button.dataset.name = button.textContent);
    say(button, done ? "Copied" : "Not copied");
    say(this.status, done ? `Copied ${what}.` : "The browser did not allow copying.");
    clearTimeout(button.timer);
    button.timer = setTimeout(() => say(button, name), 1600);
  }

  async copyShown() {
    const ids = [...this.list.children].filter((node) => !node.hidden)
      .map((node) => [...this.rows.values()].find((view) => view.node === node))
      .filter((view) => view && !view.failed).map((view) => view.row.id);
    const { text } = await this.ask("copy", { ids });
    this.copied(this.copyAll, await toClipboard(text, this.root),
      `${ids.length} candidate${ids.length === 1 ? "" : "s"}`);
  }

  async export(copy) {
    const made = await this.ask("export", { form: this.form.value, pinned: this.onlyPins.checked });
    if (copy) this.copied(this.take, await toClipboard(made.content, this.root), made.name);
    else {
      download(made.content, made.name, made.type);
      say(this.status, `Downloaded ${made.name}.`);
    }
  }

  showKeys() {
    this.keys.hidden = !this.keys.hidden;
    this.keysButton.setAttribute("aria-expanded", String(!this.keys.hidden));
  }

  lift() {
    this.details.hidden = !this.details.hidden;
    this.detailsButton.setAttribute("aria-expanded", String(!this.details.hidden));
    say(this.detailsButton, `${this.details.hidden ? "▸" : "▾"} Call details`);
    if (!this.details.hidden) this.showCall(1);
  }

  async showCall(wanted) {
    const { count, number, call } = await this.ask("call", { number: wanted });
    const held = this.details.contains(this.root.getRootNode().activeElement)
      && this.root.getRootNode().activeElement.getAttribute("aria-label");
    if (!count) {
      this.details.replaceChildren(h("p", {}, "No call is known behind these candidates."));
      return;
    }
    const pre = (text) => h("pre", { tabindex: "0", dir: "auto" }, text);
    const block = (name, text) => h("div", { class: "vsw-block" }, h("p", {}, name), pre(text));
    const move = (to, name, sign) => {
      const button = h("button", { type: "button", class: "vsw-quiet vsw-square", "aria-label": name,
        onclick: () => this.showCall(to) }, sign);
      off(button, to < 1 || to > count);
      return button;
    };
    this.details.replaceChildren(
      count > 1 ? h("div", { class: "vsw-group" }, move(number - 1, "The call before", "‹"),
        h("span", { role: "status" }, `call ${number} of ${count}`),
        move(number + 1, "The next call", "›")) : "",
      h("ul", { class: "vsw-facts" }, ...call.facts.map(([name, value]) =>
        h("li", {}, h("span", {}, `${name} `), h("b", {}, value)))),
      call.error ? h("p", { class: "vsw-bad" }, call.error) : "",
      ...call.messages.map(([role, text]) => block(`sent as ${role}`, text)),
      call.reasoning ? block("reasoning", call.reasoning) : "",
      call.reply === null ? "" : block("the raw reply", call.reply));
    if (held) this.details.querySelector(`button[aria-label="${CSS.escape(held)}"]`)?.focus();
  }
}

/** What is painted when a trait changes, in this order. */
const PAINT = {
  asking: "paintAsking", about: "paintAbout", rows: "paintRows", pins: "paintPins",
  kept: "paintPins", past: "paintPast", draws: "paintDraws", controls: "paintControls",
  price: "paintPrice", bound: "paintBound", printed: "paintPrinted",
};

export default {
  render({ model, el }) {
    const life = new AbortController();
    const view = new WidgetView(model, life.signal);
    el.append(view.root);
    followTheme(view.root, life.signal);
    return () => life.abort();
  },
};
