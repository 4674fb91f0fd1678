// ---- the explorer -----------------------------------------------------------------------------
//
// It shows what Python's `page` and `controls` hold and sends where a slider was moved to; it
// computes nothing. `h`, `say`, `keepKeys` and `followTheme` are those of shared.js.

const LATE = 700; // milliseconds without an answer before the kernel is said to be busy

/**
 * Send the newest wish, one at a time: while a slider moves, those in between are left out.
 * `slow(yes)` tells of a wait, `settled()` that nothing is wished for any more.
 */
function wishes(model, signal, slow, settled) {
  let number = 0;
  let waiting = null;
  let next = null;
  let timer = 0;
  const send = (content) => {
    waiting = number += 1;
    clearTimeout(timer);
    timer = setTimeout(() => slow(true), LATE);
    model.send({ ...content, n: waiting });
  };
  const hear = (answer) => {
    if (!answer || answer.n !== waiting) return;
    clearTimeout(timer);
    slow(false);
    waiting = null;
    if (next) {
      const content = next;
      next = null;
      send(content);
    } else {
      settled();
    }
  };
  model.on("msg:custom", hear);
  signal.addEventListener("abort", () => {
    model.off("msg:custom", hear);
    clearTimeout(timer);
  });
  const wish = (content) => { if (waiting === null) send(content); else next = content; };
  wish.pending = () => waiting !== null;
  return wish;
}

/** π_ref and r_true as they are printed: with a subscript. */
function formula(text) {
  return text.split(/(_ref|_true|\^γ)/).map((part) =>
    part === "_ref" ? h("sub", {}, "ref") : part === "_true" ? h("sub", {}, "true")
      : part === "^γ" ? h("sup", {}, "γ") : part);
}

class ExplorerView {
  constructor(model, signal) {
    this.model = model;
    this.wish = wishes(model, signal, (yes) => { this.slow.hidden = !yes; }, () => this.paint());
    this.build();
    const paint = () => this.paint();
    for (const part of ["page", "controls"]) {
      model.on(`change:${part}`, paint);
      signal.addEventListener("abort", () => model.off(`change:${part}`, paint));
    }
    keepKeys(this.root, signal);
    this.paint();
  }

  // -- building: once --

  build() {
    this.answers = h("select", { onchange: () =>
      this.wish({ do: "answers", value: this.answers.value }) });
    this.note = h("span");
    this.alpha = this.slider("alpha", "α", "typicality bias",
      "How much raters prefer what is typical, at equal quality");
    this.beta = this.slider("beta", "β", "KL weight",
      "How strongly tuning is held to the model it began with");
    this.ties = this.slider("ties", "ties", "equally good answers",
      "How many answers have the highest true reward");
    this.published = h("span", { class: "vst-published" });
    this.alpha.node.append(this.published);
    this.which = h("select", { onchange: () =>
      this.wish({ do: "which", value: this.which.value }) });
    this.whichLabel = h("label", {}, "best are ", this.which);
    this.ties.node.append(this.whichLabel);
    this.gamma = h("b");
    this.sum = h("span");
    this.sentence = h("p", { class: "vst-sentence", role: "status", "aria-live": "polite" });
    this.reward = h("p", { class: "vst-reward" });
    this.slow = h("p", { class: "vst-slow", role: "status", hidden: true },
      "No answer yet: the kernel is busy with a cell (this follows when it ends), or not running.");
    this.again = h("button", { type: "button", class: "vsw-second",
      onclick: () => this.wish({ do: "sample" }) }, "Sample again");
    this.table = h("div", { class: "vst-table", role: "table",
      "aria-label": "Each answer's share before and after tuning, and as verbalized" });
    this.root = h("section", { class: "vsw vst", "aria-label": "Why models collapse" },
      h("header", { class: "vst-head" },
        h("label", { class: "vst-task" }, h("span", { class: "vsw-hidden" }, "Answers to "),
          this.answers), this.note),
      h("div", { class: "vst-controls", role: "group", "aria-label": "Sliders" },
        this.alpha.node, this.beta.node, this.ties.node),
      h("div", { class: "vst-formula" },
        h("p", {}, ...formula("π* ∝ π_ref^γ · exp(r_true / β)")),
        h("p", {}, "γ = 1 + α/β = ", this.sum, " = ", this.gamma)),
      h("div", { class: "vst-says" }, this.sentence, this.reward, this.slow),
      this.table,
      h("footer", { class: "vst-foot" }, this.again, h("p", {},
        "VS is the paper’s claim taken at its word: asked for a distribution, the model gives ",
        "the one it was trained on. ", h("code", {}, "%vs_compare"), " measures a real one.")));
  }

  slider(name, sign, title, help) {
    const input = h("input", { type: "range", min: "0", step: "1", oninput: () => {
      this.tell(name);
      this.wish({ do: "slide", name, at: Number(input.value) });
    } });
    const output = h("output", {});
    const node = h("div", { class: "vst-slider", title: help },
      h("label", {}, h("span", { class: "vst-name" }, h("b", {}, sign), ` ${title}`), input),
      output);
    return { node, input, output, words: [] };
  }

  // -- painting: whenever Python has moved --

  paint() {
    const page = this.model.get("page");
    const controls = this.model.get("controls");
    for (const name of ["alpha", "beta", "ties"]) this.place(name, controls[name]);
    this.options(this.answers, controls.answers);
    this.options(this.which, controls.which);
    const all = controls.ties.at === controls.ties.words.length - 1;
    this.whichLabel.classList.toggle("vst-idle", all);
    this.paintPublished(controls);
    say(this.note, page.note);
    say(this.sum, page.sum);
    say(this.gamma, page.gamma);
    say(this.sentence, page.sentence);
    say(this.reward, page.reward);
    this.paintTable(page);
  }

  /** Put a slider where Python says, unless a hand is ahead of it. */
  place(name, { at, words }) {
    const slider = this[name];
    slider.words = words;
    slider.input.max = String(words.length - 1);
    if (!this.isAhead(slider.input)) slider.input.value = String(at);
    this.tell(name);
  }

  /** Tell whether a hand on a control is ahead of what Python has answered so far. */
  isAhead(control) {
    return this.wish.pending() && this.root.getRootNode().activeElement === control;
  }

  tell(name) {
    const { input, output, words } = this[name];
    const now = words[Number(input.value)] ?? "";
    say(output, now);
    input.setAttribute("aria-valuetext", now);
  }

  options(select, { value, options }) {
    const drawn = JSON.stringify(options);
    if (select.drawn !== drawn) {
      select.replaceChildren(...options.map(([key, text]) => h("option", { value: key }, text)));
      select.drawn = drawn;
    }
    if (!this.isAhead(select)) select.value = value;
  }

  paintPublished({ published, alpha }) {
    if (!this.published.children.length) {
      this.published.replaceChildren("the paper: ", ...published.map(([value, what]) =>
        h("button", { type: "button", class: "vsw-quiet", title: what,
          "aria-label": `α = ${value}, as estimated on ${what}`,
          onclick: () => this.wish({ do: "alpha", value }) }, value)));
    }
    const now = alpha.words[alpha.at];
    for (const button of this.published.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.textContent === now));
    }
  }

  paintTable(page) {
    const shape = JSON.stringify([page.rows.length, page.columns.length]);
    if (shape !== this.shape) this.buildTable(page);
    this.shape = shape;
    this.root.classList.toggle("vst-numbered", page.numbered);
    page.columns.forEach((column, i) => {
      const head = this.heads[i];
      head.sign.replaceChildren(...formula(column.sign));
      say(head.title, column.title);
      say(head.facts, column.facts);
      say(this.counts[i], column.different);
    });
    page.rows.forEach((row, r) => {
      const made = this.lines[r];
      say(made.text, row.label);
      made.text.title = row.label;
      say(made.mark, row.mark);
      made.mark.hidden = !row.mark;
      made.node.classList.toggle("vst-worse", row.worse);
      row.cells.forEach((cell, i) => {
        made.cells[i].fill.style.width = `${(100 * cell.share).toFixed(2)}%`;
        say(made.cells[i].words, cell.words);
      });
    });
    say(this.sampled, page.sampled);
    page.samples.forEach((sample, i) => this.paintSample(this.strips[i], sample, page));
  }

  buildTable(page) {
    const cell = (role, ...children) => h("div", { role, class: `vst-${role}` }, ...children);
    this.heads = page.columns.map(() => (
      { sign: h("b"), title: h("span"), facts: h("span", { class: "vst-facts" }) }));
    const head = h("div", { role: "row", class: "vst-row vst-top" },
      cell("columnheader", h("span", { class: "vsw-hidden" }, "Answer")),
      ...this.heads.map(({ sign, title, facts }) => cell("columnheader", sign, title, facts)));
    this.lines = page.rows.map((_, r) => {
      const chip = h("span", { class: "vst-chip", "aria-hidden": "true" }, String(r + 1));
      const text = h("span", { class: "vst-text", dir: "auto" });
      const mark = h("span", { class: "vst-mark" });
      const cells = page.columns.map(() => ({ fill: h("u"), words: h("span") }));
      const node = h("div", { role: "row", class: "vst-row", "data-hue": String(r + 1) },
        cell("rowheader", chip, text, mark),
        ...cells.map(({ fill, words }) => cell("cell",
          h("div", { class: "vst-bar", "aria-hidden": "true" }, fill), words)));
      return { node, text, mark, cells };
    });
    this.sampled = h("span");
    this.counts = page.columns.map(() => h("b"));
    this.strips = page.columns.map(() => h("div", {}));
    const foot = h("div", { role: "row", class: "vst-row vst-samples" },
      cell("rowheader", this.sampled),
      ...this.strips.map((strip, i) => cell("cell", this.counts[i], strip)));
    this.table.replaceChildren(head, ...this.lines.map(({ node }) => node), foot);
  }

  paintSample(strip, sample, page) {
    const drawn = JSON.stringify(sample);
    if (strip.drawn === drawn) return;
    const before = strip.drawn ? JSON.parse(strip.drawn) : [];
    strip.drawn = drawn;
    strip.replaceChildren(...sample.map((part, p) => h("ol", { class: "vst-strip" },
      ...part.map(([row, text], i) => {
        const was = before[p]?.[i];
        const changed = was && was[1] !== text;
        return h("li", { "data-hue": String(row), title: text, class: changed ? "vst-changed" : "" },
          page.numbered ? h("span", { "aria-hidden": "true" }, String(row)) : text,
          page.numbered ? h("span", { class: "vsw-hidden" }, text) : "");
      }))));
  }
}

export default {
  render({ model, el }) {
    const life = new AbortController();
    const view = new ExplorerView(model, life.signal);
    el.append(view.root);
    followTheme(view.root, life.signal);
    return () => life.abort();
  },
};
