// SPDX-License-Identifier: EUPL-1.2
// Numbers as they are typed and pasted. The server decides what a text means (impact/dutch_numbers.py); this file only
// adds up while somebody types, and turns what can only be English into Dutch when it is pasted.

const GROUPED = /^[1-9]\d{0,2}(\.\d{3})+$/;

/** The whole number in a text in Dutch notation; null where there is none. */
export function readCount(text) {
  const typed = text.trim();
  if (/^\d{1,15}$/.test(typed)) return Number(typed);
  return GROUPED.test(typed) && typed.length < 20 ? Number(typed.replaceAll(".", "")) : null;
}

const ENGLISH = [
  /^\d{1,3}(,\d{3})+\.\d+$/, // 1,234.56
  /^\d{1,3}(,\d{3}){2,}$/, // 1,234,567
  /^\d+\.(\d{1,2}|\d{4,})$/, // 12.5 and 1234.5678, never 1.234
];
const DUTCH = [
  /^\d{1,3}(\.\d{3})+,\d+$/, // 1.234,56
  /^\d{1,3}(\.\d{3}){2,}$/, // 1.234.567
  /^\d+,(\d{1,2}|\d{4,})$/, // 12,5
];

function bare(text) {
  return text.replace(/[\s\u00a0\u202f€]/g, "");
}

/** Whether texts were written the English way: something in them can only be English, and nothing only Dutch. */
export function areEnglish(texts) {
  const numbers = texts.map(bare);
  return numbers.some((each) => ENGLISH.some((form) => form.test(each)))
    && !numbers.some((each) => DUTCH.some((form) => form.test(each)));
}

/** A pasted number in Dutch notation; null where it could mean two things: 1.234 among English numbers. */
export function asDutch(text, english) {
  const number = bare(text);
  if (ENGLISH.some((form) => form.test(number))) return number.replaceAll(",", "").replace(".", ",");
  if (english && /^\d{1,3}\.\d{3}$/.test(number)) return null;
  // 1,234 stays as it is: the server refuses it, and says why.
  return text.trim();
}

/** The rows of a block as a spreadsheet puts it on the clipboard; quoted cells may hold tabs and line ends. */
export function blockOf(text) {
  const rows = [[""]];
  const content = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  let isQuoted = false;
  for (let place = 0; place < content.length; place += 1) {
    const row = rows[rows.length - 1];
    const character = content[place];
    if (isQuoted) {
      if (character !== '"') row[row.length - 1] += character;
      else if (content[place + 1] === '"') { row[row.length - 1] += '"'; place += 1; } else isQuoted = false;
    } else if (character === '"' && row[row.length - 1] === "") isQuoted = true;
    else if (character === "\t") row.push("");
    else if (character === "\n") rows.push([""]);
    else row[row.length - 1] += character;
  }
  return rows;
}
