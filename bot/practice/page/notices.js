// Words over a phone's chat: some pass by themselves, some stay until they are acknowledged.

import { element } from "./dom.js";

const PASSES = 4500;

/** The notices of one phone. */
export class Notices {
  element = element("div", { class: "toast", role: "status" });
  #ends = 0;

  pass(words) {
    this.element.replaceChildren(element("p", { dir: "auto" }, words));
    clearTimeout(this.#ends);
    this.#ends = setTimeout(() => this.element.replaceChildren(), PASSES);
  }

  /** Over all of `frame`; the focus goes back where it was, or else `focus` finds it a place. */
  stay(words, frame, focus) {
    const before = document.activeElement;
    const shut = () => {
      overlay.remove();
      if (before?.isConnected && before !== document.body) before.focus();
      else focus();
    };
    const onkeydown = (event) => {
      if (event.key === "Escape") shut();
      // Nothing behind the words can be reached until they are acknowledged.
      if (event.key === "Tab") event.preventDefault();
    };
    const overlay = element(
      "div",
      { class: "alert", role: "alertdialog", "aria-modal": "true", "aria-label": words, onkeydown },
      element(
        "div",
        { class: "alert-box" },
        element("p", { dir: "auto" }, words),
        element("button", { type: "button", class: "strong", onclick: shut }, "OK"),
      ),
    );
    frame.append(overlay);
    overlay.querySelector("button").focus();
  }
}
