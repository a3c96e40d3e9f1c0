// One person's phone: the chat it shows, and what its owner is told there.

import { Composer } from "./composer.js";
import { Deeds } from "./deeds.js";
import { element, iconButton } from "./dom.js";
import { Log } from "./log.js";
import { Notices } from "./notices.js";
import { invitationCard, startOffer } from "./offers.js";
import { openMessageMenu, openPhoneMenu } from "./choices.js";
import { say } from "./words.js";

const TYPING = 5000;
const HUES = [158, 18, 38, 205, 330, 265, 95];

/** A phone on the page; the world tells it what happened. */
export class Phone {
  #unread = new Map();
  #waiting = new Map();
  #frozen = null;
  #shown = false;
  #typingEnds = 0;
  #notices = new Notices();

  constructor(world, id) {
    this.world = world;
    this.id = id;
    this.chat = world.chats.get(id);
    this.deeds = new Deeds(this);
    const [name, role = ""] = this.person.label.split(" · ");
    this.name = name;
    this.log = new Log(this.#forBubbles(), `${say("Messages")} · ${name}`);
    this.composer = new Composer(this, name);
    this.#build(name, role);
    this.update();
  }

  get person() {
    return this.world.people.get(this.id);
  }

  get unread() {
    return [...this.#unread.values()].reduce((sum, one) => sum + one.loud, 0);
  }

  get unreadSilently() {
    return [...this.#unread.values()].some((one) => one.silent > 0);
  }

  now() {
    return this.world.now ?? new Date();
  }

  #forBubbles() {
    return {
      own: (message) => message.from?.id === this.id,
      nameOf: (user) => this.world.people.get(user?.id)?.first_name ?? user?.first_name ?? "",
      follow: (url) => this.deeds.follow(url),
      command: (words) => this.deeds.say(words),
      press: (message, button, face) => this.deeds.press(message, button, face),
      options: (messages, anchor) => openMessageMenu(this, messages, anchor),
      focus: () => this.composer.focus(),
      read: () => this.read(),
      isGroup: false,
    };
  }

  #build(name, role) {
    const hue = HUES[this.id % HUES.length];
    const initial = name.split(" ").at(-1)[0] ?? "?";
    const popup = { "aria-haspopup": "menu", "aria-expanded": "false" };
    const toggle = () => this.deeds.airplane(!this.person.airplane);
    this.plane = iconButton("airplane", say("Airplane mode"), toggle, { class: "plane" });
    this.title = element("div", { class: "chat-title" });
    this.typing = element("span", { class: "chat-status" });
    this.network = element("p", { class: "network", role: "status", hidden: true });
    this.offers = element("div", { class: "offers" });
    this.foot = element("div", { class: "foot" });
    this.element = element(
      "section",
      { class: "phone", "aria-label": `${say("Phone of")} ${this.person.label}` },
      element(
        "header",
        { class: "owner", style: `--hue: ${hue}` },
        element("span", { class: "avatar", "aria-hidden": "true" }, initial),
        element(
          "h2",
          { class: "owner-name" },
          element("span", {}, name),
          element("small", {}, role),
        ),
        this.plane,
        iconButton("more", say("Phone menu"), (event) => openPhoneMenu(this, event.currentTarget), popup),
      ),
      element(
        "div",
        { class: "chat-bar" },
        element("img", { src: "/page/mark.svg", alt: "", width: "30", height: "30" }),
        this.title,
        this.typing,
      ),
      this.network,
      element("div", { class: "screen" }, this.#notices.element, this.log.element),
      this.offers,
      this.foot,
    );
    this.#listenForHolding();
  }

  #listenForHolding() {
    const list = this.log.list;
    const open = (target) => target.closest(".message")?.querySelector(".options")?.click();
    list.addEventListener("contextmenu", (event) => {
      if (event.target.closest("a") || !event.target.closest(".message")) return;
      event.preventDefault();
      open(event.target);
    });
    let holding = 0;
    list.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch" || event.target.closest(".key, a")) return;
      holding = setTimeout(() => open(event.target), 550);
    });
    for (const end of ["pointerup", "pointercancel", "pointermove"]) {
      list.addEventListener(end, () => clearTimeout(holding));
    }
  }

  /** Draw everything that may have changed but the messages' own faces. */
  update() {
    const { person } = this;
    this.chat = this.world.successorOf(this.chat, this.id);
    if (person.airplane && !this.#frozen) this.#freeze();
    if (!person.airplane) this.#frozen = null;
    if (!person.queued) this.#waiting.clear();
    this.element.classList.toggle("offline", person.airplane);
    this.plane.setAttribute("aria-pressed", String(person.airplane));
    this.network.hidden = !person.airplane;
    const queued = person.queued ? ` · ${person.queued} ${say("wait for a network")}` : "";
    this.network.textContent = say("No network") + queued;
    this.#drawTitle();
    this.composer.show(this.chat.commands ?? []);
    this.#drawFoot();
    this.show();
  }

  #freeze() {
    // A phone without a network goes on showing what it had.
    this.#frozen = new Map(
      this.world.chatsOf(this.id).map((chat) => [chat.id, [...chat.messages.values()]]),
    );
  }

  show() {
    const all = this.#frozen?.get(this.chat.id) ?? [...this.chat.messages.values()];
    const waiting = this.#waiting.get(this.chat.id) ?? [];
    const there = all.filter((message) => !message.practice?.deleted);
    this.log.chat.isGroup = this.chat.type !== "private";
    this.log.show([...there.sort((one, other) => one.message_id - other.message_id), ...waiting]);
    this.#drawOffers(there.length + waiting.length === 0);
  }

  #drawTitle() {
    const chats = this.world.chatsOf(this.id);
    const many = chats.length > 1;
    const state = JSON.stringify([chats.map((chat) => [chat.id, this.#unreadIn(chat)]), this.chat.id]);
    if (this.title.dataset.state === state) return;
    this.title.dataset.state = state;
    if (!many) {
      this.title.replaceChildren(element("strong", {}, this.world.titleOf(this.chat)));
      return;
    }
    const choose = (event) => this.open(Number(event.target.value));
    const label = `${say("Chat")} · ${this.name}`;
    const options = chats.map((chat) => {
      const dot = this.#unreadIn(chat) ? "● " : "";
      const selected = chat.id === this.chat.id;
      return element("option", { value: chat.id, selected }, dot + this.world.titleOf(chat));
    });
    this.title.replaceChildren(element("select", { "aria-label": label, onchange: choose }, options));
  }

  #unreadIn(chat) {
    const { loud = 0, silent = 0 } = this.#unread.get(chat.id) ?? {};
    return loud + silent;
  }

  #drawFoot() {
    const blocked = this.person.blocked && this.chat.type === "private";
    const state = String(blocked);
    if (this.foot.dataset.state === state) return;
    this.foot.dataset.state = state;
    const unblock = () => this.deeds.block(false);
    this.foot.replaceChildren(
      blocked
        ? element(
            "div",
            { class: "blocked" },
            element("span", {}, say("The bot is blocked")),
            element("button", { type: "button", class: "quiet", onclick: unblock }, say("Unblock the bot")),
          )
        : this.composer.element,
    );
  }

  #drawOffers(empty) {
    const own = this.chat.id === this.id;
    const invitations = own ? this.world.invitationsFor(this.person) : [];
    const state = JSON.stringify([own && empty, invitations]);
    if (this.offers.dataset.state === state) return;
    this.offers.dataset.state = state;
    this.offers.replaceChildren(
      ...invitations.map((one) => invitationCard(one, (payload) => this.deeds.start(payload))),
      ...(own && empty && !invitations.length ? [startOffer(() => this.deeds.start())] : []),
    );
  }

  /** Show another chat. */
  open(chatId) {
    this.chat = this.world.chats.get(chatId);
    this.log.clear();
    this.update();
    this.read();
  }

  /** The page shows or hides this phone. */
  appear(shown) {
    this.#shown = shown;
    this.element.hidden = !shown;
    if (shown) this.read();
  }

  read() {
    if (!this.#shown || document.hidden || !this.log.atEnd) return;
    if (this.#unread.delete(this.chat.id)) {
      this.#drawTitle();
      this.world.tell("unread");
    }
  }

  /** A new message came; returns whether the owner is to be called. */
  arrived(chat, message) {
    if (message.from?.id === this.id || this.person.airplane) return false;
    const counts = this.#unread.get(chat.id) ?? { loud: 0, silent: 0 };
    const silent = Boolean(message.practice?.silent);
    counts[silent ? "silent" : "loud"] += 1;
    this.#unread.set(chat.id, counts);
    this.typing.textContent = "";
    this.read();
    this.#drawTitle();
    return !silent;
  }

  isTyping() {
    this.typing.textContent = say("typing…");
    clearTimeout(this.#typingEnds);
    this.#typingEnds = setTimeout(() => (this.typing.textContent = ""), TYPING);
  }

  say(text, repliedId) {
    this.log.toEnd();
    return this.deeds.say(text, repliedId);
  }

  edit(id, text) {
    return this.deeds.edit(id, text);
  }

  photos(pictures, caption, asFile) {
    this.log.toEnd();
    return this.deeds.photos(pictures, caption, asFile);
  }

  special(kind, label) {
    this.log.toEnd();
    return this.deeds.special(kind, label);
  }

  /** Messages that leave when there is a network again. */
  wait(messages) {
    const waiting = this.#waiting.get(this.chat.id) ?? [];
    this.#waiting.set(this.chat.id, [...waiting, ...messages]);
    this.show();
  }

  async copy(text) {
    await navigator.clipboard.writeText(text).catch(() => {});
    this.complain(say("Copied"));
  }

  /** A short word that goes away by itself. */
  complain(words) {
    this.#notices.pass(words);
  }

  /** Words that stay until they are acknowledged. */
  alert(words) {
    this.#notices.stay(words, this.element, () => this.composer.focus());
  }
}
