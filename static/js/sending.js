// SPDX-License-Identifier: EUPL-1.2
// How a page saves while somebody works on it: what is kept in the browser until the server has it, the one way of
// asking the server, and what happens when the page is left. The grid and the list of organisations both use it.

const BEFORE_LEAVING = 3000;

/** What is not saved yet, each in an entry of its own, so that two windows never erase each other's. */
export class Store {
  constructor(prefix) {
    this.prefix = prefix;
    this.isWorking = true;
  }

  put(name, value) {
    try { localStorage.setItem(this.prefix + name, JSON.stringify(value)); } catch { this.isWorking = false; }
  }

  drop(name) {
    try { localStorage.removeItem(this.prefix + name); } catch { /* Nothing is kept where nothing can be. */ }
  }

  /** Whether it is kept still; of a browser that keeps nothing, always. */
  has(name) {
    try { return !this.isWorking || localStorage.getItem(this.prefix + name) !== null; } catch { return true; }
  }

  /** All that is kept, as pairs of a name and a value. */
  all() {
    const found = [];
    let names = [];
    try { names = Object.keys(localStorage).filter((name) => name.startsWith(this.prefix)); } catch { return found; }
    for (const name of names) {
      try {
        found.push([name.slice(this.prefix.length), JSON.parse(localStorage.getItem(name))]);
      } catch { localStorage.removeItem(name); }
    }
    return found;
  }
}

/** Asks the server on behalf of the person whom the page is of. */
export class Line {
  constructor({ address, token, user, tokenQuery = "" }) {
    Object.assign(this, { address, token, user, tokenQuery });
  }

  /** An answer as `{ state, content, detail, status }`; the state is answered, signed-out, other, refused or waiting. */
  async ask(method, query, body, { keepalive = false, isAgain = false } = {}) {
    let response;
    try {
      response = await fetch(this.address + query, {
        method,
        headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": this.token },
        body: body && JSON.stringify(body),
        keepalive,
      });
    } catch {
      return { state: "waiting" };
    }
    const content = await response.json().catch(() => null);
    if (content?.token) this.token = content.token;
    if (content?.user && content.user !== this.user) return { state: "other", content };
    if (response.ok && content) return { state: "answered", content };
    // Who signed in again elsewhere has a new token: fetch it, and try once more.
    if (response.status === 403 && method === "POST" && !isAgain) {
      const now = await this.ask("GET", this.tokenQuery, undefined, { isAgain: true });
      return now.state === "answered" ? this.ask(method, query, body, { keepalive, isAgain: true }) : now;
    }
    if (response.status === 401) return { state: "signed-out", content };
    if (response.status >= 500 || (!content?.detail && response.status !== 400)) return { state: "waiting" };
    return { state: "refused", status: response.status, detail: content?.detail ?? "" };
  }
}

/** A link or another form of the page waits, three seconds at most, until what is not saved yet has been sent. */
export function saveBeforeLeaving(isUnsaved, save) {
  const sent = () => Promise.race([save(), new Promise((resolve) => { setTimeout(resolve, BEFORE_LEAVING); })]);

  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.altKey || (link.target && link.target !== "_self") || link.hasAttribute("download")) return;
    const [here] = location.href.split("#");
    if (!/^https?:/.test(link.href) || link.href.startsWith(`${here}#`) || !isUnsaved()) return;
    event.preventDefault();
    await sent();
    location.assign(link.href);
  });

  let through = null;
  document.addEventListener("submit", async (event) => {
    const { target: form, submitter } = event;
    if (event.defaultPrevented || form === through || !isUnsaved()) return;
    event.preventDefault();
    await sent();
    through = form;
    form.requestSubmit(submitter);
    through = null;
  });
}
