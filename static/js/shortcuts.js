// SPDX-License-Identifier: EUPL-1.2
// Keys for who reviews: j and k walk along the rows, o opens, a and r go to the decision, n to the next report that
// waits, ? shows the list. None of them decides anything. Off in fields, and where the reader switched them off.

const panel = document.querySelector("[data-shortcuts]");
const STORE = "shortcuts";
const rows = [...document.querySelectorAll("[data-walk-row]")];
let at = -1;

const stored = () => { try { return localStorage.getItem(STORE); } catch { return null; } };
const keep = (value) => { try { localStorage.setItem(STORE, value); } catch { /* It holds for this page then. */ } };

function isTyping(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) &&
    !/^(checkbox|radio|button|submit)$/.test(element.type);
}

function walk(step) {
  if (!rows.length) return;
  rows[at]?.classList.remove("is-walked");
  at = Math.min(Math.max(at + step, 0), rows.length - 1);
  const row = rows[at];
  row.classList.add("is-walked");
  row.scrollIntoView({ block: "nearest" });
  const target = row.querySelector("[data-walk-link]") ?? row.querySelector("a, button, input");
  target?.focus({ preventScroll: true });
}

function open() {
  rows[at]?.querySelector("[data-walk-link]")?.click();
}

function accept() {
  const several = document.querySelector("form[data-accept]");
  if (several) { several.requestSubmit(); return; }
  focusOn("[data-decide='accept']");
}

function focusOn(selector) {
  const target = document.querySelector(selector);
  if (!target) return;
  target.scrollIntoView({ block: "center" });
  target.focus({ preventScroll: true });
}

function next() {
  const link = document.querySelector("[data-next]") ??
    document.querySelector("[data-waits] [data-walk-link]");
  link?.click();
}

const ACTIONS = {
  j: () => walk(1),
  k: () => walk(-1),
  o: open,
  a: accept,
  r: () => focusOn("[data-decide='return']"),
  n: next,
  "?": () => {
    panel.open = !panel.open;
    if (panel.open) panel.querySelector("summary").focus();
  },
};

if (panel) {
  const box = panel.querySelector("[data-shortcuts-on]");
  panel.hidden = false;
  box.checked = stored() !== "off";
  box.addEventListener("change", () => keep(box.checked ? "on" : "off"));
  addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.defaultPrevented || isTyping(event.target)) return;
    const action = ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}
