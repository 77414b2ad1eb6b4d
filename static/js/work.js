// SPDX-License-Identifier: EUPL-1.2
// Conveniences of the quarterly form only: every page works without this file.

// <form method="get" data-live="id">: what is typed is looked up at once; the answer replaces the content of #id.
for (const form of document.querySelectorAll("form[data-live]")) {
  const target = document.getElementById(form.dataset.live);
  let latest = 0;
  let waiting;

  const look = async () => {
    const asked = ++latest;
    const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address, { headers: { "X-Fragment": form.dataset.live } }).catch(() => null);
    // A slower answer to an older question must not replace a newer one, nor the page for signing in the list.
    if (!answer?.ok || answer.redirected || asked !== latest) return;
    target.innerHTML = await answer.text();
  };

  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 250);
  });
}

// A row of the register or the list is ticked by its checkbox; the head ticks all rows that are shown.
for (const body of document.querySelectorAll("tbody#organisations")) {
  const boxes = () => [...body.querySelectorAll("tr:not([hidden]) input[type=checkbox]")];
  const head = body.closest("table").tHead?.querySelector("th");
  if (!head || boxes().length === 0) continue;
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", head.textContent);
  head.prepend(all, " ");
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
}
