// SPDX-License-Identifier: EUPL-1.2
// Conveniences only: every page works without this file.

// A form with data-guard asks before unsaved input is thrown away; not where it is kept in the browser (data-kept).
let unsaved = false;

for (const form of document.querySelectorAll("form[data-guard]")) {
  form.addEventListener("input", () => { unsaved = !form.dataset.kept; });
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
