// SPDX-License-Identifier: EUPL-1.2
// The list of organisations as a grid for the keyboard, saved row by row. Without this file it is a plain form.

import { Line, Store, saveBeforeLeaving } from "./sending.js";

const form = document.querySelector("form[data-organisations]");
const table = form?.querySelector("table.organisation-list");
const words = form?.dataset;
const status = form?.querySelector("[data-status]");
const signIn = form?.querySelector("[data-sign-in]");
const problems = form?.querySelector("[data-problems]");
const filter = form?.querySelector("[data-filter-list]");
const foot = form?.querySelector("[data-foot]");
const countsLine = form?.querySelector("[data-counts]");
const tickedLine = form?.querySelector("[data-ticked]");
const nothing = form?.querySelector("[data-nothing]");
const several = document.getElementById("several");
const pastedErrors = document.getElementById("pasted-errors");

const GROUPS = ["proposed", "confirmed", "dropped"];
const OLD_AFTER = 24 * 60 * 60 * 1000;
const MOST_ON_LEAVING = 60_000;
const AFTER_RELOAD = "organisations-loaded-again";
const numbers = new Intl.NumberFormat(document.documentElement.lang === "en" ? "en-GB" : "nl-NL");

// --- what is still to be saved: every step is kept in the browser until the server has answered

const store = new Store(`organisations|${words?.user}|${words?.url}|`);
const line = form && new Line({
  address: words.url,
  token: form.querySelector("[name=csrfmiddlewaretoken]").value,
  user: words.user,
});
let queue = [];
let sending = null;
let retry;
let count = 0;

function say(text, isWarning = false) {
  status.textContent = text;
  status.classList.toggle("is-warning", isWarning);
}

function send(step) {
  count += 1;
  const row = { at: Date.now(), count, step };
  row.name = `${row.at}-${count}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  queue.push(row);
  store.put(row.name, row);
  say(words.saving);
  return sendNext();
}

function sendNext() {
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function sendAll() {
  clearTimeout(retry);
  while (queue.length) {
    const [row] = queue;
    // Another window may have sent it by now: then only what came of it is asked.
    const step = store.has(row.name) ? row.step : { step: "show", organisations: keysOf(row.step) };
    const { state, content, detail, status: code } = await post(step);
    signIn.hidden = state !== "signed-out";
    if (state === "waiting") {
      say(words.offline, true);
      retry = setTimeout(sendNext, 4000);
      return;
    }
    const reason = { "signed-out": words.signedOut, other: words.otherPerson }[state];
    if (reason || [403, 404, 409].includes(code)) {
      // Nobody or somebody else is signed in, or the report takes nothing now: what is kept waits for another time.
      say(reason ?? detail, true);
      return;
    }
    queue.shift();
    store.drop(row.name);
    if (state === "answered") take(content, step);
    else say(detail || words.refused, true);
  }
}

function post(step) {
  const body = { ...step, user: words.user };
  return line.ask("POST", "", body, { keepalive: JSON.stringify(body).length < MOST_ON_LEAVING });
}

function keysOf(step) {
  return step.organisation === undefined ? step.organisations ?? [] : [step.organisation];
}

// The page goes: what does not build on a step that is under way is sent without waiting for an answer.
function sendLast() {
  const touched = new Set();
  queue.forEach(({ step }, position) => {
    const keys = keysOf(step);
    const isUnderWay = sending && position === 0;
    if (!isUnderWay && keys.length && !keys.some((key) => touched.has(key))) post(step);
    for (const key of keys) touched.add(key);
  });
}

/** Send what was kept; of what is older than a day ask first, as nobody remembers it. */
function resume() {
  const kept = store.all().map(([name, row]) => ({ ...row, name }));
  kept.sort((one, other) => one.at - other.at || one.count - other.count);
  const old = kept.filter((row) => Date.now() - row.at >= OLD_AFTER);
  queue = kept.filter((row) => !old.includes(row));
  if (old.length) askAbout(old);
  if (queue.length) {
    say(words.saving);
    sendNext();
  }
}

function askAbout(old) {
  const box = form.querySelector("[data-old-box]");
  const since = new Date(old[0].at).toLocaleDateString(document.documentElement.lang, { day: "numeric", month: "long" });
  const about = old.flatMap(({ step }) => (step.step === "paste" ? [step.text.slice(0, 60)] : keysOf(step)));
  const names = [...new Set(about)].map((key) => labelOf(rowOf(key)) || key);
  const more = names.length > 5 ? ", …" : "";
  box.querySelector("p").textContent = words.old.replace("%(date)s", since)
    + (names.length ? ` ${names.slice(0, 5).join(", ")}${more}.` : "");
  box.hidden = false;
  box.addEventListener("click", ({ target }) => {
    if (target.matches("[data-old-save]")) {
      queue.push(...old);
      say(words.saving);
      sendNext();
    } else if (target.matches("[data-old-forget]")) {
      for (const row of old) store.drop(row.name);
    } else return;
    box.hidden = true;
  });
}

// --- what the server answers

function take(content, step) {
  const isClean = !content.errors.length && !content.conflicts.length && !content.rest;
  if (content.isMuch && isClean && queue.length === 0) {
    // Not a reload: the page may be the answer to a form, which would be sent once more.
    sessionStorage.setItem(AFTER_RELOAD, "1");
    location.replace(location.pathname + location.search);
    return;
  }
  const isAtConfirmAll = document.activeElement?.matches("[data-confirm-all]");
  const waiting = new Set(queue.flatMap((row) => keysOf(row.step)));
  const place = placeOfFocus();
  const holder = document.createElement("template");
  holder.innerHTML = content.rows.map((row) => row.html).join("");
  const fresh = [...holder.content.children];
  content.rows.forEach((row, position) => {
    const old = rowOf(row.key);
    // A later step on the same row is on its way; its answer is newer than this one.
    if (old && waiting.has(row.key)) return;
    quieten(fresh[position]);
    put(fresh[position], row.group, old);
  });
  for (const key of content.gone) rowOf(key)?.remove();
  showCounts(content);
  problems.replaceChildren(
    ...content.conflicts.map((each) => conflictOf(each)),
    ...content.errors.filter((each) => each.row === undefined).map((each) => errorOf(each)),
  );
  if (problems.children.length) problems.tabIndex = 0;
  else problems.removeAttribute("tabindex");
  if (step.step === "paste") showPasted(content);
  applyFilter();
  restoreFocus(place);
  if (isAtConfirmAll && form.querySelector("[data-confirm-all]").hidden) countsLine.focus();
  for (const field of document.querySelectorAll("input[name=base]")) field.value = content.base;
  const done = queue.length ? words.saving : `${words.saved} ${content.time}`;
  say([content.message, done].filter(Boolean).join(" "));
}

function put(row, group, old) {
  const body = table.querySelector(`tbody[data-group=${group}]`);
  if (old?.parentElement === body) {
    old.replaceWith(row);
    return;
  }
  old?.remove();
  body.querySelector(".organisation-group").after(row);
}

function showCounts({ counts, totals, section }) {
  for (const group of GROUPS) {
    const count = form.querySelector(`[data-count=${group}]`);
    count.textContent = numbers.format(counts[group]);
    count.closest("[data-summary]").hidden = group !== "confirmed" && counts[group] === 0;
  }
  const listed = GROUPS.some((group) => counts[group] > 0);
  table.hidden = !listed;
  const empty = form.querySelector("[data-empty]");
  if (empty) empty.hidden = listed;
  form.querySelector("[data-confirm-all]").hidden = counts.proposed === 0;
  table.querySelector("[data-totals]").innerHTML = totals;
  const progress = document.querySelector(".sections-nav [aria-current=step] .sections-nav__count");
  if (progress) {
    progress.textContent = section.asked
      ? `${numbers.format(section.filled)}/${numbers.format(section.asked)}`
      : numbers.format(section.filled);
  }
}

function conflictOf({ name, mine, theirs }) {
  return notice(`${name}. ${words.conflict} ${words.mine}: ${mine}. ${words.theirs}: ${theirs}.`);
}

function errorOf({ key, row, text, detail }) {
  const name = row === undefined ? labelOf(rowOf(key)) || key : `${words.row} ${row} (${text.replaceAll("\t", ", ")})`;
  return notice([name, detail].filter(Boolean).join(": "));
}

function notice(text) {
  const line = document.createElement("p");
  line.className = "field-error";
  line.textContent = text;
  return line;
}

function showPasted({ errors, rest }) {
  pastedErrors.replaceChildren(...errors.filter((each) => each.row !== undefined || rest).map((each) => errorOf(each)));
  if (!rest) return;
  several.open = true;
  several.querySelector("textarea").value = rest;
}

// --- rows and cells

function rowOf(key) {
  return key === undefined ? null : table.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
}

function labelOf(row) {
  return row?.querySelector("input[type=checkbox]").getAttribute("aria-label") ?? "";
}

function groupOf(row) {
  return row.parentElement.dataset.group;
}

function codesOf(cell) {
  return cell.dataset.codes.split(" ").filter(Boolean);
}

function pairsOf(row) {
  return [...row.querySelectorAll("td[data-line]")].flatMap((cell) =>
    codesOf(cell).map((code) => [cell.dataset.line, code]),
  );
}

// The whole list is one stop of the Tab key; within it the arrows go.
function quieten(row) {
  for (const each of row.querySelectorAll("a, button, input")) each.tabIndex = -1;
}

function stopsOf(row) {
  return [row.cells[0], ...row.querySelectorAll("td[data-line]")];
}

function shownRows() {
  return [...table.querySelectorAll("tbody:not([hidden]) > tr[data-key]:not([hidden])")];
}

function activate(cell) {
  table.querySelector("[data-active]")?.removeAttribute("tabindex");
  table.querySelector("[data-active]")?.removeAttribute("data-active");
  cell.dataset.active = "";
  cell.tabIndex = 0;
}

function go(cell) {
  activate(cell);
  cell.focus();
}

function placeOfFocus() {
  const cell = document.activeElement?.closest?.("table.organisation-list tr[data-key] > *");
  if (!cell) return null;
  const row = cell.parentElement;
  const rows = shownRows();
  return {
    key: row.dataset.key,
    group: groupOf(row),
    position: rows.indexOf(row),
    column: Math.max(stopsOf(row).indexOf(cell), 0),
    next: rows[rows.indexOf(row) + 1]?.dataset.key,
  };
}

// A row that went to another group leaves the reader where they were: at the next one.
function restoreFocus(place) {
  if (!place) {
    const first = shownRows()[0];
    if (first && !table.querySelector("[data-active]")) activate(first.cells[0]);
    return;
  }
  const same = rowOf(place.key);
  const row = (same && groupOf(same) === place.group && same) || rowOf(place.next) || shownRows().at(-1);
  if (row) go(stopsOf(row)[place.column]);
  else countsLine.focus();
}

// --- steps

function confirm(rows) {
  const keys = rows.filter((row) => groupOf(row) !== "confirmed").map((row) => row.dataset.key);
  if (keys.length) send({ step: "confirm", organisations: keys });
}

function drop(rows) {
  const keys = rows.filter((row) => groupOf(row) !== "dropped").map((row) => row.dataset.key);
  const seen = Object.fromEntries(
    rows.filter((row) => groupOf(row) === "confirmed").map((row) => [row.dataset.key, pairsOf(row)]),
  );
  if (keys.length) send({ step: "drop", organisations: keys, seen });
}

function restore(rows) {
  const keys = rows.filter((row) => groupOf(row) === "dropped").map((row) => row.dataset.key);
  if (keys.length) send({ step: "restore", organisations: keys });
}

function set(cell, after) {
  const row = cell.parentElement;
  const before = codesOf(cell);
  if (before.join(" ") === after.join(" ")) return;
  cell.dataset.codes = after.join(" ");
  cell.textContent = after.map((code) => choiceLabels.get(code)).join(", ");
  send({
    step: "set", organisation: row.dataset.key, group: groupOf(row),
    actionLine: cell.dataset.line, from: before, to: after,
  });
}

function toggle(cell, code) {
  const before = codesOf(cell);
  set(cell, before.includes(code) ? before.filter((each) => each !== code) : [...before, code]);
}

function usual() {
  return {
    actionLine: document.getElementById("lijn").value,
    involvement: document.getElementById("via").value,
  };
}

function paste(text) {
  return send({ step: "paste", text, ...usual() });
}

// --- the small list with the ways of taking part

const choices = form?.querySelector("[data-choices]");
const choiceLabels = new Map(
  [...(choices?.content.querySelectorAll("[data-value]") ?? [])].map((each) => [each.dataset.value, each.textContent]),
);

function choose(cell, letter = "") {
  const box = choices.content.cloneNode(true).firstElementChild;
  const options = [...box.children];
  const picked = new Set(codesOf(cell));
  let typed = "";
  let isClosed = false;

  const mark = (option) => {
    for (const each of options) each.classList.toggle("is-active", each === option);
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const active = () => options.find((each) => each.classList.contains("is-active"));
  const flip = (option) => {
    if (picked.has(option.dataset.value)) picked.delete(option.dataset.value);
    else picked.add(option.dataset.value);
    option.setAttribute("aria-selected", String(picked.has(option.dataset.value)));
  };
  const close = (isTaken) => {
    // Taking the list away takes the focus from it, which would close it once more.
    if (isClosed) return;
    isClosed = true;
    box.remove();
    go(cell);
    if (isTaken) set(cell, [...choiceLabels.keys()].filter((code) => picked.has(code)));
  };
  const find = (character) => {
    typed += character.toLowerCase();
    const found = options.find((each) => each.textContent.toLowerCase().startsWith(typed));
    if (found) mark(found);
    else typed = "";
  };

  for (const option of options) option.setAttribute("aria-selected", String(picked.has(option.dataset.value)));
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) mark(options[(options.indexOf(active()) + step + options.length) % options.length]);
    else if (event.key === " ") flip(active());
    else if (event.key === "Enter") {
      // One key takes the marked way as well: a letter and Enter is all it needs.
      if (!picked.has(active().dataset.value)) flip(active());
      close(true);
    } else if (event.key === "Escape") close(false);
    else if (event.key === "Tab") close(true);
    else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) find(event.key);
    else return;
    event.preventDefault();
  });
  box.addEventListener("click", (event) => {
    event.stopPropagation();
    const option = event.target.closest("[role=option]");
    if (option) flip(option);
  });
  box.addEventListener("focusout", () => close(true));
  cell.append(box);
  mark(options[0]);
  if (letter) find(letter);
  box.focus();
}

// --- the keys

function onKey(event) {
  const cell = event.target.closest("tr[data-key] > *");
  if (!cell || event.target !== cell || event.ctrlKey || event.metaKey || event.isComposing) return;
  const row = cell.parentElement;
  const isLine = cell.dataset.line !== undefined;
  const column = stopsOf(row).indexOf(cell);
  const handled = move(event, row, column) || act(event, row, cell, isLine);
  if (handled) event.preventDefault();
}

function move(event, row, column) {
  const stops = stopsOf(row);
  if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
    const next = stops[column + (event.key === "ArrowLeft" ? -1 : 1)];
    if (next) go(next);
    return true;
  }
  const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -15, PageDown: 15, Home: -Infinity, End: Infinity };
  if (event.altKey || !(event.key in steps)) return false;
  const rows = shownRows();
  const position = Math.min(Math.max(rows.indexOf(row) + steps[event.key], 0), rows.length - 1);
  go(stopsOf(rows[position])[column]);
  return true;
}

function act(event, row, cell, isLine) {
  // The reviewer did not return it: it stays as it was handed in.
  if (row.dataset.fixed !== undefined) return false;
  const group = groupOf(row);
  if (event.key === "Delete" || event.key === "Backspace") {
    drop([row]);
  } else if (event.key.toLowerCase() === "c" && !event.altKey && (!isLine || group !== "confirmed")) {
    confirm([row]);
  } else if (isLine && (event.key === "F2" || (event.altKey && event.key === "ArrowDown"))) {
    choose(cell);
  } else if (isLine && (event.key === " " || event.key === "Enter")) {
    toggle(cell, usual().involvement || "project");
  } else if (isLine && /^\p{L}$/u.test(event.key)) {
    choose(cell, event.key);
  } else if (event.key === " ") {
    const box = row.querySelector("input[type=checkbox]");
    box.checked = !box.checked;
    showTicked();
  } else if (event.key === "Enter") {
    if (group === "proposed") confirm([row]);
    else if (group === "dropped") restore([row]);
    else row.querySelector("a").click();
  } else {
    return false;
  }
  return true;
}

function onClick(event) {
  const cell = event.target.closest("td[data-line]");
  if (!cell || event.target.closest("[role=listbox]")) return;
  // A first click goes there, a second one opens the choices.
  const wasThere = document.activeElement === cell;
  go(cell);
  if (wasThere && cell.parentElement.dataset.fixed === undefined) choose(cell);
}

// --- buttons, filter, search, paste

function onSubmit(event) {
  const button = event.submitter;
  const rows = (keys) => keys.map((key) => rowOf(key)).filter(Boolean);
  const ticked = () => rows(tickedBoxes().map((each) => each.value));
  const steps = { confirm, drop, restore };
  if (button?.name in steps) steps[button.name](rows([button.value]));
  else if (button?.name === "stap" && button.value === "confirm-all") send({ step: "confirm", organisations: null });
  else if (button?.name === "stap" && button.value in steps && ticked().length) steps[button.value](ticked());
  else return;
  event.preventDefault();
}

function plain(text) {
  return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
}

function tickedBoxes() {
  return [...table.querySelectorAll("tr[data-key] input:checked:enabled")];
}

function showTicked() {
  const number = tickedBoxes().length;
  tickedLine.hidden = number === 0;
  tickedLine.textContent = tickedLine.dataset.ticked.replace("%(number)s", numbers.format(number));
}

function applyFilter() {
  if (filter) filterRows();
  for (const body of table.tBodies) body.hidden = !body.querySelector("tr[data-key]:not([hidden])");
  showTicked();
}

function filterRows() {
  const wanted = plain(filter.value).split(/\s+/).filter(Boolean);
  for (const row of table.querySelectorAll("tr[data-key]")) {
    const text = wanted.length ? plain(row.textContent) : "";
    const isHidden = !wanted.every((word) => text.includes(word));
    if (row.hidden !== isHidden) row.hidden = isHidden;
    // What is not seen takes no part in a step on what is ticked; it is ticked again when it is back.
    row.querySelector("input[type=checkbox]").disabled = isHidden;
  }
  nothing.hidden = !wanted.length || table.querySelector("tr[data-key]:not([hidden])") !== null;
}

function live(search) {
  const target = document.getElementById("register");
  const input = search.querySelector("input[type=search]");
  let latest = 0;
  let waiting;
  let shownFor = input.value.trim();

  const look = async () => {
    clearTimeout(waiting);
    const asked = ++latest;
    const text = input.value.trim();
    const address = `${search.action}?${new URLSearchParams(new FormData(search))}`;
    const answer = await fetch(address, { headers: { "X-Fragment": "register" } }).catch(() => null);
    // A slower answer to an older question must not replace a newer one, nor the page for signing in the list.
    if (!answer?.ok || answer.redirected || asked !== latest) return;
    target.innerHTML = await answer.text();
    shownFor = text;
  };
  const buttons = () => [...target.querySelectorAll("button[name=add]")];
  const pick = (button) => {
    paste(button.value);
    input.value = "";
    shownFor = "";
    latest += 1;
    target.replaceChildren();
    input.focus();
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 200);
  });
  input.addEventListener("keydown", async (event) => {
    if (event.key === "ArrowDown" && buttons().length) {
      event.preventDefault();
      buttons()[0].focus();
    }
    if (event.key !== "Enter" || !input.value.trim()) return;
    event.preventDefault();
    if (shownFor !== input.value.trim()) await look();
    const found = buttons();
    // Of several the reader has to say which one: Enter goes to the first.
    if (found.length === 1) pick(found[0]);
    else found[0]?.focus();
  });
  target.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const found = buttons();
    if (!step || !found.includes(event.target)) return;
    event.preventDefault();
    (found[found.indexOf(event.target) + step] ?? input).focus();
  });
  target.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.name !== "add" || !usual().actionLine || !usual().involvement) return;
    event.preventDefault();
    pick(button);
  });
}

function onPaste(event) {
  const text = event.clipboardData.getData("text/plain").trim();
  const isInText = event.target.closest?.("textarea, input, select") !== null;
  if (!text || (isInText && (event.target.matches("textarea") || !/[\t\n]/.test(text)))) return;
  if (!/[\t\n]|^[0-9A-Za-z ]{4,12}$/.test(text)) return;
  event.preventDefault();
  paste(text);
}

// The head of the list ticks all rows that are shown.
function tickAll() {
  const head = table.tHead.rows[0].cells[0];
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", head.textContent);
  head.prepend(all, " ");
  all.addEventListener("change", () => {
    for (const box of shownRows().map((row) => row.querySelector("input[type=checkbox]"))) if (box) box.checked = all.checked;
  });
}

if (form) {
  tickAll();
  table.setAttribute("role", "grid");
  table.setAttribute("aria-describedby", "grid-keys");
  form.querySelector("[data-keys]").hidden = false;
  foot.hidden = false;
  for (const row of table.querySelectorAll("tr[data-key]")) quieten(row);
  restoreFocus(null);
  table.addEventListener("keydown", onKey);
  table.addEventListener("click", onClick);
  form.addEventListener("submit", onSubmit);
  form.addEventListener("change", showTicked);
  filter?.addEventListener("input", applyFilter);
  filter?.addEventListener("keydown", (event) => {
    // Enter in a field would press the first button of the form.
    if (event.key === "Enter") event.preventDefault();
  });
  document.addEventListener("paste", onPaste);
  const search = document.querySelector("form[data-register]");
  if (search) live(search);
  applyFilter();
  addEventListener("online", () => sendNext());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") sendNext(); });
  addEventListener("pagehide", sendLast);
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  saveBeforeLeaving(() => queue.length > 0, sendNext);
  if (sessionStorage.getItem(AFTER_RELOAD)) countsLine.focus();
  sessionStorage.removeItem(AFTER_RELOAD);
  resume();
}
