// SPDX-License-Identifier: EUPL-1.2
// Saves a section cell by cell while somebody works on it. What is typed is kept in the browser until the server has it,
// so that neither a closed laptop nor a lost connection loses it; what somebody else changed is never overwritten.

import { Line, Store, saveBeforeLeaving } from "./sending.js";

const AFTER_LEAVING = 400;
const AFTER_TYPING = 3000;
const LOOK_EVERY = 10_000;
const AT_ONCE = 200;

/** Whether two sets of texts by part say the same; a part that is not there is empty. */
export function same(some, others) {
  return [...new Set([...Object.keys(some), ...Object.keys(others)])]
    .every((part) => (some[part] ?? "").trim() === (others[part] ?? "").trim());
}

function isEmpty(texts) {
  return Object.values(texts).every((text) => text.trim() === "");
}

/** What is saved as one: a figure (of a share both numbers), a count, or a row of head counts. */
export class Cell {
  constructor(saver, place, base) {
    this.saver = saver;
    this.place = place;
    this.name = place.dataset.cell || `new-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    this.inputs = new Map();
    for (const input of place.querySelectorAll("input[type=text], select")) {
      this.inputs.set(place.dataset.part ?? input.name.split(".").at(-1), input);
    }
    this.removal = place.querySelector("input[type=checkbox]");
    this.line = document.createElement("div");
    this.line.className = "cell-state";
    (place.querySelector("[data-state-here]") ?? place).append(this.line);
    this.base = base;
    this.refused = null;
    this.held = "";
    this.conflict = null;
    this.isTyping = false;
    this.isSaving = false;
    this.parts = [...this.inputs.keys()];
    if (place.querySelector("[aria-invalid]")) {
      // The server said so with the page; it stays until something else is typed.
      this.refused = this.text;
      place.dataset.state = "refused";
    }
  }

  get text() {
    if (this.removal?.checked) return {};
    return Object.fromEntries(this.parts.map((part) => [part, this.inputs.get(part).value.trim()]));
  }

  get isDirty() {
    return !same(this.text, this.base) && !(this.typed && same(this.text, this.typed));
  }

  /** Whether a number or a choice is still to come; what may stay empty is not waited for. */
  get isIncomplete() {
    const text = this.text;
    if (isEmpty(text)) return false;
    return this.parts.some((part) => text[part] === "" && !["category", "institution_code"].includes(part));
  }

  /** Whether the server could take what stands here, and does not have it yet. */
  get isToSend() {
    return this.isDirty && !this.conflict && !this.held && !this.isIncomplete
      && !(this.refused && same(this.refused, this.text));
  }

  get isReady() {
    return this.isToSend && !this.isTyping;
  }

  /** Show texts in the fields, without anything being to save. */
  write(text) {
    for (const [part, input] of this.inputs) input.value = text[part] ?? "";
    if (this.removal) this.removal.checked = false;
    this.saver.changed(this);
  }

  store(text) {
    this.base = { ...text };
    this.typed = null;
    this.refused = null;
    this.conflict = null;
  }

  /** What the person at this page sees of how it stands with the cell. */
  show(state, message = "", errors = {}) {
    // Only what differs: a table of a thousand rows is laid out anew with every change of a text.
    if (this.place.dataset.state !== state) this.place.dataset.state = state;
    if (this.line.textContent !== message) this.line.textContent = message;
    for (const [part, input] of this.inputs) {
      const isWrong = state === "refused" && (part in errors || "" in errors || Object.keys(errors).length === 0);
      if (isWrong) input.setAttribute("aria-invalid", "true");
      else if (input.hasAttribute("aria-invalid")) input.removeAttribute("aria-invalid");
    }
    if (state !== "refused") for (const each of this.place.querySelectorAll(".field-error")) each.remove();
  }
}

export class Saver extends EventTarget {
  constructor(form, words) {
    super();
    this.form = form;
    this.words = words;
    this.cells = new Map();
    this.revision = Number(form.dataset.revision);
    this.store = new Store(["cells", form.dataset.user, form.dataset.report, form.dataset.section, ""].join("|"));
    this.line = new Line({
      address: form.dataset.cells,
      token: form.querySelector("[name=csrfmiddlewaretoken]").value,
      user: form.dataset.user,
      tokenQuery: `?${new URLSearchParams({ sectie: form.dataset.section, na: 999_999_999 })}`,
    });
    this.trouble = "";
    this.savedAt = "";
    this.running = null;
    this.tries = 0;
    addEventListener("online", () => this.flush());
    addEventListener("offline", () => this.tell());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.flush({ everything: true });
      else this.look().then(() => this.flush());
    });
    saveBeforeLeaving(() => this.isUnsaved, () => this.flush({ everything: true }));
    addEventListener("pagehide", () => this.sendLast());
    setInterval(() => { if (document.visibilityState === "visible") this.look(); }, LOOK_EVERY);
  }

  add(place, base) {
    const cell = new Cell(this, place, base);
    this.cells.set(cell.name, cell);
    place.dataset.cell = cell.name;
    return cell;
  }

  cellOf(element) {
    return this.cells.get(element.closest("[data-cell]")?.dataset.cell);
  }

  // --- kept in the browser

  keep(cell) {
    if (!cell.isDirty) this.store.drop(cell.name);
    else this.store.put(cell.name, { base: cell.base, text: cell.text, held: cell.held, at: Date.now() });
  }

  // --- what happens in the page

  /** Somebody typed in a cell, or something else put text in it. */
  changed(cell, { typing = false } = {}) {
    cell.isTyping = typing;
    cell.held = "";
    this.keep(cell);
    if (cell.conflict) return;
    // What was refused may come back later, and is then asked again; only while it stands there is the answer known.
    if (cell.refused && !same(cell.refused, cell.text)) cell.refused = null;
    if (!cell.isDirty) {
      if (cell.place.dataset.state !== "saved") cell.show("", "");
    } else if (!cell.refused) {
      if (cell.isIncomplete) cell.show("incomplete", typing ? "" : this.words.incomplete);
      else cell.show("typed", "");
    }
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.flush({ everything: true }), typing ? AFTER_TYPING : AFTER_LEAVING);
  }

  /** The cell is left: what stands in it is meant. */
  left(cell) {
    if (!cell.isTyping) return;
    this.changed(cell);
  }

  hold(cell, reason) {
    cell.held = reason;
    cell.show("refused", this.words.notSaved.replace("%(reason)s", reason));
    this.keep(cell);
    this.tell();
  }

  // --- sending

  /** Send what is ready, one request at a time, in order. */
  flush({ everything = false } = {}) {
    if (everything) for (const cell of this.cells.values()) cell.isTyping = false;
    this.running = (this.running ?? Promise.resolve()).then(() => this.send());
    return this.running;
  }

  async send() {
    for (;;) {
      const ready = [...this.cells.values()].filter((cell) => cell.isReady).slice(0, AT_ONCE);
      const twice = this.findTwice(ready);
      const sent = ready.filter((cell) => !twice.has(cell)).map((cell) => ({ cell, base: cell.base, text: cell.text }));
      for (const cell of twice) this.refuse(cell, cell.text, { "": [this.words.twice] });
      if (sent.length === 0) break;
      for (const { cell } of sent) { cell.isSaving = true; cell.show("saving", this.words.saving); }
      this.tell();
      const answer = await this.ask("POST", "", this.bodyOf(sent));
      for (const { cell } of sent) cell.isSaving = false;
      if (!answer) {
        for (const { cell } of sent) cell.show("waiting", this.trouble || this.words.waiting);
        break;
      }
      for (const [place, outcome] of answer.cells.entries()) this.take(sent[place], outcome, answer.time);
    }
    this.tell();
  }

  bodyOf(sent) {
    return {
      user: this.form.dataset.user,
      section: this.form.dataset.section,
      cells: sent.map(({ cell, base, text }) => ({ name: cell.name, base, text })),
    };
  }

  /** The cells of which what stands there will not be saved before somebody does something about it. */
  get troubled() {
    return [...this.cells.values()].filter(
      (cell) => cell.conflict || (cell.isDirty && cell.place.dataset.state === "refused"),
    );
  }

  get isUnsaved() {
    return [...this.cells.values()].some((cell) => cell.isToSend || cell.isSaving);
  }

  /** The page goes: what is left is sent without waiting for an answer, and stays kept until there is one. */
  sendLast() {
    const left = [...this.cells.values()].filter((cell) => cell.isToSend).slice(0, AT_ONCE);
    const twice = this.findTwice(left);
    const sent = left.filter((cell) => !twice.has(cell)).map((cell) => ({ cell, base: cell.base, text: cell.text }));
    if (sent.length) this.line.ask("POST", "", this.bodyOf(sent), { keepalive: true });
  }

  /** New rows that say they are a row that already is on the page. */
  findTwice(ready) {
    if (this.form.dataset.section !== "headcounts") return new Set();
    const keyOf = (cell) => ["group", "category", "action_line", "institution_code"]
      .map((part) => (cell.text[part] ?? "").toLowerCase()).join("|");
    const there = new Map();
    for (const cell of this.cells.values()) {
      if (isEmpty(cell.text) || cell.isIncomplete || there.has(keyOf(cell))) continue;
      there.set(keyOf(cell), cell);
    }
    return new Set(ready.filter((cell) => !isEmpty(cell.text) && there.get(keyOf(cell)) !== cell));
  }

  take({ cell, text }, outcome, time) {
    if (outcome.state === "saved") {
      cell.store(outcome.text);
      // The field keeps the notation of who typed it: 12.500 is stored as 12500, and is not something else to save.
      cell.typed = text;
      this.rename(cell, outcome.newName);
      this.savedAt = time;
      this.keep(cell);
      if (cell.isDirty) this.changed(cell, { typing: cell.isTyping });
      else cell.show("saved", this.words.saved.replace("%(time)s", time));
      if (isEmpty(outcome.text)) this.dispatchEvent(new CustomEvent("removed", { detail: cell }));
    } else if (outcome.state === "conflict") {
      cell.conflict = outcome;
      cell.show("conflict", "");
      this.dispatchEvent(new CustomEvent("conflict", { detail: cell }));
    } else if (outcome.state === "incomplete") {
      cell.refused = text;
      cell.show("incomplete", this.words.incomplete);
    } else this.refuse(cell, text, outcome.errors);
    this.dispatchEvent(new CustomEvent("taken", { detail: cell }));
  }

  refuse(cell, text, errors) {
    cell.refused = text;
    const reason = [...new Set(Object.values(errors).flat())].join(" ");
    cell.show("refused", this.words.notSaved.replace("%(reason)s", reason), errors);
  }

  rename(cell, name) {
    if (!name || name === cell.name) return;
    this.store.drop(cell.name);
    this.cells.delete(cell.name);
    cell.name = name;
    cell.place.dataset.cell = name;
    const hidden = cell.place.querySelector("input[data-row]");
    if (hidden) hidden.value = name;
    this.cells.set(name, cell);
  }

  /** The answer, or null where there was none; then `trouble` says why. */
  async ask(method, query, body) {
    const keepalive = document.visibilityState === "hidden";
    const { state, content, detail } = await this.line.ask(method, query, body, { keepalive });
    if (state === "waiting") return this.retryLater(this.words.waiting);
    this.signIn = state === "signed-out";
    if (state === "answered") {
      this.trouble = "";
      this.tries = 0;
      return content;
    }
    this.trouble = { "signed-out": this.words.signedOut, other: this.words.otherPerson }[state] ?? detail;
    return null;
  }

  retryLater(trouble) {
    this.trouble = trouble;
    this.tries += 1;
    clearTimeout(this.again);
    this.again = setTimeout(() => this.flush(), Math.min(30_000, 1000 * 2 ** this.tries));
    return null;
  }

  // --- what others do

  query(more = "") {
    return `?${new URLSearchParams({ sectie: this.form.dataset.section, na: this.revision })}${more}`;
  }

  /** Take in what others changed since; gives the answer. */
  async look(more = "") {
    if (this.running) await this.running;
    const answer = await this.ask("GET", this.query(more));
    if (answer) {
      for (const change of answer.cells) this.takeIn(change);
      if (answer.isWhole) {
        const stored = new Set(answer.cells.map((change) => change.name));
        for (const cell of this.cells.values()) {
          if (!stored.has(cell.name) && !isEmpty(cell.base)) this.takeIn({ name: cell.name, text: {}, who: "", when: "" });
        }
      }
      this.revision = answer.revision;
    }
    this.tell();
    return answer;
  }

  takeIn(change) {
    const cell = this.cells.get(change.name);
    if (!cell) {
      if (!isEmpty(change.text)) this.dispatchEvent(new CustomEvent("appeared", { detail: change }));
      return;
    }
    if (cell.isSaving || cell.isDirty || cell.conflict || same(change.text, cell.base)) return;
    cell.store(change.text);
    cell.write(change.text);
    const words = change.isOwn ? this.words.changedByYou : this.words.changedBy;
    cell.show("changed", words.replace("%(who)s", change.who).replace("%(when)s", change.when));
    this.dispatchEvent(new CustomEvent("taken", { detail: cell }));
  }

  /** Keep mine over theirs, knowing theirs; or take theirs. */
  decide(cell, isMine) {
    const { theirs } = cell.conflict;
    if (isMine) {
      const mine = cell.text;
      cell.store(theirs);
      if (same(mine, theirs)) cell.show("", "");
      this.changed(cell);
      return this.flush();
    }
    cell.store(theirs);
    cell.write(theirs);
    cell.show("", "");
    this.keep(cell);
    this.tell();
    this.dispatchEvent(new CustomEvent("taken", { detail: cell }));
    return Promise.resolve();
  }

  // --- the one line that says how it stands

  tell() {
    const all = [...this.cells.values()];
    const count = (state) => all.filter((cell) => cell.isDirty && cell.place.dataset.state === state).length;
    const fill = (words, number) => (number === 1 ? words[0] : words[1]).replace("%(number)s", number);
    const [conflicts, refused, incomplete] = [all.filter((cell) => cell.conflict).length, count("refused"), count("incomplete")];
    let state = ["saved", this.savedAt ? this.words.allSaved.replace("%(time)s", this.savedAt) : this.words.nothingToSave];
    if (this.trouble && (this.signIn || all.some((cell) => cell.isDirty))) state = ["trouble", this.trouble];
    else if (!navigator.onLine && all.some((cell) => cell.isDirty)) state = ["trouble", this.words.waiting];
    else if (conflicts) state = ["conflict", fill(this.words.conflicts, conflicts)];
    else if (refused) state = ["refused", fill(this.words.refused, refused)];
    else if (all.some((cell) => cell.isSaving)) state = ["saving", this.words.saving];
    else if (incomplete) state = ["incomplete", fill(this.words.incompletes, incomplete)];
    this.dispatchEvent(new CustomEvent("told", { detail: { kind: state[0], text: state[1], signIn: this.signIn } }));
  }
}
