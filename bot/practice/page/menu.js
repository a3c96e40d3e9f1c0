// Menus and questions that lie over the page, usable with a finger and with a keyboard alone.

import { element } from "./dom.js";
import { say } from "./words.js";

let close = () => {};

/** A menu at the anchor; entries are {label, hint?, act}. */
export function openMenu(anchor, label, entries) {
  close();
  const menu = element("div", { class: "menu", role: "menu", "aria-label": label });
  for (const entry of entries) {
    const choose = () => {
      close();
      entry.act();
    };
    menu.append(
      element(
        "button",
        { type: "button", role: "menuitem", tabindex: "-1", onclick: choose },
        element("span", { class: "menu-label" }, entry.label),
        entry.hint ? element("span", { class: "menu-hint" }, entry.hint) : null,
      ),
    );
  }
  const outside = (event) => {
    if (!menu.contains(event.target)) close();
  };
  close = () => {
    close = () => {};
    document.removeEventListener("pointerdown", outside, true);
    if (anchor.hasAttribute("aria-expanded")) anchor.setAttribute("aria-expanded", "false");
    const hadFocus = menu.contains(document.activeElement);
    menu.remove();
    if (hadFocus) anchor.focus();
  };
  menu.addEventListener("keydown", (event) => moveWithin(menu, event));
  document.addEventListener("pointerdown", outside, true);
  if (anchor.hasAttribute("aria-expanded")) anchor.setAttribute("aria-expanded", "true");
  document.body.append(menu);
  place(menu, anchor.getBoundingClientRect());
  menu.firstElementChild?.focus();
}

function moveWithin(menu, event) {
  const entries = [...menu.children];
  const at = entries.indexOf(document.activeElement);
  const last = entries.length - 1;
  const next = {
    ArrowDown: at === last ? 0 : at + 1,
    ArrowUp: at <= 0 ? last : at - 1,
    Home: 0,
    End: last,
  }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    entries[next].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}

function place(menu, anchor) {
  const gap = 6;
  const { width, height } = menu.getBoundingClientRect();
  const below = anchor.bottom + gap + height <= window.innerHeight;
  const top = below ? anchor.bottom + gap : Math.max(gap, anchor.top - gap - height);
  const left = anchor.left + width <= window.innerWidth - gap ? anchor.left : anchor.right - width;
  menu.style.top = `${Math.min(top, Math.max(gap, window.innerHeight - height - gap))}px`;
  menu.style.left = `${Math.max(gap, Math.min(left, window.innerWidth - width - gap))}px`;
}

/** A question over the whole page; `fields` are elements, `answer` gets the form's data. */
export function openDialog(title, fields, doing, answer) {
  const dialog = element("dialog", { class: "sheet", "aria-label": title });
  const submit = (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    dialog.close();
    answer(given);
  };
  const back = () => dialog.close();
  dialog.append(
    element(
      "form",
      { onsubmit: submit },
      element("h2", {}, title),
      fields,
      element(
        "div",
        { class: "sheet-buttons" },
        element("button", { type: "button", class: "quiet", onclick: back }, say("Cancel")),
        element("button", { type: "submit", class: "strong" }, doing),
      ),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** One picture over the whole page, until it is pressed or Escape is. */
export function openPicture(address, description) {
  const dialog = element("dialog", { class: "picture", "aria-label": description });
  const shut = () => dialog.close();
  dialog.append(
    element(
      "button",
      { type: "button", "aria-label": say("Close"), onclick: shut },
      element("img", { src: address, alt: description }),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
