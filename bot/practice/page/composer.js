// Where a person writes: words, captions, photos and whatever else a phone can send.

import { element, icon, iconButton } from "./dom.js";
import { openMenu } from "./menu.js";
import { previewed, samplePicture } from "./pictures.js";
import { say } from "./words.js";
import { summary } from "./bubbles.js";

const MOST = 10;
const KINDS = [
  ["location", "Location"], ["contact", "Contact"], ["sticker", "Sticker"],
  ["voice", "Voice message"], ["video", "Video"], ["video_note", "Round video"],
  ["animation", "Animation"], ["audio", "Audio"], ["dice", "Dice"],
];

/**
 * The row below a chat. `phone` does what is asked: say(text, repliedId), edit(id, text),
 * photos(pictures, caption, asFile), special(kind, label), complain(words); each tells whether it went well.
 */
export class Composer {
  #pictures = [];
  #asFile = false;
  #about = null;

  constructor(phone, name) {
    this.phone = phone;
    this.area = element("textarea", {
      rows: "1",
      maxlength: "4096",
      dir: "auto",
      placeholder: say("Write a message"),
      "aria-label": `${say("Message")} · ${name}`,
      oninput: () => this.#grow(),
      onkeydown: (event) => this.#key(event),
    });
    this.files = element("input", { type: "file", multiple: true, hidden: true });
    this.files.addEventListener("change", () => this.#chosen([...this.files.files]));
    const popup = { "aria-haspopup": "menu", "aria-expanded": "false" };
    const attach = (event) => this.#attach(event.currentTarget);
    const commands = (event) => this.#commands(event.currentTarget);
    this.menu = iconButton("commands", say("Commands"), commands, popup);
    this.send = iconButton("send", say("Send"), () => this.submit(), { class: "send" });
    this.strip = element("div", { class: "strip", hidden: true });
    this.note = element("div", { class: "about", hidden: true });
    this.element = element(
      "div",
      { class: "composer" },
      this.note,
      this.strip,
      element(
        "div",
        { class: "composer-row" },
        this.menu,
        iconButton("clip", say("Attach"), attach, popup),
        this.area,
        this.send,
        this.files,
      ),
    );
    this.commands = [];
  }

  show(commands) {
    this.commands = commands;
    this.menu.hidden = commands.length === 0;
  }

  focus() {
    this.area.focus();
  }

  reply(message) {
    this.#talkAbout({ reply: message.message_id }, say("Replying to"), message);
  }

  edit(message) {
    this.area.value = message.text;
    this.#grow();
    this.#talkAbout({ edit: message.message_id }, say("Editing"), message);
  }

  async submit() {
    const text = this.area.value.trim();
    const [pictures, about, asFile] = [this.#pictures, this.#about, this.#asFile];
    if (!text && !pictures.length) return;
    // The row is empty at once, so that a second press of Enter sends nothing twice.
    this.#clear();
    const done = pictures.length
      ? await this.phone.photos(pictures, text, asFile)
      : about?.edit
        ? await this.phone.edit(about.edit, text)
        : await this.phone.say(text, about?.reply);
    if (done || this.area.value || this.#pictures.length) return;
    this.area.value = text;
    this.#pictures = pictures;
    this.#asFile = asFile;
    this.#drawStrip();
    this.#grow();
  }

  #clear() {
    this.area.value = "";
    this.#pictures = [];
    this.#about = null;
    this.note.hidden = true;
    this.#drawStrip();
    this.#grow();
  }

  #key(event) {
    // While Telex or VNI is still composing a letter, Enter belongs to the letter.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Escape" && (this.#about || this.#pictures.length)) {
      event.stopPropagation();
      this.#clear();
    }
  }

  #grow() {
    this.area.style.height = "auto";
    this.area.style.height = `${Math.min(this.area.scrollHeight + 2, 132)}px`;
  }

  #talkAbout(about, title, message) {
    this.#about = about;
    const forget = () => {
      this.#clear();
      this.focus();
    };
    this.note.replaceChildren(
      element(
        "span",
        { class: "about-words", dir: "auto" },
        element("strong", {}, title),
        element("span", {}, summary(message)),
      ),
      iconButton("close", say("Cancel"), forget),
    );
    this.note.hidden = false;
    this.focus();
  }

  #commands(anchor) {
    const entries = this.commands.map(({ command, description }) => ({
      label: `/${command}`,
      hint: description,
      act: () => this.phone.say(`/${command}`),
    }));
    openMenu(anchor, say("Commands"), entries);
  }

  #attach(anchor) {
    openMenu(anchor, say("Attach"), [
      { label: say("Photos…"), act: () => this.#choose("image/*", false) },
      { label: say("Photos as files…"), act: () => this.#choose("image/*", true) },
      { label: say("File…"), act: () => this.#choose("", true) },
      { label: say("A sample photo"), act: () => this.#sample(1) },
      { label: say("Three sample photos"), act: () => this.#sample(3) },
      ...KINDS.map(([kind, label]) => ({
        label: say(label),
        act: () => this.phone.special(kind, say(label)),
      })),
    ]);
  }

  #choose(accept, asFile) {
    this.#asFile = asFile;
    this.files.accept = accept;
    this.files.value = "";
    this.files.click();
  }

  #sample(count) {
    this.#asFile = false;
    return this.#chosen(Array.from({ length: count }, () => samplePicture(this.phone.now())));
  }

  async #chosen(files) {
    const room = MOST - this.#pictures.length;
    if (files.length > room) {
      this.phone.complain(say("At most ten at a time: the rest was left out."));
    }
    const added = await Promise.all(files.slice(0, room).map(previewed));
    this.#pictures = [...this.#pictures, ...added];
    this.#drawStrip();
    this.focus();
  }

  #drawStrip() {
    const remove = (picture) => {
      this.#pictures = this.#pictures.filter((one) => one !== picture);
      this.#drawStrip();
      this.focus();
    };
    const many = this.#pictures.length;
    this.strip.hidden = many === 0;
    this.area.placeholder = say(many ? "Write a caption" : "Write a message");
    this.strip.replaceChildren(
      element("span", { class: "strip-count" }, `${many} ${say(this.#asFile ? "files" : "photos")}`),
      ...this.#pictures.map((picture) =>
        element(
          "button",
          {
            type: "button",
            class: "thumb",
            "aria-label": `${say("Remove")} ${picture.file.name}`,
            title: picture.file.name,
            onclick: () => remove(picture),
          },
          picture.width ? element("img", { src: picture.address, alt: "" }) : icon("file"),
          element("span", { class: "thumb-remove", "aria-hidden": "true" }, "×"),
        ),
      ),
    );
  }
}
