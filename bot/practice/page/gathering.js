// More people, and groups of them.

import { element } from "./dom.js";
import { openDialog } from "./menu.js";
import { act } from "./server.js";
import { say } from "./words.js";

function field(label, name) {
  return element(
    "label",
    { class: "field" },
    element("span", {}, label),
    element("input", { name, required: true, maxlength: "60", autocomplete: "off" }),
  );
}

export function addPerson() {
  const fields = [field(say("Name"), "first_name"), field(say("Role"), "role")];
  openDialog(say("Add a person…"), fields, say("Add"), async (given) => {
    const name = given.get("first_name").trim();
    const label = `${name} · ${given.get("role").trim()}`;
    await act("people", { first_name: name, label }).catch(() => {});
  });
}

export function makeGroup(people) {
  const members = element(
    "fieldset",
    { class: "field" },
    element("legend", {}, say("Who is in it")),
    [...people.values()].map((person) =>
      element(
        "label",
        { class: "check" },
        element("input", { type: "checkbox", name: "members", value: person.id, checked: true }),
        person.label,
      ),
    ),
  );
  const fields = [field(say("Name of the group"), "title"), members];
  openDialog(say("Make a group…"), fields, say("Make"), async (given) => {
    const chosen = given.getAll("members").map(Number);
    if (!chosen.length) return;
    await act("groups", { title: given.get("title").trim(), members: chosen }).catch(() => {});
  });
}
