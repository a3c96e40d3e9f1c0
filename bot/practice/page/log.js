// The messages of a chat on one phone, in order, moving along only when nobody reads further up.

import { bubble } from "./bubbles.js";
import { element, icon } from "./dom.js";
import { dateOf, say, weekdayOf } from "./words.js";

const NEAR = 48;

/** What is seen of a chat; only what changed is drawn anew, so that screen readers say only that. */
export class Log {
  #parts = new Map();
  #follows = true;

  constructor(chat, label) {
    this.chat = chat;
    this.list = element("div", { class: "log-list" });
    this.scroller = element(
      "div",
      { class: "log", role: "log", "aria-live": "polite", "aria-label": label, tabindex: "0" },
      this.list,
    );
    this.jump = element(
      "button",
      { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() },
      icon("down"),
      say("Newest messages"),
    );
    this.element = element("div", { class: "log-frame" }, this.scroller, this.jump);
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.scroller.addEventListener("keydown", (event) => this.#step(event));
    new ResizeObserver(() => this.#follow()).observe(this.list);
    new ResizeObserver(() => this.#follow()).observe(this.scroller);
  }

  get atEnd() {
    return this.#follows;
  }

  toEnd() {
    this.#follows = true;
    this.#follow();
  }

  clear() {
    this.#parts.clear();
    this.list.replaceChildren();
    this.toEnd();
  }

  show(messages) {
    const wanted = arranged(messages);
    const keys = new Set(wanted.map((part) => part.key));
    for (const [key, part] of this.#parts) {
      if (!keys.has(key)) {
        this.#keepFocus(part.element, null);
        part.element.remove();
        this.#parts.delete(key);
      }
    }
    let before = null;
    for (const part of wanted) {
      const made = this.#drawn(part);
      const place = before ? before.nextSibling : this.list.firstChild;
      if (place !== made) this.list.insertBefore(made, place);
      before = made;
    }
    this.#follow();
  }

  #drawn(part) {
    const known = this.#parts.get(part.key);
    if (known && same(known.messages, part.messages)) return known.element;
    const made = part.messages.length
      ? bubble(part.messages, this.chat)
      : element("p", { class: "day" }, element("span", {}, part.day));
    this.#parts.set(part.key, { messages: part.messages, element: made });
    if (known) {
      const index = this.#focused(known.element);
      known.element.replaceWith(made);
      this.#keepFocus(null, made, index);
    }
    return made;
  }

  /** Which key of the message has the focus; -1 for the message itself, null for none. */
  #focused(old) {
    if (!old.contains(document.activeElement)) return null;
    return [...old.querySelectorAll(".key")].indexOf(document.activeElement);
  }

  #keepFocus(gone, made, index = null) {
    if (gone?.contains(document.activeElement)) this.chat.focus();
    if (index === null || !made) return;
    const keys = made.querySelectorAll(".key");
    if (index >= 0 && keys.length) keys[0].focus({ preventScroll: true });
    else made.focus({ preventScroll: true });
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.#follows = scrollHeight - scrollTop - clientHeight < NEAR;
    this.jump.hidden = this.#follows;
    if (this.#follows) this.chat.read();
  }

  #follow() {
    if (this.#follows) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #step(event) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const messages = [...this.list.querySelectorAll(".message")];
    const at = messages.findIndex((message) => message.contains(document.activeElement));
    if (move && messages.length) {
      const next = at < 0 ? messages.length - 1 : at + move;
      messages[Math.max(0, Math.min(next, messages.length - 1))].focus();
      event.preventDefault();
    } else if (event.key === "Enter" && document.activeElement === messages[at]) {
      messages[at].querySelector(".options")?.click();
      event.preventDefault();
    }
  }
}

function same(some, others) {
  return some.length === others.length && some.every((one, place) => one === others[place]);
}

/** Albums together, and a line between days. */
function arranged(messages) {
  const parts = [];
  let day = "";
  for (const message of messages) {
    const moment = new Date(message.date * 1000);
    const date = dateOf(moment);
    if (date !== day) {
      day = date;
      parts.push({ key: `day ${date}`, day: `${weekdayOf(moment)}, ${date}`, messages: [] });
    }
    const last = parts[parts.length - 1];
    const album = message.media_group_id;
    if (album && last.messages[0]?.media_group_id === album) last.messages.push(message);
    else parts.push({ key: `message ${message.message_id}`, messages: [message] });
  }
  return parts;
}
