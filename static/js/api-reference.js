// SPDX-License-Identifier: EUPL-1.2
// Asks what a form of the API page says, and shows the answer beside the command that gives it. Without this module the
// form opens the answer itself, as a page.

const LONGEST = 20_000;
const key = document.querySelector("[data-key]");

const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** The address that a form asks for: what is in its path, and every query that is filled in. */
function addressOf(form) {
  let path = form.dataset.call;
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-place]")) {
    const value = field.value.trim();
    if (field.dataset.place === "path") path = path.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (value) {
      const values = "several" in field.dataset ? value.split(",").map((each) => each.trim()).filter(Boolean) : [value];
      for (const each of values) query.append(field.name, each);
    }
  }
  return query.size ? `${path}?${query}` : path;
}

function headersOf(form) {
  const headers = {};
  const format = form.querySelector("[data-format]");
  if (format) headers.Accept = format.value;
  if (key.value.trim()) headers.Authorization = `Bearer ${key.value.trim()}`;
  return headers;
}

/** The same as a command; the key is not repeated where it could be copied along. */
function commandOf(address, headers) {
  const shown = Object.entries(headers).map(([name, value]) =>
    `-H ${name === "Authorization" ? '"Authorization: Bearer $TOKEN"' : quoted(`${name}: ${value}`)} `);
  return `curl ${shown.join("")}${quoted(address)}`;
}

function laidOut(text, type) {
  if (!type?.includes("json") || type.includes("ndjson")) return text;
  // Numbers keep their digits where the answer is short enough to be read as text as well.
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

async function ask(form) {
  const place = form.parentElement.querySelector("[data-answer]");
  const part = (name) => place.querySelector(`[data-${name}]`);
  const address = addressOf(form);
  const headers = headersOf(form);
  place.hidden = false;
  part("command").textContent = commandOf(address, headers);
  part("status").textContent = "…";
  try {
    const answer = await fetch(address, { headers, credentials: "omit" });
    const text = laidOut(await answer.text(), answer.headers.get("Content-Type"));
    part("status").textContent = `${answer.status} ${answer.statusText}`;
    part("body").textContent = text.slice(0, LONGEST);
    part("cut").hidden = text.length <= LONGEST;
  } catch (error) {
    part("status").textContent = String(error);
    part("body").textContent = "";
  }
}

for (const form of document.querySelectorAll("form[data-call]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
}

// A link to a call opens it.
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
}
addEventListener("hashchange", openNamed);
openNamed();
