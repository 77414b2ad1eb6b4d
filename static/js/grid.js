// SPDX-License-Identifier: EUPL-1.2
// The grid of the quarterly form: keyboard, blocks from a spreadsheet, running totals, the quarters before. It stands on
// the plain form, which works without this file; how cells are saved is in autosave.js.

import { Saver, same } from "./autosave.js";
import { areEnglish, asDutch, blockOf, readCount } from "./numbers.js";

const form = document.querySelector("form[data-cells]");
if (form) start();

function start() {
  const words = JSON.parse(form.dataset.words);
  const stored = JSON.parse(form.dataset.stored);
  const saver = new Saver(form, words);
  const foot = form.querySelector("[data-grid-foot]");
  foot.hidden = false;
  form.dataset.kept = "true";

  for (const place of form.querySelectorAll("[data-cell]")) saver.add(place, stored[place.dataset.cell] ?? {});

  const fieldsOf = (place) => [...(place?.querySelectorAll("td :is(input:not([type=hidden]), select)") ?? [])];
  const isControl = (element) => element.matches?.("table[data-grid] :is(input, select)");

  // --- moving about: a cell of the table has one field, of a share two below each other

  function beside(control, right) {
    const td = control.closest("td");
    const place = fieldsOf(td).indexOf(control);
    for (let next = td; next;) {
      next = right > 0 ? next.nextElementSibling : next.previousElementSibling;
      const fields = fieldsOf(next);
      if (fields.length) return fields[Math.min(place, fields.length - 1)];
    }
    return null;
  }

  function below(control, down) {
    const td = control.closest("td");
    const fields = fieldsOf(td);
    const within = fields[fields.indexOf(control) + down];
    if (within) return within;
    for (let row = td.parentElement; row;) {
      row = down > 0 ? row.nextElementSibling : row.previousElementSibling;
      const next = fieldsOf(row?.cells[td.cellIndex]);
      if (next.length) return down > 0 ? next[0] : next.at(-1);
    }
    return null;
  }

  function go(control) {
    if (!control) return;
    control.focus();
    if (control.type === "text") control.select();
  }

  // --- "look": the text is selected and typing replaces it; "type": it is being replaced; "edit": inside the text

  let mode = "look";
  let before = "";
  let isPress = false;

  form.addEventListener("pointerdown", (event) => {
    isPress = isControl(event.target) && document.activeElement !== event.target;
    if (isControl(event.target) && !isPress) mode = "edit";
  });

  form.addEventListener("focusin", (event) => {
    if (!isControl(event.target)) return;
    mode = "look";
    before = event.target.value;
    tellBefore(event.target);
    if (event.target.type === "text") event.target.select();
  });

  form.addEventListener("pointerup", (event) => {
    // The press that brings the focus would undo the selection.
    if (isPress && event.target.type === "text" && mode === "look") event.target.select();
    isPress = false;
  });

  form.addEventListener("dblclick", (event) => { if (isControl(event.target)) mode = "edit"; });

  form.addEventListener("input", (event) => {
    const cell = saver.cellOf(event.target);
    if (!cell || !isCellField(cell, event.target)) return;
    if (mode === "look") mode = "type";
    lastPaste = null;
    show("");
    saver.changed(cell, { typing: event.target.type === "text" });
    addUp(cell.place);
  });

  form.addEventListener("change", (event) => {
    const cell = saver.cellOf(event.target);
    if (cell && isCellField(cell, event.target)) saver.changed(cell);
  });

  form.addEventListener("focusout", (event) => {
    const cell = saver.cellOf(event.target);
    if (cell) saver.left(cell);
  });

  function isCellField(cell, element) {
    return cell.removal === element || [...cell.inputs.values()].includes(element);
  }

  form.addEventListener("keydown", (event) => {
    const control = event.target;
    if (!isControl(control) || event.isComposing || event.altKey) return;
    const isText = control.type === "text";
    const step = moveOf(event, control, isText);
    if (step) {
      event.preventDefault();
      const next = step[1] ? below(control, step[1]) : beside(control, step[0]);
      if (next) go(next);
      else if (event.key === "Enter") {
        const cell = saver.cellOf(control);
        if (cell) saver.left(cell);
        if (!event.shiftKey && isLastRow(control) && addRows(1)) go(below(control, 1));
      }
    } else if (event.key === "F2" && !control.readOnly) {
      event.preventDefault();
      mode = "edit";
      if (isText) control.setSelectionRange(control.value.length, control.value.length);
      else control.showPicker?.();
    } else if (event.key === "Escape" && mode !== "look") {
      event.preventDefault();
      control.value = before;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      mode = "look";
      const cell = saver.cellOf(control);
      if (cell) saver.left(cell);
      if (isText) control.select();
    } else if ((event.key === "Delete" || event.key === "Backspace") && control.matches("select") && mode === "look") {
      event.preventDefault();
      control.value = "";
      control.dispatchEvent(new Event("change", { bubbles: true }));
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && lastPaste) {
      event.preventDefault();
      undoPaste();
    }
  });

  /** [right, down], or null where the key belongs to the field. */
  function moveOf(event, control, isText) {
    if (event.ctrlKey || event.metaKey) return null;
    if (event.key === "Enter") return [0, event.shiftKey ? -1 : 1];
    if (event.shiftKey || (mode === "edit" && (control.matches("select") || event.key.match(/Left|Right/)))) return null;
    if (mode === "edit" && isText && control.list) return null;
    return { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key] ?? null;
  }

  // --- a block from a spreadsheet

  let lastPaste = null;

  form.addEventListener("paste", (event) => {
    const control = event.target;
    if (!isControl(control)) return;
    const text = event.clipboardData.getData("text/plain");
    const block = blockOf(text);
    if (block.length === 1 && block[0].length === 1 && (mode !== "look" || control.matches("select"))) return;
    event.preventDefault();
    const numbers = withoutNames(control, withoutHead(control, block));
    if (numbers) paste(control, numbers);
    else tell(words.otherRows);
  });

  /** A first row that repeats the heads of the columns is left out. */
  function withoutHead(control, block) {
    const heads = [...control.closest("table").tHead.rows[0].cells].map((head) => plain(head.textContent));
    const isHead = block.length > 1 && block[0].filter((text) => heads.includes(plain(text))).length >= 2;
    return isHead ? block.slice(1) : block;
  }

  /** A first column that repeats the names of the rows is left out; null where it names other rows than these. */
  function withoutNames(control, block) {
    const names = block.map((texts) => plain(texts[0] ?? ""));
    if (number || Math.max(...block.map((texts) => texts.length)) < 2) return block;
    if (!names.some((name) => name in words.rows)) return block;
    let line = control;
    for (const name of names) {
      const row = line?.closest("tr").querySelector("[data-cell]").dataset.cell.split(".")[1];
      if (name && line && words.rows[name] !== row) return null;
      line = line && below(line, 1);
    }
    return block.map((texts) => texts.slice(1));
  }

  function paste(from, block) {
    const english = areEnglish(block.flat());
    const undo = [];
    const touched = new Map();
    let line = from;
    let outside = 0;
    let besides = 0;
    let fixed = 0;
    for (const [down, texts] of block.entries()) {
      if (down > 0) {
        let next = below(line, 1);
        if (!next && addRows(block.length - down)) next = below(line, 1);
        if (!next) { outside += block.length - down; break; }
        line = next;
      }
      let control = line;
      for (const [right, text] of texts.entries()) {
        if (right > 0) control = beside(control, 1);
        const cell = control && control.type !== "checkbox" && saver.cellOf(control);
        if (!cell) {
          if (texts.slice(right).some((each) => each.trim())) besides = Math.max(besides, texts.length - right);
          break;
        }
        if (control.readOnly || control.disabled) {
          // The reviewer did not return it: it stays as it was handed in.
          if (plain(text) !== plain(control.value)) fixed += 1;
          continue;
        }
        undo.push([control, control.value]);
        const problem = put(control, text, english);
        touched.set(cell, touched.get(cell) || problem);
      }
    }
    for (const [cell, problem] of touched) {
      saver.changed(cell);
      if (problem) saver.hold(cell, problem);
      addUp(cell.place);
    }
    lastPaste = undo;
    const counted = (forms, count) => (count ? forms[Number(count !== 1)].replace("%(number)s", count) : "");
    tell([counted(words.pastedBeside, besides), counted(words.pastedOutside, outside), counted(words.pastedFixed, fixed)].filter(Boolean).join(" "));
  }

  /** Write one text in a field; gives what is wrong with it, if the server cannot say that. */
  function put(control, text, english) {
    if (control.matches("select")) {
      const value = words.choices[control.name.split(".").at(-1)]?.[plain(text)];
      control.value = value ?? "";
      return value || !text.trim() ? "" : words.noChoice.replace("%(text)s", text.trim());
    }
    if (!control.inputMode) {
      control.value = text.replace(/[\s\u00a0]+/g, " ").trim();
      return "";
    }
    const number = asDutch(text, english);
    control.value = number ?? text.trim();
    return number === null ? words.ambiguous.replace("%(text)s", text.trim()) : "";
  }

  function undoPaste() {
    const touched = new Set();
    for (const [control, text] of lastPaste) {
      control.value = text;
      touched.add(saver.cellOf(control));
    }
    lastPaste = null;
    for (const cell of touched) {
      if (!cell) continue;
      saver.changed(cell);
      addUp(cell.place);
    }
    tell(words.pasteUndone);
  }

  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[\s\u00a0]+/g, " ").trim();
  }

  // --- more rows of head counts

  const number = form.querySelector("input[name='headcount.rows']");

  function isLastRow(control) {
    const row = control.closest("tr");
    return Boolean(number) && row === row.parentElement.lastElementChild;
  }

  /** Add empty rows at the end; false where the table has a fixed number. */
  function addRows(count) {
    if (!number) return false;
    const body = form.querySelector("table[data-grid] tbody");
    const most = Number(number.dataset.most);
    if (Number(number.value) >= most) return false;
    for (let added = 0; added < count && Number(number.value) < most; added += 1) {
      const place = Number(number.value);
      const row = body.lastElementChild.cloneNode(true);
      row.dataset.cell = "";
      delete row.dataset.state;
      for (const each of row.querySelectorAll(".cell-state, .field-error, details, .cell-conflict")) each.remove();
      for (const each of row.querySelectorAll("td.is-before")) each.textContent = "";
      for (const each of row.querySelectorAll("[name]")) {
        each.name = each.name.replace(/\.\d+\./, `.${place}.`);
        if (each.id) each.id = each.name;
        each.removeAttribute("aria-invalid");
        each.removeAttribute("aria-describedby");
        each.getAttribute("aria-label") && each.setAttribute("aria-label", each.getAttribute("aria-label").replace(/\d+(?!.*\d)/, place + 1));
        if (each.type === "checkbox") each.checked = false;
        else each.value = "";
        each.readOnly = false;
        each.removeAttribute("tabindex");
      }
      const tick = row.querySelector(".tick .visually-hidden");
      if (tick) tick.textContent = tick.textContent.replace(/\d+/, place + 1);
      body.append(row);
      number.value = place + 1;
      saver.add(row, {});
    }
    if (Number(number.value) > 50) body.parentElement.classList.add("figures-table--long");
    return true;
  }

  /** The first row in which nothing stands. */
  function freeRow() {
    const free = () => [...saver.cells.values()].find((cell) => !cell.isDirty && same(cell.base, {}) && same(cell.text, {}));
    return free() ?? (addRows(1), free());
  }

  saver.addEventListener("appeared", ({ detail: change }) => {
    if (!number) return;
    const cell = freeRow();
    if (!cell) return;
    cell.store(change.text);
    cell.write(change.text);
    saver.rename(cell, change.name);
    cell.show("changed", words.changedBy.replace("%(who)s", change.who).replace("%(when)s", change.when));
  });

  saver.addEventListener("removed", ({ detail: cell }) => {
    if (!number) return;
    cell.write({});
    saver.rename(cell, `new-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`);
    cell.show("saved", words.removed);
  });

  // --- running totals

  const language = document.documentElement.lang;
  const whole = new Intl.NumberFormat(language);
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 });

  function addUp(place) {
    const row = place.closest("tr");
    const total = row.querySelector("[data-total]");
    if (!total) return;
    const sum = (part) => {
      const fields = [...row.querySelectorAll(`[data-cell] input[name$=".${part}"]`)];
      const numbers = fields.map((field) => readCount(field.value)).filter((each) => each !== null);
      return numbers.length ? numbers.reduce((one, other) => one + other, 0) : null;
    };
    const value = sum("value") ?? sum("numerator");
    const denominator = sum("denominator");
    const text = document.createElement("span");
    text.className = "number";
    text.textContent = value === null ? "–" : whole.format(value);
    total.replaceChildren(text);
    if (value === null || denominator === null) return;
    text.textContent = `${whole.format(value)} ${words.of} ${whole.format(denominator)}`;
    if (!denominator) return;
    const part = document.createElement("span");
    part.className = "meta";
    part.textContent = share.format(value / denominator);
    total.append(document.createElement("br"), part);
  }

  saver.addEventListener("taken", ({ detail: cell }) => addUp(cell.place));

  // --- the quarters before, of the field at hand

  const panel = foot.querySelector("[data-before]");

  function tellBefore(control) {
    const name = control.closest("[data-cell]")?.dataset.cell;
    const source = name && form.querySelector(`[data-before-of="${CSS.escape(name)}"]`);
    const label = (control.getAttribute("aria-label") ?? "").replace(/, (rij|row) .*$/, "");
    const told = source ? `${source.dataset.label || label}: ${source.textContent.replace(/\s+/g, " ").trim()}` : "";
    // On a small screen the row's own words may be out of sight.
    panel.textContent = told || (number ? rowWords(control.closest("tr")) : "");
  }

  function rowWords(row) {
    return [...row.querySelectorAll("select, input[type=text]:not([inputmode])")]
      .map((field) => (field.value && field.matches("select") ? field.selectedOptions[0].text : field.value))
      .filter(Boolean).join(", ");
  }

  // --- two people at one cell

  saver.addEventListener("conflict", ({ detail: cell }) => {
    const { who, when, isOwn, mineInWords, theirsInWords } = cell.conflict;
    const choice = document.createElement("div");
    choice.className = "cell-conflict";
    choice.setAttribute("role", "group");
    const lead = document.createElement("p");
    lead.textContent = isOwn ? words.conflictOwn.replace("%(when)s", when)
      : words.conflict.replace("%(who)s", who).replace("%(when)s", when);
    choice.setAttribute("aria-label", lead.textContent);
    const button = (text, isMine) => {
      const each = document.createElement("button");
      each.type = "button";
      each.className = "button button--small";
      each.textContent = text;
      each.addEventListener("click", () => {
        choice.remove();
        saver.decide(cell, isMine);
        go([...cell.inputs.values()].at(-1));
      });
      return each;
    };
    choice.append(
      lead,
      button(words.keepMine.replace("%(value)s", mineInWords || words.nothing), true),
      button(words.takeTheirs.replace("%(value)s", theirsInWords || words.nothing), false),
    );
    cell.line.after(choice);
    if (cell.place.contains(document.activeElement)) choice.scrollIntoView({ block: "nearest", inline: "nearest" });
    say(lead.textContent);
  });

  // --- the line that says how it stands, and says aloud only what is new

  const status = foot.querySelector("[data-status]");
  const aloud = foot.querySelector("[role=status]");
  const signIn = foot.querySelector("[data-sign-in]");
  let said = "saved";
  let later;

  saver.addEventListener("told", ({ detail: { kind, text, signIn: isSignedOut } }) => {
    if (status.textContent !== text) status.textContent = text;
    foot.dataset.kind = kind;
    signIn.hidden = !isSignedOut;
    clearTimeout(later);
    if (kind === "saving") return;
    later = setTimeout(() => { if (kind !== said) { said = kind; aloud.textContent = text; } }, 1500);
  });

  function say(text) {
    aloud.textContent = text;
  }

  const notice = foot.querySelector("[data-notice]");

  /** Show a remark until something else is typed. */
  function show(text) {
    if (notice.textContent === text) return;
    notice.textContent = text;
    notice.hidden = !text;
  }

  function tell(text) {
    show(text);
    if (text) say(text);
  }

  // --- on to the check or to handing in: not past what is not saved

  const stay = form.querySelector("[data-stay]");

  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.(".quarter-head__actions a[href]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    await Promise.race([saver.flush({ everything: true }), new Promise((resolve) => { setTimeout(resolve, 3000); })]);
    const { troubled } = saver;
    if (troubled.length === 0) location.assign(link.href);
    else askToStay(troubled, link.href);
  }, { capture: true });

  function askToStay(troubled, address) {
    const lead = document.createElement("p");
    lead.textContent = words.stay[Number(troubled.length !== 1)].replace("%(number)s", troubled.length);
    const list = document.createElement("ul");
    for (const cell of troubled) {
      const field = [...cell.inputs.values()][0];
      const each = document.createElement("a");
      each.href = `#${field.id}`;
      each.textContent = field.getAttribute("aria-label") || field.labels?.[0]?.textContent.trim() || field.name;
      each.addEventListener("click", (event) => { event.preventDefault(); go(field); });
      const item = document.createElement("li");
      item.append(each);
      list.append(item);
    }
    const on = document.createElement("a");
    on.className = "button button--small";
    on.href = address;
    on.textContent = words.goOn;
    stay.replaceChildren(lead, list, on);
    stay.hidden = false;
    stay.focus();
    stay.scrollIntoView({ block: "center" });
  }

  // --- what was typed before and never arrived

  for (const [name, kept] of saver.store.all()) {
    let cell = saver.cells.get(name);
    if (!cell && number) {
      cell = freeRow();
      if (cell) { saver.store.drop(name); saver.rename(cell, name); }
    }
    if (!cell || same(kept.text, cell.base)) { saver.store.drop(name); continue; }
    const isRemoved = cell.removal && same(kept.text, {});
    cell.base = kept.base;
    if (isRemoved) cell.removal.checked = true;
    else for (const [part, input] of cell.inputs) input.value = kept.text[part] ?? "";
    saver.changed(cell);
    if (kept.held) saver.hold(cell, kept.held);
    addUp(cell.place);
  }
  saver.flush();

  // --- the button: first what is left, then as without script

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (form.dataset.through) return;
    event.preventDefault();
    if (button?.value === "more") {
      const last = form.querySelector("table[data-grid] tbody").lastElementChild;
      addRows(3);
      go(fieldsOf(last.nextElementSibling ?? last)[0]);
      return;
    }
    await saver.flush({ everything: true });
    const now = await saver.look("&geheel=1");
    const undecided = [...saver.cells.values()].find((cell) => cell.conflict);
    if (undecided) {
      undecided.place.querySelector(".cell-conflict button")?.focus();
      return;
    }
    if (!now) {
      say(status.textContent);
      return;
    }
    form.elements.base.value = now.base;
    form.elements.original.value = now.original;
    form.elements.csrfmiddlewaretoken.value = now.token;
    form.dataset.through = "true";
    form.requestSubmit(button);
  });

  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
