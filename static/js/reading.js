// SPDX-License-Identifier: EUPL-1.2
// How far reading an uploaded list is, without loading the page again. Without this file the page refreshes itself.

const EVERY = 700; // milliseconds
const place = document.querySelector("[data-reading]");
const bar = place?.querySelector("progress");
const text = place?.querySelector("[data-reading-text]");

const look = async () => {
  const answer = await fetch(location.pathname, { headers: { "X-Fragment": "progress" } }).catch(() => null);
  // Signed out, or not there any more: the page itself says so.
  if (answer && (answer.redirected || (answer.status >= 400 && answer.status < 500))) return location.reload();
  if (answer?.ok) {
    const far = await answer.json();
    if (far.isReady) return location.reload();
    if (far.total) {
      bar.max = far.total;
      bar.value = far.done;
    }
    // Said aloud only when it changes.
    if (text.textContent !== far.text) text.textContent = far.text;
  }
  setTimeout(look, EVERY);
};

if (place) setTimeout(look, EVERY);
