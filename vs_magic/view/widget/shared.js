// What the views of all widgets share. `with_shared` in files.py puts it before each one's own.
//
// Model text reaches the page as text nodes only (`h` and `textContent`), never as markup, and
// nothing here loads anything.

// ---- small tools ------------------------------------------------------------------------------

/** Make an element. Children are nodes or strings; a string becomes text, whatever it holds. */
function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Set an element's text, and only when it differs: live regions speak at every change. */
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Switch a button off without taking the focus from it, as `disabled` would. */
function off(button, yes) { button.setAttribute("aria-disabled", String(Boolean(yes))); }
const isOff = (button) => button.getAttribute("aria-disabled") === "true";

const stated = (p) =>
  p === undefined ? "–" : p >= 0.1 || p === 0 ? p.toFixed(2) : String(Number(p.toPrecision(2)));
const percent = (w) =>
  w === undefined ? "–" : w >= 0.0995 || w === 0 ? `${Math.round(100 * w)} %`
    : w >= 0.001 ? `${(100 * w).toFixed(1)} %` : "under 0.1 %";
const width = (share) => `${Math.min(100, Math.max(0, 100 * share)).toFixed(2)}%`;
const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const inField = (target) => target.matches("input, select, textarea");

/** Tell whether a key is the widget's: a plain one always, in a field all but saving. */
function isOurs(event) {
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  return !modified || (inField(event.composedPath()[0]) && event.key !== "s");
}

/**
 * Keep the widget's keys from the notebook, whose command mode would cut or delete cells by them.
 * Some notebooks listen on the way down (Notebook 7) and honour an attribute of the key's target,
 * which is set in time from the window; the others listen on the way up, and the key does not get there.
 */
function keepKeys(root, signal) {
  const guard = (event) => {
    const [target] = event.composedPath();
    if (root.contains(target)) target.toggleAttribute("data-lm-suppress-shortcuts", isOurs(event));
  };
  window.addEventListener("keydown", guard, { capture: true, signal });
  root.addEventListener("keydown", (event) => { if (isOurs(event)) event.stopPropagation(); });
}

/** Copy text; notebooks on a plain http address have no clipboard API, so the old way is kept. */
async function toClipboard(text, root) {
  if (navigator.clipboard && isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { /* refused by the page's permissions: the old way may still work */ }
  }
  const before = root.getRootNode().activeElement;
  const area = h("textarea", { class: "vsw-away", "aria-hidden": "true", tabindex: "-1" });
  area.value = text;
  root.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before) before.focus();
  return done;
}

function download(content, name, type) {
  const url = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = h("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// ---- light or dark ----------------------------------------------------------------------------

/** Tell the page's theme from the first opaque background behind an element. */
function isDark(node) {
  for (let at = node; at; at = at.parentElement || (at.getRootNode().host ?? null)) {
    const [r, g, b, a = 1] = (getComputedStyle(at).backgroundColor.match(/[\d.]+/g) || [0, 0, 0, 0])
      .map(Number);
    if (a > 0.5) return 0.299 * r + 0.587 * g + 0.114 * b < 128;
  }
  const kind = document.body.dataset.vscodeThemeKind;
  if (kind) return /dark|high-contrast(?!-light)/.test(kind);
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Keep `data-theme` true while the notebook's theme changes; returns what ends the watch. */
function followTheme(root, signal) {
  const set = () => {
    if (root.parentElement) root.dataset.theme = isDark(root.parentElement) ? "dark" : "light";
  };
  const soon = () => { set(); setTimeout(set, 300); };
  const watcher = new MutationObserver(soon);
  const attributes = ["class", "style", "theme", "data-theme", "data-jp-theme-light",
    "data-jp-theme-name", "data-vscode-theme-kind"];
  for (const node of [document.documentElement, document.body]) {
    watcher.observe(node, { attributes: true, attributeFilter: attributes });
  }
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", soon);
  const placed = new ResizeObserver(set); // it may be put on the page long after it was made
  placed.observe(root);
  signal.addEventListener("abort", () => {
    watcher.disconnect();
    placed.disconnect();
    media.removeEventListener("change", soon);
  });
}

