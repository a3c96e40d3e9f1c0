// What a phone offers before there is a conversation: a start, or an invitation to open.

import { element, icon } from "./dom.js";
import { say } from "./words.js";

export function startOffer(start) {
  return element(
    "div",
    { class: "welcome" },
    element("p", {}, say("Press Start to greet the bot.")),
    element("button", { type: "button", class: "strong wide", onclick: start }, say("Start")),
  );
}

/** `open` is given the payload; `what` says what that does. */
export function invitationCard({ label, payload }, open, what = say("Open the invitation")) {
  return element(
    "article",
    { class: "invitation", "aria-label": say("Invitation") },
    element("span", { class: "invitation-sign" }, icon("letter")),
    element(
      "div",
      { class: "invitation-words" },
      element("strong", {}, say("Invitation")),
      element("span", { dir: "auto" }, label),
    ),
    element(
      "button",
      { type: "button", class: "strong", onclick: () => open(payload) },
      what,
    ),
  );
}
