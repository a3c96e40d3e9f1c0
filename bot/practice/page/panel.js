// The panel in which Telegram is made to misbehave; folded away for whoever only trains people.

import { element, icon, iconButton } from "./dom.js";
import { act, ask, remove } from "./server.js";
import { ALL, CHOICES, choiceOf } from "./troubles.js";
import { dateOf, say, timeOf } from "./words.js";

const OFTEN = [[1, "once"], [3, "3 times"], [10, "10 times"], ["", "until it is ended"]];
const DONE_IS_NOT_ASKED_FOR = Number.MAX_SAFE_INTEGER;
const COVERS = "(max-width: 680px)";

/** `room` is where the phones stand, `moved` is told when the panel took or left its place there. */
export class Panel {
  #set = [];
  #drawn = "";
  #opener = null;
  #asked = 0;

  constructor(world, room, moved) {
    this.world = world;
    this.room = room;
    this.moved = moved;
    this.#buildForm();
    this.status = element("p", { class: "panel-status", role: "status" });
    this.list = element("ul", { class: "standing" });
    this.endAll = this.#button("End all", () => this.#end());
    this.title = element("h2", { id: "panel-title", tabindex: "-1" }, say("Telegram's troubles"));
    this.element = element(
      "aside",
      {
        class: "panel",
        "aria-labelledby": "panel-title",
        hidden: true,
        onkeydown: (event) => event.key === "Escape" && this.close(),
      },
      element("header", {}, this.title, iconButton("close", say("Close"), () => this.close())),
      this.form,
      this.status,
      element("h3", {}, say("Set at this moment")),
      this.list,
      this.endAll,
    );
    this.sign = element("button", { type: "button", class: "troubled", hidden: true });
    this.sign.addEventListener("click", () => this.open(this.sign));
    for (const event of ["loaded", "troubles"]) world.on(event, () => this.#ask());
    world.on("clock", () => this.#set.length && this.#ask());
    world.on("people", () => this.#drawPlaces());
    matchMedia(COVERS).addEventListener("change", () => this.#cover());
  }

  open(opener) {
    this.#opener = opener;
    this.element.hidden = false;
    this.#drawSign();
    this.#drawPlaces();
    this.#cover();
    this.moved();
    this.title.focus();
  }

  close() {
    this.element.hidden = true;
    this.#drawSign();
    this.#cover();
    this.moved();
    const back = this.#opener?.isConnected && !this.#opener.hidden ? this.#opener : null;
    (back ?? document.querySelector("#page-menu button")).focus();
  }

  #cover() {
    // Where it lies over the phones, nothing behind it can be reached.
    this.room.inert = !this.element.hidden && matchMedia(COVERS).matches;
  }

  #button(label, onclick) {
    return element("button", { type: "button", class: "quiet", onclick }, say(label));
  }

  #buildForm() {
    this.what = element("select", { name: "what", "aria-describedby": "panel-says" });
    for (const [group, choices] of Object.entries(CHOICES)) {
      const options = choices.map((one) => element("option", { value: ALL.indexOf(one) }, say(one.label)));
      this.what.append(element("optgroup", { label: say(group) }, options));
    }
    this.says = element("p", { class: "panel-says", id: "panel-says", role: "status" });
    this.where = element("select", { name: "where" });
    this.often = element(
      "select",
      { name: "often" },
      OFTEN.map(([times, label]) => element("option", { value: times }, say(label))),
    );
    const aims = [field("Where", this.where), field("How often", this.often)];
    this.aim = element("div", { class: "panel-aim" }, aims);
    this.form = element(
      "form",
      { onsubmit: (event) => this.#begin(event) },
      field("Trouble", this.what),
      this.says,
      this.aim,
      element("button", { type: "submit", class: "strong" }, say("Set the trouble")),
    );
    this.what.addEventListener("change", () => this.#choose());
    this.#choose();
  }

  #choose() {
    const chosen = ALL[this.what.value];
    this.says.textContent = say(chosen.says);
    this.where.parentElement.hidden = !chosen.isOfAChat;
    this.often.parentElement.hidden = !chosen.isCounted;
    this.aim.hidden = !chosen.isOfAChat && !chosen.isCounted;
  }

  #drawPlaces() {
    const before = this.where.value;
    const groups = [...this.world.chats.values()].filter(
      (chat) => chat.type !== "private" && chat.members.length,
    );
    const places = [
      ["", say("everywhere")],
      ...[...this.world.people.values()].map((person) => [person.id, person.label]),
      ...groups.map((chat) => [chat.id, chat.title]),
    ];
    this.where.replaceChildren(...places.map(([id, label]) => element("option", { value: id }, label)));
    this.where.value = places.some(([id]) => String(id) === before) ? before : "";
  }

  async #begin(event) {
    event.preventDefault();
    const chosen = ALL[this.what.value];
    const given = { trouble: chosen.trouble, ...chosen.own };
    if (chosen.methods) given.methods = chosen.methods;
    if (chosen.isOfAChat && this.where.value) given.chat_id = Number(this.where.value);
    if (chosen.isCounted && this.often.value) given.times = Number(this.often.value);
    await this.#do(() => act("troubles", given), `${say("Set")}: ${say(chosen.label)}`);
  }

  async #end(shown = null) {
    const name = shown ? nameOf(shown) : say("all troubles");
    await this.#do(() => remove(shown ? `troubles/${shown.number}` : "troubles"), `${say("Ended")}: ${name}`);
  }

  async #do(deed, done) {
    try {
      await deed();
      this.status.textContent = done;
    } catch (error) {
      this.status.textContent = `${say("That did not work")}: ${error.message}`;
    }
    await this.#ask();
  }

  async #ask() {
    const turn = ++this.#asked;
    const told = await ask(`troubles?after=${DONE_IS_NOT_ASKED_FOR}`).catch(() => null);
    // Answers may overtake one another, and only the last one is true.
    if (told && turn === this.#asked) this.#draw(told.set);
  }

  #draw(set) {
    const drawn = JSON.stringify(set);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#set = set;
    const focused = this.element.contains(document.activeElement);
    const kept = document.activeElement?.dataset.number;
    const entries = set.map((shown) => this.#entry(shown));
    const none = element("li", { class: "none" }, say("None: Telegram is well."));
    this.list.replaceChildren(...(entries.length ? entries : [none]));
    this.endAll.hidden = set.length < 2;
    this.#drawSign();
    // Whoever ended one with a key goes on with the next.
    const next = this.list.querySelector(`[data-number="${kept}"]`) ?? this.list.querySelector("button");
    if (focused && !this.element.contains(document.activeElement)) (next ?? this.what).focus();
  }

  /** Nobody should wonder why the bot is slow, with the panel folded away. */
  #drawSign() {
    this.sign.hidden = this.#set.length === 0 || !this.element.hidden;
    this.sign.replaceChildren(icon("storm"), `${say("Telegram's troubles")}: ${this.#set.length}`);
  }

  #entry(shown) {
    const end = this.#button("End", () => this.#end(shown));
    end.dataset.number = shown.number;
    end.setAttribute("aria-label", `${say("End")}: ${nameOf(shown)}`);
    return element(
      "li",
      {},
      element(
        "div",
        {},
        element("strong", {}, nameOf(shown)),
        element("span", {}, shown.chat_id === null ? say("everywhere") : this.#placeOf(shown.chat_id)),
        element("span", {}, `${lastsOf(shown)} · ${say("struck so far")}: ${shown.struck}`),
      ),
      end,
    );
  }

  #placeOf(id) {
    return this.world.people.get(id)?.label ?? this.world.chats.get(id)?.title ?? String(id);
  }
}

function field(label, input) {
  return element("label", { class: "field" }, element("span", {}, say(label)), input);
}

function lastsOf({ until, left }) {
  const moment = until && new Date(until);
  if (moment) return `${say("until")} ${timeOf(moment)} ${dateOf(moment)}`;
  return left === null ? say("until it is ended") : `${say("times left")}: ${left}`;
}

function nameOf(shown) {
  return say(choiceOf(shown)?.label ?? shown.trouble);
}
