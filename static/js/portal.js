// SPDX-License-Identifier: EUPL-1.2
// Conveniences only: every page works without this file.

// A form with data-guard asks before unsaved input is thrown away.
let unsaved = false;

for (const form of document.querySelectorAll("form[data-guard]")) {
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  form.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) unsaved = false; });
}

addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

// A second click on a button that sends something does nothing until the answer is there.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "true";
  setTimeout(() => { delete form.dataset.sent; }, 4000);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// <button type="button" data-copy="text" data-copied="Gekopieerd" hidden>: shown only where it works.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  const label = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied || "✓";
    setTimeout(() => { button.textContent = label; }, 2500);
  });
}

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// <select data-submit>: a filter that works at once; its button remains for the keyboard and without script.
for (const field of document.querySelectorAll("select[data-submit]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}

// <input data-filter="rows" data-filter-count="id">: hides the rows of #rows that do not contain what is typed.
for (const input of document.querySelectorAll("input[data-filter]")) {
  const rows = document.getElementById(input.dataset.filter);
  const count = document.getElementById(input.dataset.filterCount ?? "");
  if (!rows) continue;
  const apply = () => {
    const wanted = plain(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows.children) {
      const text = plain(row.textContent);
      row.hidden = !wanted.every((word) => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    if (count) count.textContent = String(shown);
  };
  input.addEventListener("input", apply);
  if (input.value) apply();
}

function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
}

// table[data-grid]: up, down and enter go from row to row; a block pasted from a spreadsheet fills the cells from here on.
for (const table of document.querySelectorAll("table[data-grid]")) {
  table.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1, Enter: event.shiftKey ? -1 : 1 }[event.key];
    if (!step || !isCell(event.target) || event.isComposing) return;
    const next = cellAt(event.target, step, 0);
    event.preventDefault();
    if (next) { next.focus(); next.select(); }
  });

  table.addEventListener("paste", (event) => {
    if (!isCell(event.target)) return;
    const block = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "");
    if (!/[\t\n]/.test(block)) return;
    event.preventDefault();
    block.split("\n").forEach((line, down) => {
      line.split("\t").forEach((text, right) => {
        const cell = cellAt(event.target, down, right);
        if (!cell || cell.readOnly) return;
        cell.value = text.trim();
        cell.dispatchEvent(new Event("input", { bubbles: true }));
        cell.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
  });
}

function isCell(element) {
  return element.matches("td input:not([type=checkbox], [type=radio], [type=hidden])");
}

function cellAt(input, down, right) {
  const cell = input.closest("td");
  const rows = [...input.closest("table").querySelectorAll("tbody tr:not([hidden])")];
  const row = rows[rows.indexOf(cell.parentElement) + down];
  return row?.cells[cell.cellIndex + right]?.querySelector("input:not([type=hidden])");
}

// The summary of errors is what the reader needs first.
document.querySelector("[data-focus-on-load]")?.focus();

// The menu of narrow screens closes with escape and with a click beside it.
for (const menu of document.querySelectorAll("details[data-menu]")) {
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
}
