// SPDX-License-Identifier: EUPL-1.2
// Explanations are kept as soon as they are typed; without this file the buttons of the form keep them.

for (const form of document.querySelectorAll("form[data-keeps]")) {
  const state = form.querySelector("[role=status]");

  form.addEventListener("change", async (event) => {
    if (!event.target.matches("[data-keep]")) return;
    // Whoever goes to the field at once leaves this page: what was sent still arrives.
    const sent = { method: "POST", body: new FormData(form), headers: { "X-Fragment": "state" }, keepalive: true };
    const answer = await fetch(form.action, sent).catch(() => null);
    state.textContent = answer?.status === 204 ? form.dataset.keeps : form.dataset.keepsNot;
  });
}
