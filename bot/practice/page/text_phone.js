// An old phone that only knows text: what was written, a field to write in, and pictures and files as links.

import { element, iconButton } from "./dom.js";
import { Log } from "./log.js";
import { openMenu } from "./menu.js";
import { Notices } from "./notices.js";
import { invitationCard } from "./offers.js";
import { samplePicture } from "./pictures.js";
import { Refused, act } from "./server.js";
import { say } from "./words.js";

const LONGEST = 2000;

/** A text phone on the page, beside the others; its number is its name for the world. */
export class TextPhone {
  #unread = 0;
  #shown = false;
  #notices = new Notices();
  #kind = "picture";

  constructor(world, number) {
    this.world = world;
    this.id = number;
    this.chat = { id: number, members: [number] };
    this.deeds = { answered() {} };
    const { label } = this.#known;
    const [name, kind = say("text phone")] = label.split(" · ");
    this.name = name;
    this.log = new Log(this.#forBubbles(), `${say("Messages")} · ${name}`);
    this.#build(label, kind);
    this.update();
  }

  get #known() {
    return this.world.texts.get(this.id);
  }

  /** What the page asks of everybody's phone. */
  get person() {
    return { id: this.id, airplane: false, started: this.#known.messages.size > 0 };
  }

  get unread() {
    return this.#unread;
  }

  get unreadSilently() {
    return false;
  }

  #forBubbles() {
    return {
      own: (message) => !message.fromBot,
      nameOf: () => "",
      follow: () => false,
      command: (words) => this.#write(words),
      press: () => {},
      options: ([message], anchor) =>
        openMenu(anchor, say("What to do with this message"), [
          { label: say("Copy"), act: () => this.#copy(message.text) },
        ]),
      focus: () => this.area.focus(),
      read: () => this.read(),
      isGroup: false,
    };
  }

  #build(label, kind) {
    this.area = element("textarea", {
      rows: "1",
      maxlength: String(LONGEST),
      dir: "auto",
      placeholder: say("Write a message"),
      "aria-label": `${say("Message")} · ${this.name}`,
      oninput: () => this.#grow(),
      onkeydown: (event) => this.#key(event),
    });
    this.counter = element("span", { class: "counter", "aria-live": "off" });
    this.files = element("input", { type: "file", accept: "image/*", multiple: true, hidden: true });
    this.files.addEventListener("change", () => this.#sendFiles([...this.files.files]));
    this.offers = element("div", { class: "offers" });
    this.element = element(
      "section",
      { class: "phone text-phone", "aria-label": `${say("Phone of")} ${label}` },
      element(
        "header",
        { class: "owner", style: "--hue: 48" },
        element("span", { class: "avatar", "aria-hidden": "true" }, this.name.split(" ").at(-1)[0] ?? "?"),
        element("h2", { class: "owner-name" }, element("span", {}, this.name), element("small", {}, kind)),
      ),
      element(
        "div",
        { class: "chat-bar" },
        element("strong", { class: "chat-title" }, say("Text messages")),
        element("span", { class: "number" }, this.id),
      ),
      element("div", { class: "screen" }, this.#notices.element, this.log.element),
      this.offers,
      element("div", { class: "foot" }, this.#composer()),
    );
    this.#grow();
  }

  #composer() {
    const popup = { "aria-haspopup": "menu", "aria-expanded": "false" };
    const attach = (event) =>
      openMenu(event.currentTarget, say("Attach"), [
        { label: say("Pictures, as links…"), act: () => this.#choose("picture", "image/*") },
        { label: say("A sample photo"), act: () => this.#sample() },
        { label: say("A file, as a link…"), act: () => this.#choose("document", "") },
      ]);
    return element(
      "div",
      { class: "composer" },
      element(
        "div",
        { class: "composer-row" },
        iconButton("clip", say("Attach"), attach, popup),
        this.area,
        iconButton("send", say("Send"), () => this.submit(), { class: "send" }),
        this.files,
      ),
      this.counter,
    );
  }

  update() {
    this.show();
  }

  show() {
    const messages = [...this.#known.messages.values()].map(asMessage);
    this.log.show(messages.sort((one, other) => one.message_id - other.message_id));
    this.#drawOffers(messages.length === 0);
  }

  #drawOffers(empty) {
    const invitations = this.world.invitationsFor(this.person);
    const state = JSON.stringify([empty, invitations]);
    if (this.offers.dataset.state === state) return;
    this.offers.dataset.state = state;
    const write = (payload) => this.#write(`${say("invitation")} ${payload}`);
    const hint = element("p", { class: "hint" }, say("Nothing can be pressed here: write, for example: hello"));
    this.offers.replaceChildren(
      ...invitations.map((one) => invitationCard(one, write, say("Write its code below"))),
      ...(empty && !invitations.length ? [hint] : []),
    );
  }

  appear(shown) {
    this.#shown = shown;
    this.element.hidden = !shown;
    if (shown) this.read();
  }

  read() {
    if (!this.#shown || document.hidden || !this.log.atEnd || !this.#unread) return;
    this.#unread = 0;
    this.world.tell("unread");
  }

  /** A new message came; returns whether the owner is to be called: here every one makes a sound. */
  arrived(_chat, message) {
    if (!message.from_bot) return false;
    this.#unread += 1;
    this.read();
    return true;
  }

  isTyping() {}

  async submit() {
    const text = this.area.value.trim();
    if (!text) return;
    this.#write("");
    this.log.toEnd();
    const done = await this.#try(() => act(`${this.#address}/say`, { text }));
    if (!done && !this.area.value) this.#write(text);
  }

  /** Each file is a message of its own. */
  async #sendFiles(files) {
    if (!files.length) return;
    const form = new FormData();
    for (const file of files) form.append(this.#kind, file, file.name);
    form.append("text", this.area.value.trim());
    this.log.toEnd();
    if (await this.#try(() => act(`${this.#address}/${this.#kind}s`, form))) this.#write("");
  }

  async #sample() {
    this.#kind = "picture";
    await this.#sendFiles([samplePicture(this.world.now ?? new Date())]);
  }

  #choose(kind, accept) {
    this.#kind = kind;
    this.files.accept = accept;
    this.files.value = "";
    this.files.click();
  }

  get #address() {
    return `text/phones/${encodeURIComponent(this.id)}`;
  }

  async #try(deed) {
    try {
      await deed();
      return true;
    } catch (error) {
      const words = error instanceof Refused
        ? `${say("Not sent")}: ${error.message}`
        : say("Not sent: the practice server cannot be reached.");
      this.#notices.pass(words);
      return false;
    }
  }

  #write(words) {
    this.area.value = words;
    this.#grow();
    this.area.focus();
  }

  #key(event) {
    // While Telex or VNI is still composing a letter, Enter belongs to the letter.
    if (event.isComposing || event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    this.submit();
  }

  #grow() {
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight + 2, 132)}px`;
    const count = [...this.area.value].length;
    this.counter.textContent = `${count}/${LONGEST}`;
    this.counter.classList.toggle("nearly", count > LONGEST * 0.9);
  }

  async #copy(text) {
    await navigator.clipboard.writeText(text).catch(() => {});
    this.#notices.pass(say("Copied"));
  }
}

/** A text as the log shows messages; a picture is nothing but its link, and a document its name and its link. */
function asMessage({ number, at, text, picture, document, from_bot }) {
  const file = document && `${document.name}: ${document.link}`;
  return {
    message_id: number,
    date: Math.floor(new Date(at).getTime() / 1000),
    text: [text, picture, file].filter(Boolean).join("\n"),
    fromBot: from_bot,
  };
}
