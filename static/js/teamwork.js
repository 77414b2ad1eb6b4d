// SPDX-License-Identifier: EUPL-1.2
// Conveniences of the comments only: the page works without this file.

// <ul data-mentions="id">: a name becomes a button that writes itself into the text at the cursor.
for (const list of document.querySelectorAll("[data-mentions]")) {
  const text = document.getElementById(list.dataset.mentions);
  for (const item of list.children) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button--small";
    button.textContent = item.textContent.trim();
    button.addEventListener("click", () => {
      const before = text.value.slice(0, text.selectionStart);
      const gap = before === "" || /\s$/.test(before) ? "" : " ";
      text.setRangeText(`${gap}${button.textContent} `, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      text.focus();
    });
    item.className = "";
    item.replaceChildren(button);
  }
}
