// SPDX-License-Identifier: EUPL-1.2
// The register while one types: the list and the numbers beside the filters follow, and the address can be shared.
// Without this file the form is sent as forms are.

const PAUSE = 250; // milliseconds
const form = document.querySelector("[data-register]");
const place = document.querySelector("[data-register-list]");
let waiting = 0;
let asking = null;

const address = () => {
  const query = new URLSearchParams();
  for (const [key, value] of new FormData(form)) if (value) query.append(key, value);
  const text = query.toString();
  return form.getAttribute("action") + (text ? `?${text}` : "");
};

const show = async (url) => {
  asking?.abort();
  asking = new AbortController();
  const answer = await fetch(url, { headers: { "X-Fragment": "register-list" }, signal: asking.signal }).catch(() => null);
  if (!answer) return;
  // Signed out, or anything else that has a page of its own.
  if (!answer.ok || answer.redirected) return location.assign(url);
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const wasOpen = place.querySelector("details")?.open;
  place.innerHTML = await answer.text();
  const details = place.querySelector("details");
  if (details && wasOpen) details.open = true;
  if (focused) document.getElementById(focused)?.focus();
  history.replaceState(null, "", url);
};

if (form && place) {
  form.addEventListener("input", (event) => {
    if (event.target.form !== form) return;
    clearTimeout(waiting);
    waiting = setTimeout(() => show(address()), PAUSE);
  });
  place.addEventListener("change", (event) => {
    if (event.target.form === form) show(address());
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    show(address());
  });
}
