// What a person does with a phone: each deed goes to the server, and what cannot leave yet is shown waiting.

import { deepLink, readAddress } from "./entities.js";
import { Refused, act } from "./server.js";
import { say } from "./words.js";

const PATIENCE = 20_000;
let waitingNumber = 0;

/** The deeds of one person; `phone` shows what comes of them. */
export class Deeds {
  #presses = new Map();
  #early = new Map();
  #pressing = 0;

  constructor(phone) {
    this.phone = phone;
  }

  get #address() {
    return `people/${this.phone.id}`;
  }

  /** `shown` makes the messages to show while they wait for a network. */
  async #try(deed, shown = null) {
    try {
      const answer = await deed();
      const first = [answer.message ?? answer.messages ?? answer].flat()[0];
      if (first?.queued && shown) this.phone.wait(shown());
      return true;
    } catch (error) {
      this.phone.complain(
        error instanceof Refused
          ? `${say("Not sent")}: ${error.message}`
          : say("Not sent: the practice server cannot be reached."),
      );
      return false;
    }
  }

  #waiting(content) {
    waitingNumber += 1;
    return {
      message_id: `waiting-${waitingNumber}`,
      from: { id: this.phone.id },
      date: Math.floor(this.phone.now().getTime() / 1000),
      practice: { waiting: true },
      ...content,
    };
  }

  say(text, repliedId) {
    const given = { text, chat_id: this.phone.chat.id, reply_to_message_id: repliedId };
    return this.#try(
      () => act(`${this.#address}/say`, given),
      () => [this.#waiting({ text })],
    );
  }

  start(payload = "") {
    return this.#try(
      () => act(`${this.#address}/start`, { payload }),
      () => [this.#waiting({ text: `/start ${payload}`.trim() })],
    );
  }

  edit(message_id, text) {
    const given = { chat_id: this.phone.chat.id, message_id, text };
    return this.#try(() => act(`${this.#address}/edit`, given));
  }

  photos(pictures, caption, asFile) {
    const form = new FormData();
    for (const { file } of pictures) form.append("photo", file, file.name);
    form.append("caption", caption);
    form.append("chat_id", this.phone.chat.id);
    if (asFile) form.append("as_file", "1");
    const album = pictures.length > 1 ? `waiting-album-${waitingNumber}` : undefined;
    return this.#try(
      () => act(`${this.#address}/photos`, form),
      () =>
        pictures.map((picture, place) =>
          this.#waiting({
            media_group_id: album,
            caption: place === 0 && caption ? caption : undefined,
            ...(asFile ? asDocument(picture) : asPhoto(picture)),
          }),
        ),
    );
  }

  special(kind, label) {
    return this.#try(
      () => act(`${this.#address}/send`, { kind, chat_id: this.phone.chat.id }),
      () => [this.#waiting({ text: label })],
    );
  }

  forward(message_ids, to_chat_id) {
    const given = { chat_id: this.phone.chat.id, message_ids, to_chat_id };
    return this.#try(() => act(`${this.#address}/forward`, given));
  }

  block(blocked) {
    return this.#try(() => act(`${this.#address}/block`, { blocked }));
  }

  migrate(chat_id) {
    return this.#try(() => act("migrate", { chat_id }));
  }

  airplane(on) {
    return this.#try(() => act(`${this.#address}/airplane`, { on }));
  }

  /** Whether the address was for this bot, and was followed here. */
  follow(url) {
    const payload = deepLink(url, this.phone.world.bot.username);
    if (payload === null) return false;
    this.start(payload);
    return true;
  }

  async press(message, button, face) {
    if (button.url) this.#open(button.url);
    else if (button.copy_text) this.phone.copy(button.copy_text.text);
    else if (!button.callback_data) {
      this.phone.complain(say("This kind of button is not practised here."));
    } else if (this.phone.person.airplane) {
      this.phone.complain(say("There is no network: the button was not pressed."));
    } else if (face.getAttribute("aria-busy") !== "true") {
      await this.#pressed(message, button, face);
    }
  }

  #open(address) {
    const url = readAddress(address);
    if (url && !this.follow(url)) window.open(url.href, "_blank", "noopener,noreferrer");
  }

  async #pressed(message, button, face) {
    const given = { chat_id: message.chat.id, message_id: message.message_id };
    face.setAttribute("aria-busy", "true");
    this.#pressing += 1;
    try {
      const answer = await act(`${this.#address}/press`, { ...given, data: button.callback_data });
      this.#presses.set(answer.callback_query_id, face);
      setTimeout(() => this.#forget(answer.callback_query_id), PATIENCE);
    } catch (error) {
      face.removeAttribute("aria-busy");
      this.phone.complain(
        error instanceof Refused
          ? say("That button is no longer there.")
          : say("Not sent: the practice server cannot be reached."),
      );
    }
    this.#pressing -= 1;
    for (const told of this.#early.values()) this.answered(told);
    if (!this.#pressing) this.#early.clear();
  }

  /** The bot answered a press; the answer may be here before the server said which press it was. */
  answered(told) {
    if (!this.#presses.has(told.callback_query_id)) {
      if (this.#pressing) this.#early.set(told.callback_query_id, told);
      return;
    }
    this.#early.delete(told.callback_query_id);
    this.#forget(told.callback_query_id);
    if (told.text && told.show_alert) this.phone.alert(told.text);
    else if (told.text) this.phone.complain(told.text);
  }

  #forget(id) {
    this.#presses.get(id)?.removeAttribute("aria-busy");
    this.#presses.delete(id);
  }
}

function asPhoto({ address, width, height }) {
  return { photo: [{ preview: address, width, height }] };
}

function asDocument({ file }) {
  return { document: { file_name: file.name, file_size: file.size } };
}
