// SPDX-License-Identifier: EUPL-1.2
// A long list to choose from gets a field above it that leaves only what has the typed words. Without this the list is
// whole, in its order.

const ENOUGH = 15;

function enhance(select) {
  const groups = [...select.querySelectorAll("optgroup")].map((group) => ({ group, options: [...group.children] }));
  if (groups.reduce((sum, { options }) => sum + options.length, 0) < ENOUGH) return;
  const field = document.createElement("input");
  field.type = "search";
  field.id = `${select.id}.search`;
  field.autocomplete = "off";
  const label = document.createElement("label");
  label.htmlFor = field.id;
  label.textContent = select.dataset.search;
  const found = document.createElement("p");
  found.className = "meta";
  found.setAttribute("role", "status");
  // Of several such lists each has its own field, above the label of the list.
  const before = select.parentElement.querySelector(`label[for="${CSS.escape(select.id)}"]`) ?? select;
  before.before(label, field, found);

  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = select.value;
    let number = 0;
    for (const { group, options } of groups) {
      const kept = options.filter((option) => words.every((word) => option.text.toLowerCase().includes(word)));
      number += kept.length;
      group.replaceChildren(...kept);
      group.hidden = kept.length === 0;
    }
    const only = number === 1 && words.length ? groups.flatMap(({ group }) => [...group.children])[0].value : "";
    const isThere = [...select.options].some((option) => option.value === chosen);
    select.value = only || (isThere ? chosen : "");
    found.textContent = words.length ? `${select.dataset.found}: ${number}` : "";
  });
  // Enter in the field looks no further and sends nothing.
  field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); select.focus(); } });
}

for (const select of document.querySelectorAll("select[data-search]")) enhance(select);
