// One message, or one album, as it looks in a chat.

import { element, icon } from "./dom.js";
import { decorated } from "./entities.js";
import { openPicture } from "./menu.js";
import { fileAddress } from "./server.js";
import { say, timeOf } from "./words.js";

const SPECIAL = {
  sticker: ["Sticker", (it) => it.emoji],
  voice: ["Voice message", (it) => `${it.duration} s`],
  video_note: ["Round video", (it) => `${it.duration} s`],
  animation: ["Animation", (it) => `${it.duration} s`],
  video: ["Video", (it) => `${it.duration} s`],
  audio: ["Audio", (it) => it.title ?? `${it.duration} s`],
  location: ["Location", (it) => `${it.latitude}, ${it.longitude}`],
  contact: ["Contact", (it) => `${it.first_name} · ${it.phone_number}`],
  dice: ["Dice", (it) => `${it.emoji} ${it.value}`],
  poll: ["Poll", (it) => it.question],
  migrate_to_chat_id: ["The group has become a supergroup", () => ""],
  migrate_from_chat_id: ["The group has become a supergroup", () => ""],
};
const SIGNS = {
  sticker: "🌱", voice: "🎤", video_note: "⏺️", animation: "🎞️", video: "🎬",
  audio: "🎵", location: "📍", contact: "👤", dice: "🎲", poll: "📊",
  migrate_to_chat_id: "👥", migrate_from_chat_id: "👥",
};
const WIDE_ENOUGH = 640;

/**
 * The bubble of messages that belong together. `chat` knows: own(message), nameOf(user), isGroup,
 * follow(url), command(words), press(message, button, element), options(message, anchor).
 */
export function bubble(messages, chat) {
  const first = messages[0];
  const own = chat.own(first);
  const body = element(
    "div",
    { class: "bubble" },
    chat.isGroup && !own ? element("span", { class: "sender" }, chat.nameOf(first.from)) : null,
    forwarded(first),
    quoted(first, chat),
    media(messages),
    words(messages, chat),
    meta(messages, own),
  );
  const options = element(
    "button",
    {
      type: "button",
      class: "options",
      tabindex: "-1",
      "aria-label": say("What to do with this message"),
      onclick: (event) => chat.options(messages, event.currentTarget),
    },
    icon("more"),
  );
  const row = element("div", { class: "bubble-row" }, body, first.practice?.waiting ? null : options);
  return element(
    "article",
    { class: `message ${own ? "out" : "in"}`, tabindex: "-1", "data-id": first.message_id },
    row,
    keyboard(messages[messages.length - 1], chat),
  );
}

function forwarded(message) {
  const origin = message.forward_origin;
  if (!origin) return null;
  const user = origin.sender_user ?? origin.sender_chat ?? origin.chat ?? {};
  const name = user.first_name ?? user.title ?? origin.sender_user_name ?? "";
  return element("span", { class: "forwarded" }, `${say("Forwarded from")} ${name}`);
}

function quoted(message, chat) {
  const replied = message.reply_to_message;
  if (!replied) return null;
  return element(
    "span",
    { class: "quoted", dir: "auto" },
    element("strong", {}, chat.nameOf(replied.from)),
    element("span", {}, summary(replied)),
  );
}

/** A message in one short line of words. */
export function summary(message) {
  const text = message.text ?? message.caption;
  if (text) return text;
  if (message.photo) return say("Photo");
  const kind = Object.keys(SPECIAL).find((one) => one in message);
  if (kind) return say(SPECIAL[kind][0]);
  return message.document ? (message.document.file_name ?? say("File")) : say("Something else");
}

function media(messages) {
  const pictures = messages.filter((message) => message.photo);
  const parts = [];
  if (pictures.length) {
    const many = pictures.length > 1;
    const place = `pictures${many ? " album" : ""}${pictures.length % 2 && many ? " odd" : ""}`;
    parts.push(element("div", { class: place }, pictures.map(picture)));
  }
  for (const message of messages) {
    const kind = Object.keys(SPECIAL).find((one) => one in message);
    if (kind) parts.push(special(kind, message[kind]));
    else if (message.document) parts.push(fileLink(message.document));
  }
  return parts;
}

function picture(message) {
  const sizes = message.photo;
  const largest = sizes[sizes.length - 1];
  const shown = sizes.find((size) => size.width >= WIDE_ENOUGH) ?? largest;
  const description = message.caption ? `${say("Photo")}: ${message.caption}` : say("Photo");
  const address = (size) => size.preview ?? fileAddress(size.file_id);
  return element(
    "button",
    {
      type: "button",
      class: "picture-button",
      "aria-label": description,
      onclick: () => openPicture(address(largest), description),
    },
    element("img", {
      src: address(shown),
      alt: "",
      width: shown.width,
      height: shown.height,
      loading: "lazy",
    }),
  );
}

function fileLink(file) {
  const name = file.file_name ?? say("File");
  const face = [
    element("span", { class: "file-sign" }, icon("file")),
    element(
      "span",
      { class: "file-words" },
      element("span", { class: "file-name", dir: "auto" }, name),
      element("span", { class: "file-size" }, sizeOf(file.file_size)),
    ),
  ];
  if (!file.file_id) return element("span", { class: "file" }, face);
  return element("a", { class: "file", href: fileAddress(file.file_id), download: name }, face);
}

function sizeOf(bytes) {
  if (bytes === undefined) return "";
  const separator = document.documentElement.lang === "vi" ? "," : ".";
  const [number, unit] =
    bytes < 1024 ? [bytes, "B"] : bytes < 1048576 ? [bytes / 1024, "KB"] : [bytes / 1048576, "MB"];
  const rounded = unit === "B" ? String(number) : number.toFixed(1).replace(/\.0$/, "");
  return `${rounded.replace(".", separator)} ${unit}`;
}

function special(kind, content) {
  const [label, detail] = SPECIAL[kind];
  return element(
    "div",
    { class: "special" },
    element("span", { class: "special-sign", "aria-hidden": "true" }, SIGNS[kind]),
    element(
      "span",
      { class: "special-words" },
      element("strong", {}, say(label)),
      element("span", {}, String(detail(content) ?? "")),
    ),
  );
}

function words(messages, chat) {
  const speaking = messages.find((message) => message.text ?? message.caption);
  if (!speaking) return null;
  const text = speaking.text ?? speaking.caption;
  const entities = speaking.text === undefined ? speaking.caption_entities : speaking.entities;
  return element("div", { class: "words", dir: "auto" }, decorated(text, entities, chat));
}

function meta(messages, own) {
  const last = messages[messages.length - 1];
  const practice = last.practice ?? {};
  const edited = messages.some((message) => message.edit_date);
  return element(
    "span",
    { class: "meta" },
    edited ? element("span", {}, say("edited")) : null,
    practice.silent
      ? element("span", { role: "img", "aria-label": say("sent without a sound") }, icon("silent"))
      : null,
    element("time", {}, timeOf(new Date(last.date * 1000))),
    own ? mark(practice.waiting) : null,
  );
}

function mark(waiting) {
  const label = say(waiting ? "waiting for a network" : "sent");
  const attributes = { class: waiting ? "waiting" : "sent", role: "img", "aria-label": label };
  return element("span", { ...attributes, title: label }, waiting ? "🕓" : "✓");
}

function keyboard(message, chat) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  return element(
    "div",
    { class: "keyboard" },
    rows.map((row) =>
      element(
        "div",
        { class: "keys" },
        row.map((button) =>
          element(
            "button",
            {
              type: "button",
              class: "key",
              dir: "auto",
              onclick: (event) => chat.press(message, button, event.currentTarget),
            },
            element("span", {}, button.url ? `${button.text} ↗` : button.text),
          ),
        ),
      ),
    ),
  );
}
