// The practice world as this page knows it: people, chats, messages and the time there.

import { ask, listen } from "./server.js";

const CLOCK_AGAIN = 10_000;

/** Everything the server told, kept up to date; changes are told as events. */
export class World extends EventTarget {
  bot = { username: "", first_name: "" };
  people = new Map();
  chats = new Map();
  texts = new Map();
  invitations = [];
  now = null;
  connected = null;
  #unheard = null;
  #loading = 0;

  begin() {
    listen({
      heard: (name, told) => (this.#unheard ? this.#unheard.push([name, told]) : this.#hear(name, told)),
      opened: () => this.#load(),
      lost: () => this.#connection(false),
    });
    setInterval(() => this.#askClock(), CLOCK_AGAIN);
  }

  tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, act) {
    this.addEventListener(name, (event) => act(event.detail));
  }

  chatsOf(person) {
    return [...this.chats.values()].filter((chat) => chat.members.includes(person));
  }

  /** The chat that a phone shows when it showed this one, which may have become a supergroup. */
  successorOf(chat, person) {
    const known = this.chats.get(chat?.id);
    if (known?.members.includes(person)) return known;
    const moved = [...(known?.messages.values() ?? [])].find((one) => one.migrate_to_chat_id);
    return this.chats.get(moved?.migrate_to_chat_id) ?? this.chats.get(person);
  }

  titleOf(chat) {
    return chat.type === "private" ? this.bot.first_name : chat.title;
  }

  /** Invitations this person has not opened yet; one that names nobody is for all newcomers. */
  invitationsFor(person) {
    const { messages } = this.chats.get(person.id) ?? this.texts.get(person.id) ?? {};
    const written = [...(messages?.values() ?? [])].map((message) => message.text ?? "");
    return this.invitations.filter((one) => {
      const meant = one.person ? String(one.person) === String(person.id) : !person.started;
      return meant && !written.some((text) => text.endsWith(` ${one.payload}`));
    });
  }

  /** Fetch the messages of one chat anew, as a phone does that has a network again. */
  async refresh(chat) {
    const messages = await ask(`chats/${chat.id}/messages`);
    chat.messages = new Map(messages.map((message) => [message.message_id, message]));
    this.tell("messages", { chat, refreshed: true });
  }

  async #load() {
    const turn = ++this.#loading;
    // What happens while everything is fetched is heard afterwards, so nothing old covers it.
    this.#unheard = [];
    try {
      await this.#fetchAll();
    } catch {
      if (turn === this.#loading) setTimeout(() => this.#load(), 1000);
      return;
    }
    if (turn !== this.#loading) return;
    this.#connection(true);
    this.tell("loaded");
    const unheard = this.#unheard;
    this.#unheard = null;
    for (const [name, told] of unheard) this.#hear(name, told);
  }

  async #fetchAll() {
    const [state, invitations, phones] = await Promise.all([
      ask("state"),
      ask("invitations"),
      ask("text/phones"),
    ]);
    await this.#fetchTexts(phones);
    const lists = await Promise.all(state.chats.map((chat) => ask(`chats/${chat.id}/messages`)));
    this.invitations = invitations;
    this.chats = new Map();
    state.chats.forEach((chat, place) => {
      const messages = new Map(lists[place].map((message) => [message.message_id, message]));
      this.chats.set(chat.id, { ...chat, messages });
    });
    this.#take(state);
  }

  async #fetchTexts(phones) {
    const address = ({ number }) => `text/phones/${encodeURIComponent(number)}/messages`;
    const lists = await Promise.all(phones.map((phone) => ask(address(phone))));
    this.texts = new Map(
      phones.map((phone, place) => {
        const messages = new Map(lists[place].map((message) => [message.number, message]));
        return [phone.number, { ...phone, messages }];
      }),
    );
  }

  #take(state) {
    this.bot = state.bot;
    this.now = new Date(state.clock);
    this.people = new Map(state.people.map((person) => [person.id, person]));
    for (const chat of state.chats) {
      const known = this.chats.get(chat.id) ?? { messages: new Map() };
      this.chats.set(chat.id, Object.assign(known, chat));
    }
  }

  #connection(connected) {
    if (connected === this.connected) return;
    this.connected = connected;
    this.tell("connection", { connected });
  }

  #hear(name, told) {
    const chat = this.chats.get(told.chat_id);
    if (name === "message" || name === "edited") this.#heardMessage(name, chat, told.message);
    else if (name === "deleted") this.#heardDeleted(chat, told.message_id);
    else if (name === "text") this.#heardText(told);
    else if (name === "clock") this.#heardClock(told.now);
    else if (name === "people" || name === "invitations") this.#askState();
    else if (name === "commands") {
      if (chat) chat.commands = told.commands;
      this.tell("people");
    } else this.tell(name, { ...told, chat });
  }

  #heardMessage(name, chat, message) {
    if (!chat) {
      this.#meet(message.chat.id);
      return;
    }
    chat.messages.set(message.message_id, message);
    this.tell("messages", { chat, message, isNew: name === "message" });
    const sender = this.people.get(message.from?.id);
    if (sender && !sender.started) this.#askState();
  }

  /** A chat that is new here, with what was said in it until now. */
  async #meet(id) {
    await this.#askState();
    const chat = this.chats.get(id);
    if (chat) await this.refresh(chat).catch(() => {});
  }

  async #heardText({ number, message }) {
    if (!this.texts.has(number)) {
      await this.#fetchTexts(await ask("text/phones"));
      this.tell("people");
      return;
    }
    if (!message) return;
    this.texts.get(number).messages.set(message.number, message);
    this.tell("texts", { number, message });
  }

  #heardDeleted(chat, id) {
    const message = chat?.messages.get(id);
    if (!message) return;
    chat.messages.set(id, { ...message, practice: { ...message.practice, deleted: true } });
    this.tell("messages", { chat });
  }

  #heardClock(now) {
    this.now = new Date(now);
    this.tell("clock");
  }

  async #askClock() {
    if (!this.connected) return;
    const told = await ask("clock").catch(() => null);
    if (told) this.#heardClock(told.now);
  }

  async #askState() {
    const answers = await Promise.all([ask("state"), ask("invitations")]).catch(() => null);
    if (!answers) return;
    this.#take(answers[0]);
    this.invitations = answers[1];
    this.tell("people");
  }
}
